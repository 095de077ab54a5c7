import { uint16At } from './byte-order.ts'

/** An option of a block: its value stands from `start` up to `end`. */
export interface BlockOption {
  readonly code: number
  readonly start: number
  readonly end: number
}

const OPTION_HEAD_BYTES = 4
const END_OF_OPTIONS = 0

/**
 * The options that stand from `start` up to `end` (draft-ietf-opsawg-pcapng section 3.5). An option that reaches beyond
 * the block ends the list, as the end mark does.
 */
export function blockOptions(bytes: Buffer, start: number, end: number, littleEndian: boolean): BlockOption[] {
  const options: BlockOption[] = []
  let at = start
  while (at + OPTION_HEAD_BYTES <= end) {
    const code = uint16At(bytes, at, littleEndian)
    const valueStart = at + OPTION_HEAD_BYTES
    const valueEnd = valueStart + uint16At(bytes, at + 2, littleEndian)
    if (code === END_OF_OPTIONS || valueEnd > end) break
    options.push({ code, start: valueStart, end: valueEnd })
    at = padded(valueEnd - start) + start
  }
  return options
}

/** Where the value of the first option with this code begins, if it has `sizeBytes`; -1 otherwise. Allocates nothing. */
export function findOptionValue(
  bytes: Buffer,
  start: number,
  end: number,
  littleEndian: boolean,
  wanted: number,
  sizeBytes: number,
): number {
  let at = start
  while (at + OPTION_HEAD_BYTES <= end) {
    const code = uint16At(bytes, at, littleEndian)
    const valueAt = at + OPTION_HEAD_BYTES
    const valueBytes = uint16At(bytes, at + 2, littleEndian)
    if (code === END_OF_OPTIONS || valueAt + valueBytes > end) break
    if (code === wanted) return valueBytes === sizeBytes ? valueAt : -1
    at = valueAt + padded(valueBytes)
  }
  return -1
}

/** Values are padded to 32 bits. */
export function padded(sizeBytes: number): number {
  return (sizeBytes + 3) & ~3
}
