import { byteString } from './byte-text.ts'

const DEFAULT_WINDOW_BYTES = 64 * 1024
const DEFAULT_OVERLAP_BYTES = 1024

/**
 * Cuts a stream of pieces into overlapping windows, so that what lies across a cut is seen whole in one of them as long as it is not
 * longer than the overlap. Memory is one window, whatever streams by.
 */
export class BodyWindows {
  readonly #window: Buffer
  readonly #overlapBytes: number
  #filled = 0
  /** Bytes at the begin of the window that were shown before. */
  #shown = 0
  #offset = 0

  constructor(windowBytes: number = DEFAULT_WINDOW_BYTES, overlapBytes: number = DEFAULT_OVERLAP_BYTES) {
    this.#window = Buffer.allocUnsafeSlow(windowBytes)
    this.#overlapBytes = overlapBytes
  }

  /** What stood before the stream, such as the end of a head that was inspected already: the first window begins with it. */
  precede(bytes: Uint8Array): void {
    const kept = bytes.subarray(Math.max(0, bytes.length - this.#overlapBytes))
    this.#window.set(kept, 0)
    this.#filled = kept.length
    this.#shown = kept.length
    this.#offset = -kept.length
  }

  /**
   * Takes the next piece. `visit` gets each window that is full, and with `last` the rest: its bytes as a byte string, valid for
   * as long as anybody keeps it, and the offset in the stream, negative for what `precede` put in front.
   */
  push(bytes: Uint8Array, last: boolean, visit: (window: string, offset: number) => void): void {
    let at = 0
    while (at < bytes.length) {
      const taken = Math.min(bytes.length - at, this.#window.length - this.#filled)
      this.#window.set(bytes.subarray(at, at + taken), this.#filled)
      this.#filled += taken
      at += taken
      if (this.#filled === this.#window.length) this.#show(visit)
    }
    if (last && this.#filled > this.#shown) this.#show(visit)
  }

  #show(visit: (window: string, offset: number) => void): void {
    visit(byteString(this.#window, 0, this.#filled), this.#offset)
    const kept = Math.min(this.#overlapBytes, this.#filled)
    this.#window.copyWithin(0, this.#filled - kept, this.#filled)
    this.#offset += this.#filled - kept
    this.#filled = kept
    this.#shown = kept
  }
}
