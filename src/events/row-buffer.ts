/** Some seconds of a busy worker: how long writes may be held up before events are lost. */
const LIMIT_BYTES = 32 * 1024 * 1024
const USUAL_BYTES = 128 * 1024
/** UTF-8 needs at most this many bytes for a UTF-16 unit. */
const BYTES_PER_UNIT = 3

/** Rows that wait to be written, as UTF-8 in one piece. */
export class RowBuffer {
  #buffer = Buffer.allocUnsafeSlow(USUAL_BYTES)
  #length = 0

  get empty(): boolean {
    return this.#length === 0
  }

  /** The rows; valid until the next change. */
  get bytes(): Buffer {
    return this.#buffer.subarray(0, this.#length)
  }

  /** False when too much waits already. */
  append(row: string): boolean {
    if (!this.#reserve(row.length * BYTES_PER_UNIT)) return false
    this.#length += this.#buffer.write(row, this.#length, 'utf8')
    return true
  }

  /** Appends the rows of another buffer, whatever the limit, and empties it. */
  take(other: RowBuffer): void {
    this.#grow(this.#length + other.#length)
    other.bytes.copy(this.#buffer, this.#length)
    this.#length += other.#length
    other.clear()
  }

  clear(): void {
    this.#length = 0
    if (this.#buffer.length > USUAL_BYTES * 8) this.#buffer = Buffer.allocUnsafeSlow(USUAL_BYTES)
  }

  #reserve(sizeBytes: number): boolean {
    const needed = this.#length + sizeBytes
    if (needed > LIMIT_BYTES) return false
    this.#grow(needed)
    return true
  }

  #grow(neededBytes: number): void {
    if (neededBytes <= this.#buffer.length) return
    const grown = Buffer.allocUnsafeSlow(Math.max(neededBytes, this.#buffer.length * 2))
    this.#buffer.copy(grown, 0, 0, this.#length)
    this.#buffer = grown
  }
}
