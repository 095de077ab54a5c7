import { compareWords, IPV6_WORDS, readIpv6Words, writeIpv6Words } from './address-words.ts'
import type { IpAddress, IpRange } from './ip.ts'
import { sortWords } from './sort-words.ts'

/**
 * A set of addresses as plain data in shared memory: a million of them are posted to another thread without being copied.
 */
export interface AddressRanges {
  /** How many ranges it was made of, before those that overlap became one. */
  readonly count: number
  /**
   * First and last address of each range, one after the other, so that a look-up finds both in one line of the cache. In
   * ascending order, none overlapping another. An IPv4 address is one word, an IPv6 address four, the most significant first.
   */
  readonly ipv4: Uint32Array
  readonly ipv6: Uint32Array
}

const IPV4_WORDS = 1

/** Takes ranges one after the other. */
export class AddressRangesBuilder {
  readonly #ipv4 = new FamilyBuilder(IPV4_WORDS)
  readonly #ipv6 = new FamilyBuilder(IPV6_WORDS)

  add({ first, last }: IpRange): void {
    if (typeof first === 'number') this.#ipv4.add(first, last)
    else this.#ipv6.add(first, last)
  }

  finish(): AddressRanges {
    return {
      count: this.#ipv4.count + this.#ipv6.count,
      ipv4: this.#ipv4.finish(),
      ipv6: this.#ipv6.finish(),
    }
  }
}

/** The set of addresses that lie in one of these ranges. */
export function packRanges(ranges: Iterable<IpRange>): AddressRanges {
  const builder = new AddressRangesBuilder()
  for (const range of ranges) builder.add(range)
  return builder.finish()
}

/** The ranges of a set, IPv4 first, in ascending order. */
export function unpackRanges({ ipv4, ipv6 }: AddressRanges): IpRange[] {
  const ranges: IpRange[] = []
  for (let at = 0; at < ipv4.length; at += 2) ranges.push({ first: ipv4[at], last: ipv4[at + 1] })
  for (let at = 0; at < ipv6.length; at += 2 * IPV6_WORDS) {
    ranges.push({ first: readIpv6Words(ipv6, at), last: readIpv6Words(ipv6, at + IPV6_WORDS) })
  }
  return ranges
}

const FIRST_CAPACITY = 16

/** Growing arrays of addresses. */
class FamilyBuilder {
  readonly #width: number
  #firsts: Uint32Array
  #lasts: Uint32Array
  #length = 0

  constructor(width: number) {
    this.#width = width
    this.#firsts = new Uint32Array(FIRST_CAPACITY * width)
    this.#lasts = new Uint32Array(FIRST_CAPACITY * width)
  }

  get count(): number {
    return this.#length / this.#width
  }

  add(first: IpAddress, last: IpAddress): void {
    if (this.#length === this.#firsts.length) {
      this.#firsts = doubled(this.#firsts)
      this.#lasts = doubled(this.#lasts)
    }
    write(first, this.#firsts, this.#length)
    write(last, this.#lasts, this.#length)
    this.#length += this.#width
  }

  /**
   * Firsts and lasts are sorted apart, because a union of ranges does not depend on which first belongs to which last:
   * before the first number `at`, `at` ranges began, and all of them are closed exactly when the sorted last number
   * `at - 1` lies below it.
   */
  finish(): Uint32Array {
    const width = this.#width
    const firsts = sortWords(this.#firsts.subarray(0, this.#length), width)
    const lasts = sortWords(this.#lasts.subarray(0, this.#length), width)
    const starts: number[] = []
    for (let at = 0; at < firsts.length; at += width) {
      if (at === 0 || compareWords(firsts, at, lasts, at - width, width) > 0) starts.push(at)
    }
    const memory = new SharedArrayBuffer(starts.length * 2 * width * Uint32Array.BYTES_PER_ELEMENT)
    const bounds = new Uint32Array(memory)
    for (let i = 0; i < starts.length; i++) {
      const end = (starts[i + 1] ?? firsts.length) - width
      for (let word = 0; word < width; word++) {
        bounds[i * 2 * width + word] = firsts[starts[i] + word]
        bounds[(i * 2 + 1) * width + word] = lasts[end + word]
      }
    }
    return bounds
  }
}

function write(address: IpAddress, target: Uint32Array, at: number): void {
  if (typeof address === 'number') target[at] = address
  else writeIpv6Words(address, target, at)
}

function doubled(array: Uint32Array): Uint32Array {
  const larger = new Uint32Array(array.length * 2)
  larger.set(array)
  return larger
}
