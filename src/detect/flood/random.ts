/** A small generator of numbers from 0 to 1 (xorshift32, Marsaglia 2003): the same seed gives the same decisions again. */
export class RandomNumbers {
  #state: number

  constructor(seed: number) {
    this.#state = Math.imul(seed, 0x9e37_79b1) >>> 0 || 1
  }

  next(): number {
    let state = this.#state
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    this.#state = state >>> 0
    return this.#state / 0x1_0000_0000
  }

  /** A whole number from 0 up to, not including, `count`. */
  below(count: number): number {
    return Math.floor(this.next() * count)
  }

  /** A whole number, both ends included. */
  between(first: number, last: number): number {
    return first + this.below(last - first + 1)
  }

  pick<Item>(items: readonly Item[]): Item {
    return items[this.below(items.length)]
  }
}
