/** Large memory begins 16 bytes behind a page's begin, where the allocator writes its size: rows begin with a cache line. */
const TO_CACHE_LINE = 48

/**
 * Rows of numbers that are handed out and taken back. All rows stand in one buffer, so that what belongs to one flow shares
 * a few cache lines; the system gives memory to those that are used only. A row is named by the index of its first word;
 * words and 64-bit numbers are views of the same bytes.
 */
export class RowPool {
  readonly rowWords: number
  readonly words: Uint32Array
  readonly ints: Int32Array
  readonly doubles: Float64Array
  readonly #limit: number
  #used = 0
  readonly #released: number[] = []

  /** Rows of `rowWords` words, an even number; at most `limit` at a time. */
  constructor(rowWords: number, limit: number) {
    this.rowWords = rowWords
    this.#limit = limit
    const buffer = new ArrayBuffer(limit * rowWords * 4 + TO_CACHE_LINE)
    const words = limit * rowWords
    this.words = new Uint32Array(buffer, TO_CACHE_LINE, words)
    this.ints = new Int32Array(buffer, TO_CACHE_LINE, words)
    this.doubles = new Float64Array(buffer, TO_CACHE_LINE, words >> 1)
  }

  get isFull(): boolean {
    return this.#released.length === 0 && this.#used === this.#limit
  }

  /** Rows that were ever handed out. */
  get rowBound(): number {
    return this.#used
  }

  /** A row of zeros; -1 when all are handed out. */
  take(): number {
    const released = this.#released.pop()
    if (released !== undefined) {
      this.words.fill(0, released, released + this.rowWords)
      return released
    }
    return this.#used === this.#limit ? -1 : this.#used++ * this.rowWords
  }

  release(at: number): void {
    this.#released.push(at)
  }
}
