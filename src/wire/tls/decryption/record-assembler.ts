import type { SealedRecord } from './record-opener.ts'

const HEAD_BYTES = 5
/** RFC 8446 section 5.2 allows 2^14 + 256; TLS 1.2 with compression 2^14 + 2048. */
const RECORD_BYTES = 16_384 + 2_048
const FIRST_ROOM_BYTES = 2048

/** Takes whole records of one direction, in their order. */
export interface AssembledSink {
  /** The contents are a view, valid during the call only. */
  record(record: SealedRecord): void
  /** A record that was not captured whole. */
  lost(): void
}

/** Puts the records of one direction of a TLS connection together, from pieces of any size. */
export class RecordAssembler {
  readonly #sink: AssembledSink
  #kept: Buffer = Buffer.alloc(0)
  #keptBytes = 0
  /** What is missing of a record that was not captured whole. */
  #skip = 0
  /** Set when nothing can be read any more. */
  isBroken = false

  constructor(sink: AssembledSink) {
    this.#sink = sink
  }

  feed(bytes: Buffer, start: number, end: number): void {
    let at = start
    while (at < end && !this.isBroken) {
      if (this.#skip > 0) {
        const passed = Math.min(this.#skip, end - at)
        this.#skip -= passed
        at += passed
        if (this.#skip === 0) this.#sink.lost()
      } else at = this.#keptBytes === 0 ? this.#whole(bytes, at, end) : this.#complete(bytes, at, end)
    }
  }

  /** Bytes that will not come. Nothing can be read behind them unless they end in the record at hand. */
  gap(sizeBytes: number): void {
    const missing =
      this.#skip > 0 ? this.#skip : this.#keptBytes >= HEAD_BYTES ? this.#recordBytes - this.#keptBytes : 0
    if (sizeBytes > missing) this.isBroken = true
    this.#skip = missing - sizeBytes
    this.#keptBytes = 0
    if (this.#skip === 0 && !this.isBroken) this.#sink.lost()
  }

  /** Gives the record that begins at `start` when it is whole, else keeps what is there. */
  #whole(bytes: Buffer, start: number, end: number): number {
    if (end - start >= HEAD_BYTES) {
      const recordEnd = start + HEAD_BYTES + bytes.readUInt16BE(start + 3)
      if (recordEnd <= end) {
        this.#give(bytes, start, recordEnd)
        return recordEnd
      }
    }
    this.#keep(bytes, start, end)
    return end
  }

  #complete(bytes: Buffer, start: number, end: number): number {
    const wanted = this.#keptBytes < HEAD_BYTES ? HEAD_BYTES : this.#recordBytes
    const taken = Math.min(wanted - this.#keptBytes, end - start)
    this.#keep(bytes, start, start + taken)
    if (this.#keptBytes >= HEAD_BYTES && this.#keptBytes === this.#recordBytes) {
      this.#keptBytes = 0
      this.#give(this.#kept, 0, this.#recordBytes)
    }
    return start + taken
  }

  get #recordBytes(): number {
    return HEAD_BYTES + this.#kept.readUInt16BE(3)
  }

  #keep(bytes: Buffer, start: number, end: number): void {
    const needed = this.#keptBytes + end - start
    if (needed > HEAD_BYTES + RECORD_BYTES) {
      this.isBroken = true
      return
    }
    if (this.#kept.length < needed) {
      const grown = Buffer.allocUnsafe(Math.max(FIRST_ROOM_BYTES, needed, 2 * this.#kept.length))
      this.#kept.copy(grown, 0, 0, this.#keptBytes)
      this.#kept = grown
    }
    bytes.copy(this.#kept, this.#keptBytes, start, end)
    this.#keptBytes = needed
  }

  #give(bytes: Buffer, start: number, end: number): void {
    const contents = bytes.subarray(start + HEAD_BYTES, end)
    this.#sink.record({ type: bytes[start], version: bytes.readUInt16BE(start + 1), contents })
  }
}
