import type { IpAddress, IpRange } from '#wire'
import { compareHalves, pickHalves, sortHalves } from './address-halves.ts'
import { SortedKeys } from './sorted-keys.ts'

/** Bits of an IPv6 address below the 53 that a double holds exactly: the search goes by those first. */
const KEY_SHIFT = 75n
const LOW_64 = (1n << 64n) - 1n

/**
 * An immutable set of addresses made of ranges, for millions of them: sorted and merged into typed arrays,
 * found by binary search.
 */
export class AddressSet {
  readonly #v4: Ipv4Ranges
  readonly #v6: Ipv6Ranges

  constructor(ranges: readonly IpRange[]) {
    this.#v4 = new Ipv4Ranges(ranges.filter((range) => typeof range.first === 'number'))
    this.#v6 = new Ipv6Ranges(ranges.filter((range) => typeof range.first === 'bigint'))
  }

  has(address: IpAddress): boolean {
    return typeof address === 'number' ? this.#v4.has(address) : this.#v6.has(address)
  }
}

class Ipv4Ranges {
  readonly #firsts: SortedKeys
  readonly #lasts: Uint32Array

  constructor(ranges: readonly IpRange[]) {
    const firsts = new Uint32Array(ranges.length)
    const lasts = new Uint32Array(ranges.length)
    for (let i = 0; i < ranges.length; i++) {
      firsts[i] = Number(ranges[i].first)
      lasts[i] = Number(ranges[i].last)
    }
    firsts.sort()
    lasts.sort()
    const starts = mergedStarts(ranges.length, (at) => firsts[at] > lasts[at - 1] + 1)
    const merged = new Float64Array(starts.length)
    this.#lasts = new Uint32Array(starts.length)
    for (let i = 0; i < starts.length; i++) {
      merged[i] = firsts[starts[i]]
      this.#lasts[i] = lasts[(starts[i + 1] ?? ranges.length) - 1]
    }
    this.#firsts = new SortedKeys(merged)
  }

  has(address: number): boolean {
    const count = this.#firsts.countUpTo(address)
    return count > 0 && address <= this.#lasts[count - 1]
  }
}

class Ipv6Ranges {
  /** Top 53 bits of each first address. */
  readonly #keys: SortedKeys
  /** Low and high half of each first and last address, one after the other. */
  readonly #firsts: BigUint64Array
  readonly #lasts: BigUint64Array

  constructor(ranges: readonly IpRange[]) {
    const firsts = sortHalves(ranges.map((range) => range.first))
    const lasts = sortHalves(ranges.map((range) => range.last))
    const starts = mergedStarts(
      ranges.length,
      (at) => compareHalves(firsts, at, lasts[at * 2 - 1], lasts[at * 2 - 2]) > 0,
    )
    this.#firsts = pickHalves(firsts, starts)
    this.#lasts = pickHalves(
      lasts,
      starts.map((_, i) => (starts[i + 1] ?? ranges.length) - 1),
    )
    const keys = new Float64Array(starts.length)
    for (let i = 0; i < keys.length; i++) keys[i] = Number(this.#firsts[i * 2 + 1] >> (KEY_SHIFT - 64n))
    this.#keys = new SortedKeys(keys)
  }

  has(address: bigint): boolean {
    if (this.#lasts.length === 0) return false
    const key = Number(address >> KEY_SHIFT)
    const high = address >> 64n
    const low = address & LOW_64
    // Among the ranges that share the top 53 bits, the last that does not begin above the address is the only candidate.
    let after = this.#keys.countUpTo(key)
    if (after > 0 && compareHalves(this.#firsts, after - 1, high, low) > 0) {
      let before = this.#keys.countUpTo(key - 1)
      while (before < after) {
        const middle = (before + after) >>> 1
        if (compareHalves(this.#firsts, middle, high, low) > 0) after = middle
        else before = middle + 1
      }
    }
    return after > 0 && compareHalves(this.#lasts, after - 1, high, low) >= 0
  }
}

/**
 * Positions among the sorted firsts at which a merged range begins; it ends with the last just before the next start.
 * Firsts and lasts are sorted apart, because the union of intervals does not depend on which first belongs to which last:
 * `at` intervals began earlier, and all of them are closed exactly when the sorted last number `at - 1` lies below.
 */
function mergedStarts(count: number, isClosedBefore: (at: number) => boolean): number[] {
  const starts: number[] = []
  for (let at = 0; at < count; at++) if (at === 0 || isClosedBefore(at)) starts.push(at)
  return starts
}
