import { TidegateError } from '#kernel'

interface OpenRange {
  readonly last: bigint
  readonly value: number
}

/**
 * Collects ranges of one address family, in ascending order of their first address, into borders and values.
 * Where ranges overlap the one that starts later wins, to its end: it is the more exact one.
 */
export class RangeTable {
  readonly #words: 1 | 4
  readonly #borders: bigint[] = [0n]
  readonly #values: number[] = [0]
  /** Ranges that hold the current address, the innermost last. */
  readonly #open: OpenRange[] = []
  #first = 0n

  /** @param words 32-bit words of an address: 1 for IPv4, 4 for IPv6 */
  constructor(words: 1 | 4) {
    this.#words = words
  }

  /** Adds a range that begins at or behind the ones before; value 0 means unknown. */
  add(first: bigint, last: bigint, value: number): void {
    if (first < this.#first || last < first || last >> BigInt(32 * this.#words) !== 0n) {
      throw new TidegateError('ERR_INVARIANT', `address data is not in ascending order at range ${first}-${last}`, {
        source: 'environment',
        remedy: 'Install the address data packages again: npm ci',
      })
    }
    this.#closeBefore(first)
    this.#mark(first, value)
    this.#open.push({ last, value })
    this.#first = first
  }

  #closeBefore(address: bigint): void {
    for (let top = this.#open.at(-1); top !== undefined && top.last < address; top = this.#open.at(-1)) {
      const { last } = top
      while (this.#open.length > 0 && this.#open[this.#open.length - 1].last <= last) this.#open.pop()
      this.#mark(last + 1n, this.#open.at(-1)?.value ?? 0)
    }
  }

  #mark(border: bigint, value: number): void {
    if (this.#borders[this.#borders.length - 1] === border) {
      this.#borders.pop()
      this.#values.pop()
    }
    if (this.#values.length > 0 && this.#values[this.#values.length - 1] === value) return
    this.#borders.push(border)
    this.#values.push(value)
  }

  /** Borders as words, most significant first, and the value from each border on. Ends the collecting. */
  finish(): { readonly borders: Uint32Array; readonly values: Uint32Array } {
    const end = 1n << BigInt(32 * this.#words)
    this.#closeBefore(end)
    if (this.#borders[this.#borders.length - 1] === end) {
      this.#borders.pop()
      this.#values.pop()
    }
    const borders = new Uint32Array(this.#borders.length * this.#words)
    let index = 0
    for (const border of this.#borders) {
      for (let word = this.#words - 1; word >= 0; word--)
        borders[index++] = Number((border >> BigInt(32 * word)) & 0xffff_ffffn)
    }
    return { borders, values: Uint32Array.from(this.#values) }
  }
}
