import { cidrRange, type IpRange } from '#wire'

/** The prefix length of a range that is exactly one network; undefined of any other range. */
export function prefixOf(range: IpRange): number | undefined {
  const bits = typeof range.first === 'number' ? 32 : 128
  const size = BigInt(range.last) - BigInt(range.first) + 1n
  const length = bits - (size.toString(2).length - 1)
  const network = cidrRange(range.first, length)
  return network !== undefined && network.last === range.last ? length : undefined
}
