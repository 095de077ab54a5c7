import type { BpfAssembler, Label, Register } from '#wire'
import { type PacketSlot, type SlotFrame, slotBytes } from './slots.ts'

/** Offsets in a frame stay below this: the verifier wants a bound for what it adds to a pointer. */
const OFFSET_MASK = 0x3fff

/** What the parts of the prologue write with. */
export interface PrologueLabels {
  /** The packet is read as far as it can be. */
  readonly done: Label
  /** The same, and a header contradicts itself or the frame. */
  readonly malformed: Label
}

/**
 * Registers of the prologue: r6 the context, r7 and r8 first byte and end of the frame, r0 nothing (zero, which the verifier
 * takes for an unknown number), r9 the offset of the header at hand, r5 the offset of the end of the IP packet, r1 to r4
 * free.
 */
export class PrologueCode {
  readonly asm: BpfAssembler
  readonly slots: SlotFrame
  readonly labels: PrologueLabels

  constructor(asm: BpfAssembler, slots: SlotFrame, labels: PrologueLabels) {
    this.asm = asm
    this.slots = slots
    this.labels = labels
  }

  /** Keeps a number, if anybody wants it. */
  keep(slot: PacketSlot, from: Register | number): void {
    if (!this.slots.has(slot)) return
    this.asm.store(slotBytes(slot) === 4 ? 'u32' : 'u64', 'r10', this.slots.offsetOf(slot), from)
  }

  /** Reads an unsigned number at r2 + `offset` into r1, in the machine's order, and keeps it, if anybody wants it. */
  keepField(slot: PacketSlot, size: 'u8' | 'u16' | 'u32', offset: number, mask?: number): void {
    if (!this.slots.has(slot)) return
    this.field('r1', size, offset)
    if (mask !== undefined) this.asm.alu('and', 'r1', mask)
    this.keep(slot, 'r1')
  }

  /** Reads an unsigned number at r2 + `offset`. */
  field(to: Register, size: 'u8' | 'u16' | 'u32', offset: number): void {
    this.asm.load(size, to, 'r2', offset)
    if (size === 'u16') this.asm.swap(to, 16)
    if (size === 'u32') this.asm.swap(to, 32)
  }

  load(to: Register, slot: PacketSlot): void {
    this.asm.load(slotBytes(slot) === 4 ? 'u32' : 'u64', to, 'r10', this.slots.offsetOf(slot))
  }

  /** A zero that the verifier does not know: it would follow copies of r0 together. */
  zero(register: Register): void {
    this.asm.mov(register, 0)
    this.forget(register)
  }

  /** Keeps a zero, if anybody wants it. r1 is used. */
  keepZero(slot: PacketSlot): void {
    if (!this.slots.has(slot)) return
    this.zero('r1')
    this.keep(slot, 'r1')
  }

  /** Tells the verifier that an offset is one. */
  bound(register: Register): void {
    this.asm.alu('and', register, OFFSET_MASK)
  }

  /** Points r2 at offset r9, and jumps away when the frame ends within the next `bytes`. r3 is used. */
  point(bytes: number, cut: Label): void {
    this.bound('r9')
    this.asm.mov('r2', 'r7').alu('add', 'r2', 'r9')
    this.asm.mov('r3', 'r2').alu('add', 'r3', bytes).jump('gt', 'r3', 'r8', cut)
  }

  /**
   * Makes the verifier forget what it knows about a register. It follows each value that it knows through the rest of the
   * program; what it has forgotten it follows once for all.
   */
  forget(register: Register): void {
    this.asm.alu('add', register, 'r0')
  }

  /** Keeps an address: two halves as they stand at r2 + `offset`, or IPv4 mapped. r1 and r3 are used. */
  keepAddress(slot: PacketSlot, version: 4 | 6, offset: number): void {
    if (!this.slots.has(slot)) return
    const at = this.slots.offsetOf(slot)
    if (version === 6) {
      for (const half of [0, 8]) {
        this.asm
          .load('u64', 'r1', 'r2', offset + half)
          .swap('r1', 64)
          .store('u64', 'r10', at + half, 'r1')
      }
      return
    }
    this.field('r1', 'u32', offset)
    this.asm
      .loadImmediate('r3', MAPPED)
      .alu('or', 'r1', 'r3')
      .store('u64', 'r10', at + 8, 'r1')
    this.zero('r1')
    this.asm.store('u64', 'r10', at, 'r1')
  }

  /** Notes a contradiction and goes on. r1 is used. */
  noteMalformed(): void {
    if (!this.slots.has('malformed')) return
    this.asm.mov('r1', 1)
    this.forget('r1')
    this.keep('malformed', 'r1')
  }
}

const MAPPED = 0xffff_0000_0000n
