import { optionText } from './comment.ts'
import type { WrittenPacket } from './pcap-writer.ts'
import { BLOCK, BLOCK_TAIL_BYTES, MAGIC_BIG_ENDIAN } from './pcapng-block.ts'
import { padded } from './pcapng-options.ts'
import { RecordOutput, type WriteBytes } from './record-output.ts'
import { nanosecondStampHigh, nanosecondStampLow } from './timescale.ts'

const OPTION = {
  comment: 1,
  application: 4,
  interfaceName: 2,
  interfaceDescription: 3,
  resolution: 9,
  fcsLength: 13,
} as const
const OPTION_HEAD_BYTES = 4
const PACKET_HEAD_BYTES = 28
const NANOSECOND_RESOLUTION = 9
const NO_BYTES = Buffer.alloc(0)
const PACKET_FLAGS = 2
const DIRECTION_BITS = { in: 1, out: 2 } as const

export interface InterfaceOptions {
  /** A number of `LINK_TYPE`. */
  readonly linkType: number
  readonly snapBytes?: number
  readonly name?: string | undefined
  readonly description?: string | undefined
  /** Bytes of frame check sequence that end each frame. */
  readonly fcsBytes?: number
}

/** Writes a pcapng file of one little-endian section (draft-ietf-opsawg-pcapng), times in nanoseconds. */
export class PcapngWriter {
  readonly #output: RecordOutput
  #interfaces = 0

  /** `write` is given the file in pieces; `application` is named as its author. */
  constructor(write: WriteBytes, application: string) {
    this.#output = new RecordOutput(write)
    const head = Buffer.alloc(16)
    head.writeUInt32LE(MAGIC_BIG_ENDIAN, 0)
    head.writeUInt16LE(1, 4)
    // The length of the section is not known: it is written as it comes.
    head.fill(0xff, 8, 16)
    this.#block(BLOCK.sectionHeader, [head, option(OPTION.application, application), endOfOptions()])
  }

  /** Describes an interface; returns the number by which packets name it. */
  addInterface({ linkType, snapBytes = 0, name, description, fcsBytes = 0 }: InterfaceOptions): number {
    const head = Buffer.alloc(8)
    head.writeUInt16LE(linkType, 0)
    head.writeUInt32LE(snapBytes, 4)
    this.#block(BLOCK.interfaceDescription, [
      head,
      name === undefined ? NO_BYTES : option(OPTION.interfaceName, name),
      description === undefined ? NO_BYTES : option(OPTION.interfaceDescription, description),
      option(OPTION.resolution, Buffer.from([NANOSECOND_RESOLUTION])),
      fcsBytes === 0 ? NO_BYTES : option(OPTION.fcsLength, Buffer.from([fcsBytes])),
      endOfOptions(),
    ])
    return this.#interfaces++
  }

  /** Writes a packet of a described interface, with a comment for its reader if there is something to say. */
  packet(interfaceNumber: number, packet: WrittenPacket, comment?: string): void {
    const { bytes, start, end } = packet
    const dataBytes = end - start
    const dataEnd = PACKET_HEAD_BYTES + padded(dataBytes)
    const options = packetOptions(packet.direction, comment)
    const sizeBytes = dataEnd + options.length + BLOCK_TAIL_BYTES
    const at = this.#output.reserve(sizeBytes)
    const { piece } = this.#output
    piece.writeUInt32LE(BLOCK.enhancedPacket, at)
    piece.writeUInt32LE(sizeBytes, at + 4)
    piece.writeUInt32LE(interfaceNumber, at + 8)
    piece.writeUInt32LE(nanosecondStampHigh(packet.seconds, packet.nanoseconds), at + 12)
    piece.writeUInt32LE(nanosecondStampLow(packet.seconds, packet.nanoseconds), at + 16)
    piece.writeUInt32LE(dataBytes, at + 20)
    piece.writeUInt32LE(packet.originalBytes, at + 24)
    bytes.copy(piece, at + PACKET_HEAD_BYTES, start, end)
    piece.fill(0, at + PACKET_HEAD_BYTES + dataBytes, at + dataEnd)
    options.copy(piece, at + dataEnd)
    piece.writeUInt32LE(sizeBytes, at + sizeBytes - BLOCK_TAIL_BYTES)
  }

  /** Adds secrets that decrypt packets after them; `kind` is one of `SECRETS`. */
  secrets(kind: number, secrets: Buffer): void {
    const head = Buffer.alloc(8)
    head.writeUInt32LE(kind, 0)
    head.writeUInt32LE(secrets.length, 4)
    this.#block(BLOCK.decryptionSecrets, [head, secrets, Buffer.alloc(padded(secrets.length) - secrets.length)])
  }

  /** Hands over what is still held. */
  end(): void {
    this.#output.flush()
  }

  #block(type: number, parts: readonly Buffer[]): void {
    const body = Buffer.concat(parts)
    const frame = Buffer.alloc(12 + body.length)
    frame.writeUInt32LE(type, 0)
    frame.writeUInt32LE(frame.length, 4)
    body.copy(frame, 8)
    frame.writeUInt32LE(frame.length, frame.length - BLOCK_TAIL_BYTES)
    this.#output.append(frame, 0, frame.length)
  }
}

/** An option with its padding. */
function option(code: number, value: string | Buffer): Buffer {
  const bytes = typeof value === 'string' ? optionText(value) : value
  const written = Buffer.alloc(OPTION_HEAD_BYTES + padded(bytes.length))
  written.writeUInt16LE(code, 0)
  written.writeUInt16LE(bytes.length, 2)
  bytes.copy(written, OPTION_HEAD_BYTES)
  return written
}

const DIRECTION_OPTIONS = { in: directionOption('in'), out: directionOption('out') } as const
/** Those of most packets, with their end. */
const BARE_OPTIONS = {
  in: Buffer.concat([DIRECTION_OPTIONS.in, endOfOptions()]),
  out: Buffer.concat([DIRECTION_OPTIONS.out, endOfOptions()]),
} as const

function directionOption(direction: 'in' | 'out'): Buffer {
  return option(PACKET_FLAGS, Buffer.from([DIRECTION_BITS[direction], 0, 0, 0]))
}

function packetOptions(direction: WrittenPacket['direction'], comment: string | undefined): Buffer {
  if (comment === undefined) return direction === undefined ? NO_BYTES : BARE_OPTIONS[direction]
  const flags = direction === undefined ? NO_BYTES : DIRECTION_OPTIONS[direction]
  return Buffer.concat([flags, option(OPTION.comment, comment), endOfOptions()])
}

function endOfOptions(): Buffer {
  return Buffer.alloc(OPTION_HEAD_BYTES)
}
