/**
 * Reads big-endian fields from bytes of a stranger. Reading past the end gives zeros and marks the reader as broken,
 * so that a parser can run straight through and check once.
 */
export class ByteReader {
  readonly #bytes: Buffer
  #offset: number
  readonly #end: number
  broken = false

  constructor(bytes: Buffer, offset: number = 0, end: number = bytes.length) {
    this.#bytes = bytes
    this.#offset = offset
    this.#end = end
  }

  get remaining(): number {
    return this.#end - this.#offset
  }

  uint8(): number {
    if (!this.#take(1)) return 0
    return this.#bytes[this.#offset - 1]
  }

  uint16(): number {
    if (!this.#take(2)) return 0
    return (this.#bytes[this.#offset - 2] << 8) | this.#bytes[this.#offset - 1]
  }

  uint24(): number {
    return (this.uint8() << 16) | this.uint16()
  }

  skip(length: number): void {
    this.#take(length)
  }

  /** A reader of the next `length` bytes; this one goes on behind them. */
  vector(length: number): ByteReader {
    if (!this.#take(length)) return new ByteReader(this.#bytes, this.#end, this.#end)
    return new ByteReader(this.#bytes, this.#offset - length, this.#offset)
  }

  /** The next `length` bytes, one character a byte. */
  latin1(length: number): string {
    if (!this.#take(length)) return ''
    return this.#bytes.toString('latin1', this.#offset - length, this.#offset)
  }

  /** What is left, as a copy. */
  copy(): Buffer {
    return Buffer.from(this.#bytes.subarray(this.#offset, this.#end))
  }

  #take(length: number): boolean {
    if (this.#offset + length > this.#end) {
      this.broken = true
      this.#offset = this.#end
      return false
    }
    this.#offset += length
    return true
  }
}
