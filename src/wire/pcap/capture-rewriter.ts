import { CaptureReader } from './capture-reader.ts'
import type { CaptureBlock, CaptureNote } from './capture-sink.ts'
import type { CapturedPacket } from './captured-packet.ts'
import { writeComment } from './comment.ts'
import { BLOCK } from './pcapng-block.ts'
import { PcapngWriter } from './pcapng-writer.ts'
import { RecordOutput, type WriteBytes } from './record-output.ts'

/** What a rewritten capture keeps. Both functions are given one object, valid during the call only. */
export interface RewriteOptions {
  readonly keep: (packet: CapturedPacket) => boolean
  /** What to tell the reader of a kept packet. A pcap file has no place for comments: with this it becomes pcapng. */
  readonly comment?: (packet: CapturedPacket) => string | undefined
  /** Secrets decrypt more than the packets that are kept: they go along only when that is wanted. */
  readonly keepSecrets: boolean
  readonly onNote: (note: CaptureNote) => void
}

/** The format of a pcap file's header among the types of blocks. */
const PCAP_HEADER = 0
const SECTION_LENGTH_AT = 16
const SECTION_LENGTH_BYTES = 8
const APPLICATION = 'Tidegate'

/**
 * Copies a capture, leaving out packets. Everything else stays as it is, byte by byte: options, blocks of unknown types,
 * byte order. Takes the file in pieces, as a reader does, and gives the new one in pieces to `write`.
 */
export class CaptureRewriter {
  readonly #options: RewriteOptions
  readonly #output: RecordOutput
  readonly #write: WriteBytes
  readonly #reader: CaptureReader
  /** Set when a pcap file becomes pcapng. */
  #writer: PcapngWriter | undefined = undefined

  constructor(write: WriteBytes, options: RewriteOptions) {
    this.#options = options
    this.#write = write
    this.#output = new RecordOutput(write)
    this.#reader = new CaptureReader({
      onBlock: (block) => this.#onBlock(block),
      onInterface: (captureInterface) => this.#writer?.addInterface(captureInterface),
      onPacket: (packet) => this.#onPacket(packet),
      onNote: options.onNote,
    })
  }

  /** Takes the next bytes of the capture. */
  push(bytes: Buffer): void {
    this.#reader.push(bytes)
  }

  /** The capture is at its end: hands over what is still held. */
  end(): void {
    this.#reader.end()
    this.#output.flush()
    this.#writer?.end()
  }

  #onBlock({ type, bytes, start, end }: CaptureBlock): void {
    if (type === PCAP_HEADER && this.#options.comment !== undefined) {
      this.#writer = new PcapngWriter(this.#write, APPLICATION)
      return
    }
    if (type === BLOCK.decryptionSecrets && !this.#options.keepSecrets) return
    const at = this.#output.append(bytes, start, end)
    if (type === BLOCK.sectionHeader) {
      // What a section says of its length would be wrong: all ones is "not known".
      const lengthAt = at + SECTION_LENGTH_AT
      this.#output.piece.fill(0xff, lengthAt, Math.min(lengthAt + SECTION_LENGTH_BYTES, at + end - start - 4))
    }
  }

  #onPacket(packet: CapturedPacket): void {
    if (!this.#options.keep(packet)) return
    const comment = this.#options.comment?.(packet)
    if (this.#writer !== undefined) this.#writer.packet(0, packet, comment)
    else if (comment === undefined) this.#output.append(packet.bytes, packet.recordStart, packet.recordEnd)
    else writeComment(this.#output, packet, comment)
  }
}
