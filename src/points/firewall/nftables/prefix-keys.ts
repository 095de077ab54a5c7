import type { SetKeys } from '#net'
import { compareWords, IPV6_WORDS } from '#wire'

/** Prefixes by how many bits of them are left to hosts: from none to all. */
export interface PrefixFamily {
  /** Words of an address. */
  readonly width: 1 | 4
  readonly bits: 32 | 128
}

export const PREFIX_FAMILIES: Readonly<Record<'ipv4' | 'ipv6', PrefixFamily>> = {
  ipv4: { width: 1, bits: 32 },
  ipv6: { width: IPV6_WORDS, bits: 128 },
}

const WORD_BITS = 32
const WORD_BYTES = 4

/** Of prefixes how many there are of each size, by host bits. */
export type PrefixCounts = readonly number[]

/** How many prefixes ranges, first and last address in turn, are made of at least. */
export function countPrefixes(family: PrefixFamily, bounds: Uint32Array): PrefixCounts {
  const counts = Array.from({ length: family.bits + 1 }, () => 0)
  const every = counts.map((_, hostBits) => hostBits)
  cutRanges(family, bounds, every, (hostBits) => counts[hostBits]++)
  return counts
}

/**
 * The prefixes that ranges are made of when only some sizes may be used, as keys in network order, by host bits; undefined
 * when there are more than `most`, or when there is no size that is small enough.
 */
export function prefixKeys(
  family: PrefixFamily,
  bounds: Uint32Array,
  sizes: readonly number[],
  most: number,
): ReadonlyMap<number, SetKeys> | undefined {
  const usable = usableSizes(family, sizes)
  const keyBytes = family.width * WORD_BYTES
  const buffers = new Map(sizes.map((hostBits) => [hostBits, new KeyBuffer(keyBytes)]))
  let room = most
  const isWhole = cutRanges(family, bounds, usable, (hostBits, words) => {
    buffers.get(hostBits)?.add(words)
    return --room >= 0
  })
  if (!isWhole) return undefined
  return new Map([...buffers].filter(([, { count }]) => count > 0).map(([hostBits, buffer]) => [hostBits, buffer.keys]))
}

/** For each number of host bits the largest size up to it; -1 where there is none. */
function usableSizes({ bits }: PrefixFamily, sizes: readonly number[]): readonly number[] {
  const wanted = new Set(sizes)
  let largest = -1
  return Array.from({ length: bits + 1 }, (_, hostBits) => (wanted.has(hostBits) ? (largest = hostBits) : largest))
}

/** False when `visit` said so, or when a prefix was to be smaller than any size. `words` is used again. */
function cutRanges(
  { width, bits }: PrefixFamily,
  bounds: Uint32Array,
  usable: readonly number[],
  visit: (hostBits: number, words: Uint32Array) => unknown,
): boolean {
  const first = new Uint32Array(width)
  const end = new Uint32Array(width)
  for (let at = 0; at < bounds.length; at += 2 * width) {
    for (let word = 0; word < width; word++) first[word] = bounds[at + word]
    for (;;) {
      // As large as the beginning is aligned, and as the rest of the range allows.
      let hostBits = usable[Math.min(trailingZeros(first, bits), differingBits(first, bounds, at + width))]
      if (hostBits < 0) return false
      lastOf(first, hostBits, end)
      if (compareWords(end, 0, bounds, at + width, width) > 0) {
        hostBits = usable[hostBits - 1]
        if (hostBits < 0) return false
        lastOf(first, hostBits, end)
      }
      if (visit(hostBits, first) === false) return false
      if (compareWords(end, 0, bounds, at + width, width) === 0) break
      addOne(end, first)
    }
  }
  return true
}

function trailingZeros(words: Uint32Array, bits: number): number {
  for (let word = words.length - 1, below = 0; word >= 0; word--, below += WORD_BITS) {
    const value = words[word]
    if (value !== 0) return below + WORD_BITS - 1 - Math.clz32(value & -value)
  }
  return bits
}

/** How many bits at the end hold all that differs between two addresses: a prefix from one to the other has no more. */
function differingBits(words: Uint32Array, others: Uint32Array, at: number): number {
  for (let word = 0; word < words.length; word++) {
    const difference = words[word] ^ others[at + word]
    if (difference !== 0) return (words.length - word) * WORD_BITS - Math.clz32(difference)
  }
  return 0
}

/** The last address of a prefix. */
function lastOf(first: Uint32Array, hostBits: number, target: Uint32Array): void {
  for (let word = first.length - 1, left = hostBits; word >= 0; word--, left -= WORD_BITS) {
    const mask = left >= WORD_BITS ? 0xffff_ffff : left <= 0 ? 0 : 2 ** left - 1
    target[word] = first[word] | mask
  }
}

function addOne(words: Uint32Array, target: Uint32Array): void {
  let carry = 1
  for (let word = words.length - 1; word >= 0; word--) {
    const sum = words[word] + carry
    target[word] = sum
    carry = sum > 0xffff_ffff ? 1 : 0
  }
}

const FIRST_CAPACITY = 64

/** Keys one behind the other, in memory that grows. */
class KeyBuffer {
  count = 0
  readonly #keyBytes: number
  #bytes: Buffer

  constructor(keyBytes: number) {
    this.#keyBytes = keyBytes
    this.#bytes = Buffer.alloc(keyBytes * FIRST_CAPACITY)
  }

  get keys(): SetKeys {
    const keyBytes = this.#keyBytes
    return { keyBytes, count: this.count, firsts: this.#bytes.subarray(0, this.count * keyBytes) }
  }

  add(words: Uint32Array): void {
    let at = this.count++ * this.#keyBytes
    if (at === this.#bytes.length) this.#bytes = Buffer.concat([this.#bytes, Buffer.alloc(at)])
    for (let word = 0; word < words.length; word++, at += WORD_BYTES) this.#bytes.writeUInt32BE(words[word], at)
  }
}
