import { formatIp, fromUint128 } from '#wire'
import { type Column, COLUMNS, type PacketKind } from './columns.ts'

/** From the first to the last value, both included. */
export type ValueRange = readonly [first: number, last: number]

/** One test of a signature: the value of a column is in one of the ranges, or in none of them. */
export interface Condition {
  /** Place in `COLUMNS`. */
  readonly column: number
  /** In order, without overlap. */
  readonly ranges: readonly ValueRange[]
  /** True for values outside of the ranges, and for packets without the value. */
  readonly isOutside: boolean
}

export function fulfils({ ranges, isOutside }: Condition, value: number): boolean {
  return isIn(ranges, value) !== isOutside
}

function isIn(ranges: readonly ValueRange[], value: number): boolean {
  if (value < 0) return false
  for (const [first, last] of ranges) if (value >= first && value <= last) return true
  return false
}

/** True when the row that begins at `at` fulfils all. */
export function rowFulfils(conditions: readonly Condition[], rows: Float64Array, at: number): boolean {
  for (const condition of conditions) if (!fulfils(condition, rows[at + condition.column])) return false
  return true
}

/** The condition in the rules language. */
export function conditionText({ column, ranges, isOutside }: Condition, packets: PacketKind): string {
  const { kind, domain, bits } = COLUMNS[column]
  const areNumbers = kind !== 'bytes' || ranges.some(([first, last]) => first !== last)
  const field = areNumbers && kind === 'bytes' ? bitsOf(COLUMNS[column]) : COLUMNS[column].field(packets)
  if (kind === 'flag') return isOutside === (ranges[0][0] === 1) ? `not ${field}` : field
  const [[first, last]] = ranges
  if (ranges.length > 1 || isOutside) {
    const members = ranges.map((range) => rangeText(column, range, packets, areNumbers))
    const test = `${field} in {${members.join(' ')}}`
    return isOutside ? `not ${test}` : test
  }
  const isAddress = kind === 'source' && packets.isIpv4 && bits?.ipv4 === ADDRESS_BITS.ipv4
  if (first === last && (kind !== 'source' || isAddress)) {
    return `${field} == ${rangeText(column, ranges[0], packets, areNumbers)}`
  }
  if (kind === 'source') return `${field} in {${rangeText(column, ranges[0], packets, areNumbers)}}`
  if (last >= domain - 1) return `${field} >= ${first}`
  return first === 0 ? `${field} <= ${last}` : `${field} in {${first}..${last}}`
}

/** The same bytes as a number. */
function bitsOf({ slice }: Column): string {
  if (slice === undefined) return ''
  return `bit_slice(${slice.field}, ${slice.start * 8}, ${(slice.start + slice.sizeBytes) * 8})`
}

function rangeText(column: number, [first, last]: ValueRange, packets: PacketKind, areNumbers: boolean): string {
  const { slice, bits } = COLUMNS[column]
  if (!areNumbers && slice !== undefined) return bytesText(first, slice.sizeBytes)
  if (bits === undefined) return first === last ? `${first}` : `${first}..${last}`
  return packets.isIpv4 ? ipv4Text(first, last, bits.ipv4) : ipv6Text(first, last, bits.ipv6)
}

const ADDRESS_BITS = { ipv4: 32, ipv6: 128 } as const

function ipv4Text(first: number, last: number, bits: number): string {
  const size = 2 ** (ADDRESS_BITS.ipv4 - bits)
  if (first !== last) return `${formatIp(first * size)}..${formatIp(last * size + size - 1)}`
  return size === 1 ? formatIp(first) : `${formatIp(first * size)}/${bits}`
}

function ipv6Text(first: number, last: number, bits: number): string {
  const prefixes = Array.from({ length: last - first + 1 }, (_, index) => {
    const address = BigInt(first + index) << BigInt(ADDRESS_BITS.ipv6 - bits)
    return `${formatIp(fromUint128(address))}/${bits}`
  })
  return prefixes.join(' ')
}

function bytesText(value: number, sizeBytes: number): string {
  const digits = value.toString(16).padStart(sizeBytes * 2, '0')
  return `"${digits.replace(/../g, (pair) => byteText(Number.parseInt(pair, 16), pair))}"`
}

const QUOTE = 0x22
const BACKSLASH = 0x5c

function byteText(byte: number, digits: string): string {
  const isPlain = byte >= 0x20 && byte < 0x7f && byte !== QUOTE && byte !== BACKSLASH
  return isPlain ? String.fromCharCode(byte) : `\\x${digits}`
}
