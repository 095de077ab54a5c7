const FIRST_CAPACITY = 64

/** Keys of a map, one behind the other, in memory that grows. */
export class EntryBuffer {
  readonly keyBytes: number
  count = 0
  #bytes: Buffer

  constructor(keyBytes: number) {
    this.keyBytes = keyBytes
    this.#bytes = Buffer.alloc(FIRST_CAPACITY * keyBytes)
  }

  get bytes(): Buffer {
    return this.#bytes
  }

  /** Makes room for another key; returns where in `bytes`, which may be others than before, it is to be written. */
  add(): number {
    const at = this.count++ * this.keyBytes
    if (at === this.#bytes.length) {
      const larger = Buffer.alloc(at * 2)
      this.#bytes.copy(larger)
      this.#bytes = larger
    }
    return at
  }
}
