import { BPF_HELPER, type BpfAssembler, type Label, type Register } from '#wire'
import { type PacketSource, READABLE_BYTES, writeFrameBytes } from './packet-source.ts'
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
 * Registers of the prologue: r6 the context, r7 and r8 first byte and end of what is at hand of the frame, r0 nothing (zero, which the verifier
 * takes for an unknown number), r9 the offset of the header at hand, r5 the offset of the end of the IP packet, r1 to r4
 * free.
 */
export class PrologueCode {
  readonly asm: BpfAssembler
  readonly slots: SlotFrame
  readonly labels: PrologueLabels
  readonly source: PacketSource
  /** Of a packet that is at hand in part: whether more was asked for, and where to go to ask. */
  readonly #more: { readonly askedAt: number; readonly ask: Label } | undefined
  readonly #cuts: { readonly at: Label; readonly cut: Label }[] = []

  constructor(asm: BpfAssembler, slots: SlotFrame, labels: PrologueLabels, source: PacketSource) {
    this.asm = asm
    this.slots = slots
    this.labels = labels
    this.source = source
    if (source.buffer !== undefined) this.#more = { askedAt: slots.reserve(8), ask: asm.label('more') }
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
    this.within(bytes, cut)
  }

  /** Jumps away when the frame ends within the next `bytes` from r2. r3 is used. */
  within(bytes: number, cut: Label): void {
    this.asm.mov('r3', 'r2').alu('add', 'r3', bytes).jump('gt', 'r3', 'r8', this.#orMore(cut))
  }

  /** Sees to it that the frame is at hand up to the offset in a register, as far as it can be. r3 is used. */
  reach(offset: Register): void {
    if (this.#more === undefined) return
    const there = this.asm.label()
    this.asm.mov('r3', 'r8').alu('sub', 'r3', 'r7').jump('gt', offset, 'r3', this.#orMore(there)).place(there)
  }

  /** Leaves in a register how many bytes the frame has. */
  frameBytes(to: Register): void {
    writeFrameBytes(this.asm, this.source, to)
  }

  /** Begins to read, with no more asked for than is at hand. */
  begin(): void {
    // The verifier knows a whole word, and so that the packet is not read a third time.
    if (this.#more !== undefined) this.asm.mov('r1', 0).store('u64', 'r10', this.#more.askedAt, 'r1')
  }

  /** Writes what gets more of a packet that was cut where none was asked for yet, and then goes to `again`. */
  end(again: Label): void {
    const { asm } = this
    const { buffer } = this.source
    if (this.#more === undefined || buffer === undefined) return
    const { askedAt, ask } = this.#more
    for (const { at, cut } of this.#cuts) {
      asm.place(at).load('u64', 'r3', 'r10', askedAt).jump('ne', 'r3', 0, cut).goto(ask)
    }
    asm.place(ask)
    writePull(this)
    asm.mov('r1', 1).store('u64', 'r10', askedAt, 'r1').goto(again)
  }

  #orMore(cut: Label): Label {
    if (this.#more === undefined) return cut
    const at = this.asm.label()
    this.#cuts.push({ at, cut })
    return at
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

/** Gets as much of a packet to hand as programs can read. r0 to r5 are used; r7 and r8 hold nothing any more. */
export function writePull({ asm, source }: Pick<PrologueCode, 'asm' | 'source'>): void {
  const small = asm.label()
  writeFrameBytes(asm, source, 'r2')
  asm.jump('le', 'r2', READABLE_BYTES, small).mov('r2', READABLE_BYTES).place(small)
  asm.mov('r1', 'r6').call(BPF_HELPER.socketBufferPullData)
}

const MAPPED = 0xffff_0000_0000n
