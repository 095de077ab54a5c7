/** Takes finished bytes of a file; they are the taker's to keep. */
export type WriteBytes = (bytes: Buffer) => void

const PIECE_BYTES = 65_536

/** Gathers records into pieces that are worth a system call each. */
export class RecordOutput {
  readonly #write: WriteBytes
  #piece: Buffer = Buffer.allocUnsafeSlow(PIECE_BYTES)
  #length = 0

  constructor(write: WriteBytes) {
    this.#write = write
  }

  /** Room for `sizeBytes` bytes, which the caller fills from the returned offset of `piece` on. */
  reserve(sizeBytes: number): number {
    if (this.#length + sizeBytes > this.#piece.length) {
      this.flush()
      if (sizeBytes > this.#piece.length) this.#piece = Buffer.allocUnsafeSlow(sizeBytes)
    }
    const at = this.#length
    this.#length += sizeBytes
    return at
  }

  get piece(): Buffer {
    return this.#piece
  }

  /** Adds a copy of `bytes` from `start` up to `end`; returns where in `piece` it stands. */
  append(bytes: Buffer, start: number, end: number): number {
    const at = this.reserve(end - start)
    bytes.copy(this.#piece, at, start, end)
    return at
  }

  /** Hands over what was gathered. */
  flush(): void {
    if (this.#length === 0) return
    const finished = this.#piece.subarray(0, this.#length)
    this.#piece = Buffer.allocUnsafeSlow(PIECE_BYTES)
    this.#length = 0
    this.#write(finished)
  }
}
