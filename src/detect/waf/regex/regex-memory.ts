/** The patterns of CRS 4 hold 42 MB when each of them has seen all payloads of its tests, which no traffic makes them do. */
const DEFAULT_LIMIT_BYTES = 48 * 1024 * 1024

/** Something that holds tables which it can build anew. */
export interface TableHolder {
  /** Lets go of all tables. */
  release(): void
}

/**
 * Bounds what the automata of one thread hold together. When they hold too much all of them start anew: that takes so much
 * building that it stays rare, and needs no order of use on the way of every value.
 */
export class RegexMemory {
  readonly #limitBytes: number
  readonly #holders = new Set<TableHolder>()
  #usedBytes = 0

  constructor(limitBytes: number = DEFAULT_LIMIT_BYTES) {
    this.#limitBytes = limitBytes
  }

  get usedBytes(): number {
    return this.#usedBytes
  }

  add(holder: TableHolder): void {
    this.#holders.add(holder)
  }

  /** Notes that a holder took (or with a negative number gave back) memory, and whether there still is room. */
  charge(bytes: number): boolean {
    this.#usedBytes += bytes
    return this.#usedBytes <= this.#limitBytes
  }

  releaseAll(): void {
    for (const holder of this.#holders) holder.release()
  }
}
