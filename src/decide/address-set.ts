import { type AddressRanges, compareWords, type IpAddress, IPV6_WORDS, writeIpv6Words } from '#wire'
import { SortedKeys } from './sorted-keys.ts'

/** Finds addresses in a set of ranges, also among millions. The ranges themselves are used as they are, not copied. */
export class AddressSet {
  readonly #v4: Ipv4Ranges
  readonly #v6: Ipv6Ranges

  constructor({ ipv4, ipv6 }: AddressRanges) {
    this.#v4 = new Ipv4Ranges(ipv4)
    this.#v6 = new Ipv6Ranges(ipv6)
  }

  has(address: IpAddress): boolean {
    return typeof address === 'number' ? this.#v4.has(address) : this.#v6.has(address)
  }
}

class Ipv4Ranges {
  readonly #firsts: SortedKeys
  readonly #bounds: Uint32Array

  constructor(bounds: Uint32Array) {
    const firsts = new Float64Array(bounds.length / 2)
    for (let i = 0; i < firsts.length; i++) firsts[i] = bounds[i * 2]
    this.#firsts = new SortedKeys(firsts)
    this.#bounds = bounds
  }

  has(address: number): boolean {
    const count = this.#firsts.countUpTo(address)
    return count > 0 && address <= this.#bounds[count * 2 - 1]
  }
}

const RANGE_WORDS = 2 * IPV6_WORDS

/** The address that is looked up. */
const WANTED = new Uint32Array(IPV6_WORDS)

class Ipv6Ranges {
  /** Top 53 bits of each first address. */
  readonly #keys: SortedKeys
  readonly #bounds: Uint32Array

  constructor(bounds: Uint32Array) {
    const keys = new Float64Array(bounds.length / RANGE_WORDS)
    for (let i = 0; i < keys.length; i++) keys[i] = topBits(bounds, i * RANGE_WORDS)
    this.#keys = new SortedKeys(keys)
    this.#bounds = bounds
  }

  has(address: bigint): boolean {
    if (this.#bounds.length === 0) return false
    writeIpv6Words(address, WANTED, 0)
    const key = topBits(WANTED, 0)
    // Among the ranges that share the top 53 bits, the last that does not begin above the address is the only candidate.
    let after = this.#keys.countUpTo(key)
    if (after > 0 && this.#beginsAbove(after - 1)) {
      let before = this.#keys.countUpTo(key - 1)
      while (before < after) {
        const middle = (before + after) >>> 1
        if (this.#beginsAbove(middle)) after = middle
        else before = middle + 1
      }
    }
    return after > 0 && compareWords(this.#bounds, after * RANGE_WORDS - IPV6_WORDS, WANTED, 0, IPV6_WORDS) >= 0
  }

  #beginsAbove(range: number): boolean {
    return compareWords(this.#bounds, range * RANGE_WORDS, WANTED, 0, IPV6_WORDS) > 0
  }
}

/** The 53 most significant bits, which a double holds exactly: the search goes by them first. */
function topBits(words: Uint32Array, at: number): number {
  return words[at] * 2 ** 21 + (words[at + 1] >>> 11)
}
