import { RecordOutput, type WriteBytes } from './record-output.ts'

const MAGIC_NANOSECONDS = 0xa1b2_3c4d
const FILE_HEAD_BYTES = 24
const RECORD_HEAD_BYTES = 16

export interface PcapOptions {
  /** A number of `LINK_TYPE`. */
  readonly linkType: number
  /** Longest frame that is kept; 0 without a limit. */
  readonly snapBytes: number
}

/** Writes a pcap file with nanoseconds (draft-ietf-opsawg-pcap). What pcapng adds has no place in it. */
export class PcapWriter {
  readonly #output: RecordOutput

  /** `write` is given the file in pieces. */
  constructor(write: WriteBytes, { linkType, snapBytes }: PcapOptions) {
    this.#output = new RecordOutput(write)
    const at = this.#output.reserve(FILE_HEAD_BYTES)
    const { piece } = this.#output
    piece.writeUInt32LE(MAGIC_NANOSECONDS, at)
    piece.writeUInt16LE(2, at + 4)
    piece.writeUInt16LE(4, at + 6)
    piece.writeBigUInt64LE(0n, at + 8)
    piece.writeUInt32LE(snapBytes, at + 16)
    piece.writeUInt32LE(linkType, at + 20)
  }

  /** Writes the packet whose captured bytes are those of `bytes` from `start` up to `end`. */
  packet(packet: WrittenPacket): void {
    const { bytes, start, end } = packet
    const at = this.#output.reserve(RECORD_HEAD_BYTES + end - start)
    const { piece } = this.#output
    piece.writeUInt32LE(packet.seconds >>> 0, at)
    piece.writeUInt32LE(packet.nanoseconds, at + 4)
    piece.writeUInt32LE(end - start, at + 8)
    piece.writeUInt32LE(packet.originalBytes, at + 12)
    bytes.copy(piece, at + RECORD_HEAD_BYTES, start, end)
  }

  /** Hands over what is still held. */
  end(): void {
    this.#output.flush()
  }
}

/** A packet to write; what a reader hands out is one. */
export interface WrittenPacket {
  readonly bytes: Buffer
  readonly start: number
  readonly end: number
  /** Length on the wire. */
  readonly originalBytes: number
  readonly seconds: number
  readonly nanoseconds: number
  /** Which way it went through its interface, where that is known; files of pcap do not say. */
  readonly direction?: 'in' | 'out' | undefined
}
