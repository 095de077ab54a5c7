/** A seeded source of choices (mulberry32), so that a run can be repeated from the seed that it prints. */
export class Random {
  #state: number

  constructor(seed: number) {
    this.#state = seed >>> 0
  }

  /** An integer from 0 up to, not including, `limit`. */
  below(limit: number): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0
    let mixed = this.#state
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) % limit
  }

  pick<Item>(items: readonly Item[]): Item {
    return items[this.below(items.length)]
  }

  chance(percent: number): boolean {
    return this.below(100) < percent
  }

  list<Item>(atMost: number, make: () => Item): Item[] {
    return Array.from({ length: this.below(atMost + 1) }, make)
  }
}
