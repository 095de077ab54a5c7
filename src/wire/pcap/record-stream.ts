/** How a file is cut into records. */
export interface RecordFormat {
  /**
   * The size of the record that begins at `at`, of which the bytes up to `end` are here. While its head is not whole, the
   * size of the head. 0 when nothing can be read from here on.
   */
  sizeAt(bytes: Buffer, at: number, end: number): number
  /** Takes the whole record that stands from `at` up to `end`. */
  take(bytes: Buffer, at: number, end: number): void
}

const FIRST_CAPACITY = 65_536

/**
 * Cuts bytes that come in pieces of any size into records. Records inside one piece are read where they stand; only one
 * that is divided between pieces is copied together.
 */
export class RecordStream {
  /** May be set while the first record is measured. */
  format: RecordFormat
  #carry: Buffer = Buffer.alloc(0)
  #carried = 0
  /** How long the carried record is, as far as that is known. */
  #neededBytes = 0
  #broken = false
  /** Where in the stream the record at hand begins. */
  offsetBytes = 0

  constructor(format: RecordFormat) {
    this.format = format
  }

  /** Bytes of a record that is not whole. */
  get pendingBytes(): number {
    return this.#carried
  }

  push(piece: Buffer): void {
    let at = 0
    while (this.#carried > 0 && at < piece.length && !this.#broken) at = this.#completeCarry(piece, at)
    if (this.#broken) return
    at = this.#takeRecords(piece, at)
    if (!this.#broken) this.#carryOver(piece, at)
  }

  /** Takes records that are whole in `piece`; returns where the first begins that is not. */
  #takeRecords(piece: Buffer, from: number): number {
    let at = from
    while (at < piece.length) {
      const size = this.format.sizeAt(piece, at, piece.length)
      if (size === 0) {
        this.#broken = true
        return at
      }
      if (at + size > piece.length) {
        this.#neededBytes = size
        return at
      }
      this.format.take(piece, at, at + size)
      this.offsetBytes += size
      at += size
    }
    return at
  }

  /** Adds what the carried record lacks, and takes it when it is whole. Returns where `piece` goes on. */
  #completeCarry(piece: Buffer, from: number): number {
    const end = Math.min(piece.length, from + this.#neededBytes - this.#carried)
    this.#carryOver(piece, from, end)
    if (this.#carried < this.#neededBytes) return end
    // What was needed may have been the head alone.
    const size = this.format.sizeAt(this.#carry, 0, this.#carried)
    this.#neededBytes = size
    this.#broken = size === 0
    if (size !== this.#carried) return end
    this.format.take(this.#carry, 0, size)
    this.offsetBytes += size
    this.#carried = 0
    return end
  }

  #carryOver(piece: Buffer, from: number, to: number = piece.length): void {
    const needed = this.#carried + to - from
    if (needed > this.#carry.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(needed, this.#carry.length * 2, FIRST_CAPACITY))
      this.#carry.copy(larger, 0, 0, this.#carried)
      this.#carry = larger
    }
    piece.copy(this.#carry, this.#carried, from, to)
    this.#carried = needed
  }
}
