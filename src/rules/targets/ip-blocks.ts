import { type IpRange, toUint128 } from '#wire'

/** Numbers from `first` to `last`, both included; addresses as 128-bit numbers, IPv4 mapped. */
export interface Block {
  readonly first: bigint
  readonly last: bigint
}

/** A block that a prefix describes: `size` is a power of two that divides `first`. */
export interface PrefixBlock {
  readonly first: bigint
  readonly size: bigint
}

const MAPPED: Block = { first: toUint128(0), last: toUint128(0xffff_ffff) }
const ALL_ADDRESSES = 1n << 128n

/**
 * The blocks that hold exactly the addresses of a range. An IPv6 range holds no IPv4 address, so one that spans the
 * mapped block has a hole there.
 */
export function blocksOf(range: IpRange): Block[] {
  const first = toUint128(range.first)
  const last = toUint128(range.last)
  if (typeof range.first === 'number' || first > MAPPED.last || last < MAPPED.first) return [{ first, last }]
  const below = { first, last: MAPPED.first - 1n }
  const above = { first: MAPPED.last + 1n, last }
  return [below, above].filter((block) => block.first <= block.last)
}

/** The same numbers as ascending blocks that neither overlap nor touch. */
export function mergedBlocks(blocks: readonly Block[]): Block[] {
  const sorted = blocks.toSorted((left, right) => (left.first < right.first ? -1 : left.first > right.first ? 1 : 0))
  const merged: Block[] = []
  for (const block of sorted) {
    const previous = merged.at(-1)
    if (previous === undefined || block.first > previous.last + 1n) merged.push(block)
    else if (block.last > previous.last) merged[merged.length - 1] = { first: previous.first, last: block.last }
  }
  return merged
}

/** The fewest prefixes that make up a block: at most 254. */
export function prefixesOf(block: Block): PrefixBlock[] {
  const prefixes: PrefixBlock[] = []
  for (let first = block.first; first <= block.last;) {
    let size = first === 0n ? ALL_ADDRESSES : first & -first
    while (first + size - 1n > block.last) size >>= 1n
    prefixes.push({ first, size })
    first += size
  }
  return prefixes
}

/** The bits of an address that a prefix of this size compares. */
export function maskOf(size: bigint): bigint {
  return ALL_ADDRESSES - size
}
