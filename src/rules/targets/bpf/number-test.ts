import type { BpfAssembler, Condition, Label, Register } from '#wire'
import type { NumberRange } from '../number-ranges.ts'

const LARGEST_IMMEDIATE = 0x7fff_ffff
/** Up to so many ranges are asked one after the other; more are searched. */
const LINEAR_RANGES = 4

/** A number in r1. Of a slot that may be -1, only `isPlain` ones must not be asked for that. */
export interface LoadedNumber {
  readonly bits: 32 | 64
  readonly limit: number
}

/** Jumps when r1 compares so with a constant. r2 is used. */
function compare(asm: BpfAssembler, bits: 32 | 64, condition: Condition, value: number, target: Label): void {
  const right: Register | number = value <= LARGEST_IMMEDIATE ? value : 'r2'
  if (right === 'r2') asm.loadImmediate('r2', BigInt(value))
  if (bits === 32) asm.jump32(condition, 'r1', right, target)
  else asm.jump(condition, 'r1', right, target)
}

/** Goes to `yes` when the number in r1 lies in one of the ranges, else to `no`; -1 lies in none. */
export function writeRanges(
  asm: BpfAssembler,
  { bits, limit }: LoadedNumber,
  ranges: readonly NumberRange[],
  yes: Label,
  no: Label,
): void {
  if (ranges.length > LINEAR_RANGES) {
    const middle = ranges.length >> 1
    const upper = asm.label()
    compare(asm, bits, 'ge', ranges[middle].first, upper)
    writeRanges(asm, { bits, limit }, ranges.slice(0, middle), yes, no)
    asm.place(upper)
    writeRanges(asm, { bits, limit }, ranges.slice(middle), yes, no)
    return
  }
  for (const { first, last } of ranges) {
    if (first === last) compare(asm, bits, 'eq', first, yes)
    else if (last >= limit) compare(asm, bits, 'sge', first, yes)
    else {
      if (first > 0) compare(asm, bits, 'lt', first, no)
      compare(asm, bits, 'le', last, yes)
    }
  }
  asm.goto(no)
}
