import type { AddressRanges, IpAddress } from '#wire'
import { COUNTRY_BY_NUMBER, IPV6_WORDS, type Section, viewSections } from './table-format.ts'

/** Country and autonomous system by address, from tables that all threads share. Lookups do not change anything. */
export class GeoLookup {
  readonly #sections: Readonly<Record<Section, Uint32Array>>
  // An IPv6 address as words, lowest first: stores of bigints truncate to 64 bits without another bigint.
  readonly #halves = new BigUint64Array(2)
  readonly #words = new Uint32Array(this.#halves.buffer)

  #lastCountryOf: IpAddress | undefined
  #lastCountry: string | undefined

  /** @param tables what `loadGeoTables` returned */
  constructor(tables: SharedArrayBuffer) {
    this.#sections = viewSections(new Uint32Array(tables))
  }

  /** ISO 3166-1 alpha-2 country code, or undefined when unknown. */
  country(address: IpAddress): string | undefined {
    // Rules ask about every request, and requests of one client come one after the other.
    if (address === this.#lastCountryOf) return this.#lastCountry
    this.#lastCountry = this.#findCountry(address)
    this.#lastCountryOf = address
    return this.#lastCountry
  }

  #findCountry(address: IpAddress): string | undefined {
    const { country4Borders, country4Values, country6Borders, country6Values } = this.#sections
    return COUNTRY_BY_NUMBER[
      typeof address === 'number'
        ? this.#find4(country4Borders, country4Values, address)
        : this.#find6(country6Borders, country6Values, address)
    ]
  }

  /** Number of the autonomous system that announces the address, or undefined when none does. */
  asn(address: IpAddress): number | undefined {
    const { asn4Borders, asn4Values, asn6Borders, asn6Values } = this.#sections
    const asn =
      typeof address === 'number'
        ? this.#find4(asn4Borders, asn4Values, address)
        : this.#find6(asn6Borders, asn6Values, address)
    return asn === 0 ? undefined : asn
  }

  /** Name of an autonomous system, or undefined when the data has none. */
  asName(asn: number): string | undefined {
    const { nameAsns, nameOffsets, nameBytes } = this.#sections
    const index = lastAtMost(nameAsns, asn)
    if (index < 0 || nameAsns[index] !== asn) return undefined
    const start = nameBytes.byteOffset + nameOffsets[index]
    return Buffer.from(nameBytes.buffer, start, nameOffsets[index + 1] - nameOffsets[index]).toString('utf8')
  }

  /** All addresses of which country, or number of the autonomous system, is one that is wanted; never unknown ones. */
  addressesOf(fact: 'country' | 'asnum', isWanted: (value: string | number) => boolean): AddressRanges {
    const tables = this.#sections
    const [ipv4, ipv6] =
      fact === 'country'
        ? [
            { borders: tables.country4Borders, values: tables.country4Values },
            { borders: tables.country6Borders, values: tables.country6Values },
          ]
        : [
            { borders: tables.asn4Borders, values: tables.asn4Values },
            { borders: tables.asn6Borders, values: tables.asn6Values },
          ]
    const known = new Map<number, boolean>()
    const isWantedNumber = (number: number): boolean => {
      let answer = known.get(number)
      if (answer === undefined) {
        const value = fact === 'country' ? COUNTRY_BY_NUMBER[number] : number
        answer = number !== 0 && value !== undefined && isWanted(value)
        known.set(number, answer)
      }
      return answer
    }
    const bounds4 = boundsWhere(ipv4, 1, isWantedNumber)
    const bounds6 = boundsWhere(ipv6, IPV6_WORDS, isWantedNumber)
    return { count: bounds4.length / 2 + bounds6.length / (2 * IPV6_WORDS), ipv4: bounds4, ipv6: bounds6 }
  }

  #find4(borders: Uint32Array, values: Uint32Array, address: number): number {
    const index = lastAtMost(borders, address)
    return index < 0 ? 0 : values[index]
  }

  #find6(borders: Uint32Array, values: Uint32Array, address: bigint): number {
    this.#halves[0] = address
    this.#halves[1] = address >> 64n
    const word0 = this.#words[3]
    const word1 = this.#words[2]
    let low = 0
    let high = values.length
    while (low < high) {
      const middle = (low + high) >>> 1
      const at = middle * IPV6_WORDS
      const difference = borders[at] - word0 || borders[at + 1] - word1 || this.#compareLow(borders, at)
      if (difference <= 0) low = middle + 1
      else high = middle
    }
    return low === 0 ? 0 : values[low - 1]
  }

  #compareLow(borders: Uint32Array, at: number): number {
    return borders[at + 2] - this.#words[1] || borders[at + 3] - this.#words[0]
  }
}

/** Index of the last entry that is not above `value`, or -1. */
function lastAtMost(sorted: Uint32Array, value: number): number {
  let low = 0
  let high = sorted.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (sorted[middle] <= value) low = middle + 1
    else high = middle
  }
  return low - 1
}

interface RangeSections {
  readonly borders: Uint32Array
  readonly values: Uint32Array
}

/** First and last address, `width` words each, of every run of values that are wanted. */
function boundsWhere(
  { borders, values }: RangeSections,
  width: 1 | typeof IPV6_WORDS,
  isWanted: (value: number) => boolean,
): Uint32Array {
  const bounds: number[] = []
  let isOpen = false
  for (let index = 0; index < values.length; index++) {
    if (isWanted(values[index]) === isOpen) continue
    if (isOpen) pushBefore(bounds, borders, index * width, width)
    else for (let word = 0; word < width; word++) bounds.push(borders[index * width + word])
    isOpen = !isOpen
  }
  if (isOpen) for (let word = 0; word < width; word++) bounds.push(0xffff_ffff)
  return Uint32Array.from(bounds)
}

/** Appends the address before a border. */
function pushBefore(bounds: number[], borders: Uint32Array, at: number, width: number): void {
  // Words of zero at the end borrow from the one before them.
  let last = width - 1
  while (last > 0 && borders[at + last] === 0) last--
  for (let word = 0; word < width; word++) {
    bounds.push(word < last ? borders[at + word] : word === last ? borders[at + word] - 1 : 0xffff_ffff)
  }
}
