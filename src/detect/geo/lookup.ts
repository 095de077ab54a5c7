import type { IpAddress } from '#wire'
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
