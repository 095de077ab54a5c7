/** Places of a value that are told apart by one bit for each split of a program. */
const BITS = 1 << 22
const CLEARED_AHEAD_WORDS = 1_024

/** Shared by all searches of a thread: one never runs within another. */
const words = new Uint32Array(BITS >> 5)

/** Which splits of a program have been tried at which places since the last `open`. Bits are cleared as far as places are reached. */
export class VisitedPlaces {
  readonly #splitCount: number
  #origin = 0
  #clearedWords = 0

  constructor(splitCount: number) {
    this.#splitCount = Math.max(1, splitCount)
  }

  /** Forgets everything; returns the place after the last one that can be told apart. */
  open(origin: number): number {
    this.#origin = origin
    this.#clearedWords = 0
    return origin + Math.floor(BITS / this.#splitCount)
  }

  /** Notes a split at a place; true when it had been noted before. */
  visit(split: number, at: number): boolean {
    const bit = (at - this.#origin) * this.#splitCount + split
    const word = bit >> 5
    if (word >= this.#clearedWords) {
      const end = Math.min(words.length, word + CLEARED_AHEAD_WORDS)
      words.fill(0, this.#clearedWords, end)
      this.#clearedWords = end
    }
    const mask = 1 << (bit & 31)
    if ((words[word] & mask) !== 0) return true
    words[word] |= mask
    return false
  }
}
