import type { HttpAmbiguity } from './http-transaction.ts'

const LF = 0x0a
const CR = 0x0d
const SEMICOLON = 0x3b
const SIZE_DIGITS = 12

const HEX_VALUE = Int8Array.from({ length: 256 }, (_, byte) =>
  byte < 0x80 ? '0123456789abcdef'.indexOf(String.fromCharCode(byte).toLowerCase()) : -1,
)

const SIZE = 0
const EXTENSION = 1
const DATA = 2
const DATA_END = 3
const TRAILER = 4

/** Follows the chunks of a body (RFC 9112 section 7.1) without looking at their data, as a forgiving server would. */
export class ChunkScanner {
  dataBytes = 0
  /** The chunks cannot be followed any more. */
  isBroken = false
  readonly #note: (ambiguity: HttpAmbiguity) => void
  #state = SIZE
  #digits = 0
  #left = 0
  #sawCr = false
  #lineBytes = 0

  constructor(note: (ambiguity: HttpAmbiguity) => void) {
    this.#note = note
  }

  /** How many bytes of data could be missing without losing the thread. */
  get left(): number {
    return this.#state === DATA ? this.#left : 0
  }

  /** Bytes of data that the capture did not keep; at most `left`. */
  skip(sizeBytes: number): void {
    this.#takeData(sizeBytes)
  }

  /** Takes the bytes from `start` up to `end`. Returns the offset behind the body, -1 when more is needed or it is broken. */
  feed(bytes: Buffer, start: number, end: number): number {
    let at = start
    while (at < end && !this.isBroken) {
      if (this.#state === DATA) {
        const taken = Math.min(this.#left, end - at)
        this.#takeData(taken)
        at += taken
      } else if (this.#step(bytes[at++])) return at
    }
    return -1
  }

  #takeData(sizeBytes: number): void {
    this.#left -= sizeBytes
    this.dataBytes += sizeBytes
    if (this.#left === 0) this.#state = DATA_END
  }

  /** True when that byte was the body's last. */
  #step(byte: number): boolean {
    if (byte === CR) {
      if (this.#sawCr) this.#note('bare-cr')
      this.#sawCr = true
      return false
    }
    if (byte === LF) return this.#endLine()
    if (this.#sawCr) this.#note('bare-cr')
    this.#sawCr = false
    this.#lineBytes++
    if (this.#state === SIZE) this.#sizeByte(byte)
    else if (this.#state === DATA_END) this.#break('bad-chunk-end')
    return false
  }

  #sizeByte(byte: number): void {
    const digit = HEX_VALUE[byte]
    if (digit >= 0 && this.#digits < SIZE_DIGITS) {
      this.#digits++
      this.#left = this.#left * 16 + digit
    } else if (this.#digits > 0 && byte === SEMICOLON) {
      this.#note('chunk-extension')
      this.#state = EXTENSION
    } else if (this.#digits > 0 && (byte === 0x20 || byte === 0x09)) this.#note('bad-chunk-size')
    else this.#break('bad-chunk-size')
  }

  #endLine(): boolean {
    if (!this.#sawCr) this.#note('bare-lf')
    const isEmpty = this.#lineBytes === 0
    this.#sawCr = false
    this.#lineBytes = 0
    switch (this.#state) {
      case DATA_END:
        this.#state = SIZE
        this.#digits = 0
        this.#left = 0
        return false
      case TRAILER:
        return isEmpty
      default:
        if (this.#digits === 0) this.#break('bad-chunk-size')
        this.#state = this.#left === 0 ? TRAILER : DATA
        return false
    }
  }

  #break(ambiguity: HttpAmbiguity): void {
    this.#note(ambiguity)
    this.isBroken = true
  }
}
