import type { CaptureFault, CaptureSink } from './capture-sink.ts'
import { isPcapMagic, PcapFormat } from './pcap-format.ts'
import { isPcapngMagic, PcapngFormat } from './pcapng-format.ts'
import { type RecordFormat, RecordStream } from './record-stream.ts'

const MAGIC_BYTES = 4
const GZIP_MAGIC = 0x1f8b

/** Reports a fault of the record at hand. */
export type FaultReport = (fault: CaptureFault, detail: string) => void

/**
 * Reads a capture file, pcap (draft-ietf-opsawg-pcap) or pcapng (draft-ietf-opsawg-pcapng), from bytes that come in
 * pieces of any size. Holds at most one record; never throws: damage becomes a note. A compressed file is the caller's to
 * unpack.
 */
export class CaptureReader {
  readonly #sink: CaptureSink
  readonly #stream: RecordStream
  #isKnown = false
  #isOver = false

  constructor(sink: CaptureSink) {
    this.#sink = sink
    this.#stream = new RecordStream({ sizeAt: (bytes, at, end) => this.#recognise(bytes, at, end), take: () => {} })
  }

  /** Takes the next bytes of the file. Packets in them are given to the sink before this returns. */
  push(bytes: Buffer): void {
    if (!this.#isOver) this.#stream.push(bytes)
  }

  /** The file is at its end. */
  end(): void {
    if (this.#isOver) return
    if (!this.#isKnown) this.#report('unknown-format', 'the file ends before it says what it is')
    else if (this.#stream.pendingBytes > 0) {
      this.#report('truncated', `the last record is cut off after ${this.#stream.pendingBytes} bytes`)
    }
    this.#isOver = true
  }

  /** Finds out what the file is, and leaves its records to the format: each of them asks it directly. */
  #recognise(bytes: Buffer, at: number, end: number): number {
    if (end - at < MAGIC_BYTES) return MAGIC_BYTES
    const format = this.#formatOf(bytes.readUInt32BE(at))
    if (format === undefined) return 0
    this.#isKnown = true
    this.#stream.format = format
    return format.sizeAt(bytes, at, end)
  }

  #formatOf(magic: number): RecordFormat | undefined {
    const report: FaultReport = (fault, detail) => this.#report(fault, detail)
    if (isPcapngMagic(magic)) return new PcapngFormat(this.#sink, report)
    if (isPcapMagic(magic)) return new PcapFormat(this.#sink, report)
    const isGzip = magic >>> 16 === GZIP_MAGIC
    this.#report('unknown-format', isGzip ? 'the file is compressed with gzip' : 'the file is neither pcap nor pcapng')
    return undefined
  }

  #report(fault: CaptureFault, detail: string): void {
    if (fault === 'unknown-format' || fault === 'bad-length') this.#isOver = true
    this.#sink.onNote({ fault, offsetBytes: this.#stream.offsetBytes, detail })
  }
}
