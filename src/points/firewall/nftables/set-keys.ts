import type { SetKeys } from '#net'
import { type AddressRanges, IPV6_WORDS } from '#wire'

const IPV4_BYTES = 4
const IPV6_BYTES = 16
/** The third word of an IPv4 address that is mapped into IPv6; the two before it are zero. */
const MAPPED_WORD = 0xffff
const WORD_LAST = 0xffff_ffff

/** The keys of the two sets of a list. That of IPv6 also holds the IPv4 addresses, mapped: packets may carry them so. */
export interface ListKeys {
  readonly ipv4: SetKeys
  readonly ipv6: SetKeys
}

/** Keys without ranges, for sets that look up single ones, have no `lasts`. */
export function listKeys(ranges: AddressRanges): ListKeys {
  return { ipv4: keysOf(ranges.ipv4, 1), ipv6: keysOf(ipv6Words(ranges), IPV6_WORDS) }
}

/** First and last address in turn, four words each, in ascending order. */
function ipv6Words({ ipv4, ipv6 }: AddressRanges): Uint32Array {
  const words = new Uint32Array(ipv4.length * IPV6_WORDS + ipv6.length + 2 * IPV6_WORDS)
  let end = 0
  const put = (...values: readonly number[]): void => {
    words.set(values, end)
    end += values.length
  }
  let at = 0
  // What lies below the mapped addresses; a range that goes on above them is cut in two.
  for (; at < ipv6.length && isBelowMapped(ipv6, at); at += 2 * IPV6_WORDS) {
    if (isBelowMapped(ipv6, at + IPV6_WORDS)) {
      words.set(ipv6.subarray(at, at + 2 * IPV6_WORDS), end)
      end += 2 * IPV6_WORDS
    } else {
      words.set(ipv6.subarray(at, at + IPV6_WORDS), end)
      end += IPV6_WORDS
      put(0, 0, MAPPED_WORD - 1, WORD_LAST)
      break
    }
  }
  const isCut = at < ipv6.length && isBelowMapped(ipv6, at)
  for (const address of ipv4) {
    words[end + 2] = MAPPED_WORD
    words[end + 3] = address
    end += IPV6_WORDS
  }
  if (isCut) {
    put(0, 0, MAPPED_WORD + 1, 0)
    words.set(ipv6.subarray(at + IPV6_WORDS, at + 2 * IPV6_WORDS), end)
    end += IPV6_WORDS
    at += 2 * IPV6_WORDS
  }
  words.set(ipv6.subarray(at), end)
  return words.subarray(0, end + ipv6.length - at)
}

/** No address of IPv6 stands among the mapped ones. */
function isBelowMapped(words: Uint32Array, at: number): boolean {
  return words[at] === 0 && words[at + 1] === 0 && words[at + 2] < MAPPED_WORD
}

function keysOf(bounds: Uint32Array, width: number): SetKeys {
  const keyBytes = width === 1 ? IPV4_BYTES : IPV6_BYTES
  const count = bounds.length / (2 * width)
  const firsts = Buffer.alloc(count * keyBytes)
  const lasts = Buffer.alloc(count * keyBytes)
  for (let range = 0, at = 0; range < count; range++) {
    const from = range * 2 * width
    for (let word = 0; word < width; word++, at += 4) {
      firsts.writeUInt32BE(bounds[from + word], at)
      lasts.writeUInt32BE(bounds[from + width + word], at)
    }
  }
  return firsts.equals(lasts) ? { keyBytes, count, firsts } : { keyBytes, count, firsts, lasts }
}

/** The keys that others lack; undefined when there are none. */
export function keysMissing(keys: SetKeys | undefined, others: SetKeys | undefined): SetKeys | undefined {
  if (keys === undefined || keys.count === 0) return undefined
  if (others === undefined || others.count === 0) return keys
  const known = new Set(textsOf(others))
  const missing = textsOf(keys).flatMap((text, index) => (known.has(text) ? [] : [index]))
  return missing.length === 0 ? undefined : picked(keys, missing)
}

function textsOf({ keyBytes, count, firsts, lasts }: SetKeys): string[] {
  return Array.from({ length: count }, (_, index) => {
    const [from, to] = [index * keyBytes, (index + 1) * keyBytes]
    return firsts.toString('latin1', from, to) + (lasts?.toString('latin1', from, to) ?? '')
  })
}

function picked({ keyBytes, firsts, lasts }: SetKeys, indexes: readonly number[]): SetKeys {
  const pick = (keys: Buffer): Buffer =>
    Buffer.concat(indexes.map((index) => keys.subarray(index * keyBytes, (index + 1) * keyBytes)))
  const count = indexes.length
  return lasts === undefined
    ? { keyBytes, count, firsts: pick(firsts) }
    : { keyBytes, count, firsts: pick(firsts), lasts: pick(lasts) }
}
