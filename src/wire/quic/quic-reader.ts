/**
 * Reads fields of QUIC from bytes of a stranger. Reading past the end gives zeros and marks the reader as broken, so that a
 * parser can run straight through and check once.
 */
export class QuicReader {
  readonly bytes: Buffer
  at: number
  readonly end: number
  broken = false

  constructor(bytes: Buffer, start: number, end: number) {
    this.bytes = bytes
    this.at = start
    this.end = end
  }

  get remaining(): number {
    return this.end - this.at
  }

  uint8(): number {
    return this.take(1) ? this.bytes[this.at - 1] : 0
  }

  uint32(): number {
    return this.take(4) ? this.bytes.readUInt32BE(this.at - 4) : 0
  }

  /** RFC 9000 section 16; what is beyond 2^53 loses its last bits, which no honest length or offset has. */
  variable(): number {
    const first = this.uint8()
    let value = first & 0x3f
    for (let left = (1 << (first >> 6)) - 1; left > 0; left--) value = value * 256 + this.uint8()
    return value
  }

  /** Passes over `length` bytes. False when there are not as many. */
  take(length: number): boolean {
    if (length > this.end - this.at) {
      this.broken = true
      this.at = this.end
      return false
    }
    this.at += length
    return true
  }

  /** The next `length` bytes as a view. */
  view(length: number): Buffer {
    return this.take(length) ? this.bytes.subarray(this.at - length, this.at) : this.bytes.subarray(0, 0)
  }
}
