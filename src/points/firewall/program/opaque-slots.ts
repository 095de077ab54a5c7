import type { PacketSlot, SlotFrame } from '#rules'
import type { BpfAssembler } from '#wire'

const WORD_BYTES = 8
const ADDRESS_SLOTS: ReadonlySet<PacketSlot> = new Set(['source', 'destination', 'arpSource', 'arpDestination'])

/**
 * Makes the verifier forget what it knows about the values of the packet on the stack. It follows a whole number of 64 or 32
 * bits through every comparison, and so each rule would double what it has to follow: a hundred rules are too many for it.
 * A word of which one byte was written alone is just bytes to it. r1 is used.
 */
export function emitOpaqueSlots(asm: BpfAssembler, slots: SlotFrame): void {
  const words = new Set<number>()
  for (const slot of slots.slots) {
    const word = Math.floor(slots.offsetOf(slot) / WORD_BYTES) * WORD_BYTES
    words.add(word)
    if (ADDRESS_SLOTS.has(slot)) words.add(word + WORD_BYTES)
  }
  for (const word of words) asm.load('u8', 'r1', 'r10', word + 1).store('u8', 'r10', word + 1, 'r1')
  asm.mov('r1', 0)
}
