import { type AddressRanges, compareWords, type IpAddress, IPV6_WORDS, packRanges, writeIpv6Words } from '#wire'
import { parseNetworks } from './networks.ts'

const RANGE_WORDS = 2 * IPV6_WORDS

/** The address that is looked up: one array for all, filled and read within one call. */
const WANTED = new Uint32Array(IPV6_WORDS)

/** The addresses of a list of networks. */
export class NetworkSet {
  readonly #ranges: AddressRanges

  /** @param texts addresses and networks; what is neither was reported when the rule was read */
  constructor(texts: readonly string[]) {
    this.#ranges = packRanges(parseNetworks(texts).ranges)
  }

  has(address: IpAddress): boolean {
    return typeof address === 'number' ? this.#hasIpv4(address) : this.#hasIpv6(address)
  }

  #hasIpv4(address: number): boolean {
    const { ipv4 } = this.#ranges
    const range = lastIndex(ipv4.length / 2, (index) => ipv4[index * 2] <= address)
    return range >= 0 && address <= ipv4[range * 2 + 1]
  }

  #hasIpv6(address: bigint): boolean {
    const { ipv6 } = this.#ranges
    writeIpv6Words(address, WANTED, 0)
    const isBelow = (index: number): boolean => compareWords(ipv6, index * RANGE_WORDS, WANTED, 0, IPV6_WORDS) <= 0
    const range = lastIndex(ipv6.length / RANGE_WORDS, isBelow)
    return range >= 0 && compareWords(WANTED, 0, ipv6, range * RANGE_WORDS + IPV6_WORDS, IPV6_WORDS) <= 0
  }
}

/** The last of `count` indexes that satisfies a test which holds for all indexes up to some place; -1 for none. */
function lastIndex(count: number, test: (index: number) => boolean): number {
  let before = 0
  let after = count
  while (before < after) {
    const middle = (before + after) >>> 1
    if (test(middle)) before = middle + 1
    else after = middle
  }
  return before - 1
}
