/** Far above any real hello; browsers cut theirs into many small pieces in random order. */
const STREAM_BYTES = 64 * 1024
const PIECE_LIMIT = 256

/** Puts the pieces of the handshake together that CRYPTO frames carry in any order, with overlaps (RFC 9000 section 19.6). */
export class CryptoStream {
  #bytes: Buffer = Buffer.alloc(0)
  /** Pieces beyond the first gap, as [start, end) in order. */
  #pieces: { start: number; end: number }[] = []

  /** How many bytes are there without a gap, from the beginning. */
  get wholeBytes(): number {
    return this.#pieces[0]?.start === 0 ? this.#pieces[0].end : 0
  }

  /** The bytes without a gap, as a view that is valid until the next `add`. */
  get whole(): Buffer {
    return this.#bytes.subarray(0, this.wholeBytes)
  }

  /** Takes a piece. False when it is beyond what any handshake needs. */
  add(offset: number, bytes: Buffer): boolean {
    const end = offset + bytes.length
    if (end > STREAM_BYTES) return false
    if (bytes.length === 0) return true
    if (this.#bytes.length < end) {
      const grown = Buffer.alloc(Math.max(2048, end, Math.min(this.#bytes.length * 2, STREAM_BYTES)))
      this.#bytes.copy(grown)
      this.#bytes = grown
    }
    bytes.copy(this.#bytes, offset)
    return this.#note(offset, end)
  }

  #note(start: number, end: number): boolean {
    const kept: { start: number; end: number }[] = []
    let first = start
    let last = end
    for (const piece of this.#pieces) {
      if (piece.end < first || piece.start > last) {
        kept.push(piece)
      } else {
        first = Math.min(first, piece.start)
        last = Math.max(last, piece.end)
      }
    }
    kept.push({ start: first, end: last })
    this.#pieces = kept.sort((one, other) => one.start - other.start)
    return this.#pieces.length <= PIECE_LIMIT
  }
}
