/** Gathers the first bytes of a connection. Doubles its buffer, so that many small segments cost no more than one. */
export class ByteCollector {
  #buffer: Buffer = Buffer.alloc(0)
  #length = 0

  /** Everything so far; valid until the next `push`. */
  get bytes(): Buffer {
    return this.#buffer.subarray(0, this.#length)
  }

  push(segment: Buffer): void {
    if (this.#length === 0) {
      this.#buffer = segment
      this.#length = segment.length
      return
    }
    const length = this.#length + segment.length
    if (length > this.#buffer.length || this.#buffer.length === this.#length) {
      const grown = Buffer.allocUnsafe(Math.max(length, this.#buffer.length * 2))
      this.#buffer.copy(grown, 0, 0, this.#length)
      this.#buffer = grown
    }
    segment.copy(this.#buffer, this.#length)
    this.#length = length
  }
}
