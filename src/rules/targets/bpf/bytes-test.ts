import type { BpfAssembler, Label } from '#wire'
import type { ByteSlice } from '../packet-slice.ts'
import { BYTE_LOADERS } from './loaders.ts'
import type { SlotFrame } from './slots.ts'

const OFFSET_MASK = 0x3fff

/** Reads bytes of a packet where the prologue found them. */
export class PacketBytes {
  readonly #asm: BpfAssembler
  readonly #slots: SlotFrame

  constructor(asm: BpfAssembler, slots: SlotFrame) {
    this.#asm = asm
    this.#slots = slots
  }

  /** Leaves in r1 how many bytes a field has, and jumps when the packet does not have the field. */
  length(field: string, absent: Label): void {
    this.#asm.load('u32', 'r1', 'r10', this.#slots.offsetOf(BYTE_LOADERS[field].length))
    this.#asm.jump32('slt', 'r1', 0, absent)
  }

  /** Points r4 at the first byte of a field of which `bytes` are known to be there. r1 is used. */
  point(field: string, bytes: number, absent: Label): void {
    const asm = this.#asm
    asm.load('u32', 'r4', 'r10', this.#slots.offsetOf(BYTE_LOADERS[field].start)).alu('and', 'r4', OFFSET_MASK)
    asm.alu('add', 'r4', 'r7').mov('r1', 'r4').alu('add', 'r1', bytes).jump('gt', 'r1', 'r8', absent)
  }

  /** Goes on when the bytes at r4 + `offset` are these, else to `no`. r1 and r2 are used. */
  same(offset: number, value: string, no: Label): void {
    const bytes = Buffer.from(value, 'latin1')
    const asm = this.#asm
    for (let at = 0; at < bytes.length;) {
      const size = [8, 4, 2, 1].find((each) => each <= bytes.length - at) ?? 1
      if (size === 8) {
        asm
          .load('u64', 'r1', 'r4', offset + at)
          .loadImmediate('r2', bytes.readBigUInt64LE(at))
          .jump('ne', 'r1', 'r2', no)
      } else {
        const [unit, number] = SIZES[size](bytes, at)
        asm.load(unit, 'r1', 'r4', offset + at).jump32('ne', 'r1', number, no)
      }
      at += size
    }
  }

  /** Goes to `yes` when the slice is one of the values, else to `no`. */
  equal({ field, start, end }: ByteSlice, values: readonly string[], yes: Label, no: Label): void {
    for (const value of values) {
      const next = this.#asm.label()
      const last = start + value.length
      if (last <= end) {
        this.length(field, no)
        this.#exactLength(value.length, start, end, next)
        if (value.length > 0) this.#compare(field, start, value, next)
        this.#asm.goto(yes)
      }
      this.#asm.place(next)
    }
    this.#asm.goto(no)
  }

  /** Jumps when a slice of a field with r1 bytes has another length: what the field cuts short ends with it. */
  #exactLength(length: number, start: number, end: number, no: Label): void {
    if (length === 0 && end > start) this.#asm.jump32('gt', 'r1', start, no)
    else if (length > 0) this.#asm.jump32(start + length === end ? 'lt' : 'ne', 'r1', start + length, no)
  }

  /** Goes to `yes` when the slice begins with one of the values, else to `no`. */
  prefix({ field, start, end }: ByteSlice, values: readonly string[], yes: Label, no: Label): void {
    for (const value of values) {
      const next = this.#asm.label()
      const last = start + value.length
      if (last <= end) {
        this.length(field, no)
        if (value.length > 0) {
          this.#asm.jump32('lt', 'r1', last, next)
          this.#compare(field, start, value, next)
        }
        this.#asm.goto(yes)
      }
      this.#asm.place(next)
    }
    this.#asm.goto(no)
  }

  /** Goes to `yes` when the slice, which has an end, holds one of the values, else to `no`. */
  contains({ field, start, end }: ByteSlice, values: readonly string[], yes: Label, no: Label): void {
    const asm = this.#asm
    this.length(field, no)
    for (const value of values) {
      if (value.length === 0) {
        asm.goto(yes)
        return
      }
      const next = asm.label()
      for (let at = start; at + value.length <= end; at++) {
        const moved = asm.label()
        this.length(field, no)
        asm.jump32('lt', 'r1', at + value.length, next)
        this.#compare(field, at, value, moved)
        asm.goto(yes).place(moved)
      }
      asm.place(next)
    }
    asm.goto(no)
  }

  #compare(field: string, start: number, value: string, no: Label): void {
    this.point(field, start + value.length, no)
    this.same(start, value, no)
  }
}

type Unit = readonly [unit: 'u8' | 'u16' | 'u32', number: number]

const SIZES: Readonly<Record<number, (bytes: Buffer, at: number) => Unit>> = {
  4: (bytes, at) => ['u32', bytes.readInt32LE(at)],
  2: (bytes, at) => ['u16', bytes.readUInt16LE(at)],
  1: (bytes, at) => ['u8', bytes[at]],
}
