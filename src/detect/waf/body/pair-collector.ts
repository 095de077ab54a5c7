import type { BodyLimit } from '../body-contents.ts'
import type { BodyLimits } from './limits.ts'

/**
 * Gathers names and values within limits. What comes after the limit is joined into one more pair: it costs no evaluation a
 * value, and padding with thousands of harmless values hides nothing.
 */
export class PairCollector {
  readonly pairs: string[] = []
  limit: BodyLimit | undefined = undefined

  readonly #root: string
  readonly #maxEntries: number
  readonly #rest: string[] = []
  #nameBytesLeft: number

  /** `root` is the name of what is joined, `textBytes` the length of the whole body. */
  constructor(root: string, limits: BodyLimits, textBytes: number) {
    this.#root = root
    this.#maxEntries = limits.pairs * 2
    this.#nameBytesLeft = limits.nameBytes + 4 * textBytes
  }

  /**
   * Whether a name of this length may still be written out. A long key above thousands of leaves would make names of many times
   * the body; from there on leaves carry their last key only.
   */
  affords(nameBytes: number): boolean {
    this.#nameBytesLeft -= nameBytes
    if (this.#nameBytesLeft >= 0) return true
    this.limit ??= 'names'
    return false
  }

  add(name: string, value: string): void {
    if (this.pairs.length < this.#maxEntries) this.pairs.push(name, value)
    else this.#addRest(value)
  }

  #addRest(value: string): void {
    this.limit = 'pairs'
    if (value !== '') this.#rest.push(value)
  }

  /** Ends the gathering: adds what was joined. */
  finish(): void {
    if (this.#rest.length > 0) this.pairs.push(this.#root, this.#rest.join('\n'))
  }
}
