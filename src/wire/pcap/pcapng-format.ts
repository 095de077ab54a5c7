import { uint16At, uint32At } from './byte-order.ts'
import { CapturedPacket } from './captured-packet.ts'
import type { CaptureInterface, CaptureSink } from './capture-sink.ts'
import type { FaultReport } from './capture-reader.ts'
import { BLOCK_BYTES_LIMIT, PACKET_BYTES_LIMIT } from './limits.ts'
import { BLOCK, BLOCK_HEAD_BYTES, BLOCK_TAIL_BYTES, MAGIC_BIG_ENDIAN, MAGIC_LITTLE_ENDIAN } from './pcapng-block.ts'
import { readInterface } from './pcapng-interface.ts'
import { padded } from './pcapng-options.ts'
import type { RecordFormat } from './record-stream.ts'
import { splitTimestamp } from './timescale.ts'

const SECTION_HEAD_BYTES = 12
const TIMED_HEAD_BYTES = 28
const SIMPLE_HEAD_BYTES = 12
// A file of nothing but interface descriptions must not fill the memory.
const INTERFACE_LIMIT = 65_536
const SMALLEST_SECTION_BYTES = 28
const SMALLEST_BLOCK_BYTES = BLOCK_HEAD_BYTES + BLOCK_TAIL_BYTES

/** True when a file that begins with these four bytes, read big-endian, is a pcapng file. */
export function isPcapngMagic(magic: number): boolean {
  return magic === BLOCK.sectionHeader
}

/** Records of a pcapng file (draft-ietf-opsawg-pcapng): sections of either byte order, each with its own interfaces. */
export class PcapngFormat implements RecordFormat {
  readonly #sink: CaptureSink
  readonly #report: FaultReport
  readonly #packet = new CapturedPacket()
  #littleEndian = true
  #section = -1
  #interfaceCount = 0
  /** Of the section at hand. */
  #interfaces: CaptureInterface[] = []

  constructor(sink: CaptureSink, report: FaultReport) {
    this.#sink = sink
    this.#report = report
  }

  sizeAt(bytes: Buffer, at: number, end: number): number {
    if (end - at < BLOCK_HEAD_BYTES) return BLOCK_HEAD_BYTES
    const type = uint32At(bytes, at, this.#littleEndian)
    if (type === BLOCK.sectionHeader) {
      if (end - at < SECTION_HEAD_BYTES) return SECTION_HEAD_BYTES
      if (!this.#readByteOrder(bytes, at)) return 0
    }
    const written = uint32At(bytes, at + 4, this.#littleEndian)
    const smallest = type === BLOCK.sectionHeader ? SMALLEST_SECTION_BYTES : SMALLEST_BLOCK_BYTES
    if (written < smallest || written > BLOCK_BYTES_LIMIT) {
      this.#report('bad-length', `a block of ${written} bytes; it should have ${smallest} to ${BLOCK_BYTES_LIMIT}`)
      return 0
    }
    // Some writers do not count the padding.
    return padded(written)
  }

  #readByteOrder(bytes: Buffer, at: number): boolean {
    const magic = bytes.readUInt32BE(at + BLOCK_HEAD_BYTES)
    if (magic !== MAGIC_BIG_ENDIAN && magic !== MAGIC_LITTLE_ENDIAN) {
      this.#report('bad-length', 'a section does not say its byte order')
      return false
    }
    this.#littleEndian = magic === MAGIC_LITTLE_ENDIAN
    return true
  }

  take(bytes: Buffer, at: number, end: number): void {
    const type = uint32At(bytes, at, this.#littleEndian)
    switch (type) {
      case BLOCK.enhancedPacket:
        this.#takeTimed(bytes, at, end, uint32At(bytes, at + 8, this.#littleEndian))
        return
      case BLOCK.obsoletePacket:
        this.#takeTimed(bytes, at, end, uint16At(bytes, at + 8, this.#littleEndian))
        return
      case BLOCK.simplePacket:
        this.#takeSimple(bytes, at, end)
        return
      default:
        this.#takeOther(type, bytes, at, end)
    }
  }

  #takeOther(type: number, bytes: Buffer, start: number, end: number): void {
    const block = { type, littleEndian: this.#littleEndian, bytes, start, end }
    if (type === BLOCK.sectionHeader) {
      this.#section++
      this.#interfaces = []
    }
    this.#sink.onBlock?.(block)
    if (type !== BLOCK.interfaceDescription) return
    const isTooMany = this.#interfaces.length === INTERFACE_LIMIT
    const captureInterface = isTooMany ? undefined : readInterface(block, this.#interfaceCount, this.#section)
    if (captureInterface === undefined) {
      this.#report('bad-block', isTooMany ? 'too many interfaces' : 'an interface description is cut off')
      return
    }
    this.#interfaceCount++
    this.#interfaces.push(captureInterface)
    this.#sink.onInterface?.(captureInterface)
  }

  /** Enhanced and obsolete packet blocks differ in the width of the interface's number only. */
  #takeTimed(bytes: Buffer, at: number, end: number, interfaceNumber: number): void {
    if (end - at < TIMED_HEAD_BYTES + BLOCK_TAIL_BYTES) {
      this.#report('bad-block', 'a packet block is shorter than its head')
      return
    }
    const little = this.#littleEndian
    const capturedBytes = uint32At(bytes, at + 20, little)
    if (!this.#place(bytes, at, end, interfaceNumber, at + TIMED_HEAD_BYTES, capturedBytes)) return
    const packet = this.#packet
    packet.originalBytes = Math.max(uint32At(bytes, at + 24, little), capturedBytes)
    packet.hasTime = true
    packet.canHaveOptions = true
    const high = uint32At(bytes, at + 12, little)
    splitTimestamp(high, uint32At(bytes, at + 16, little), packet.captureInterface.timescale, packet)
    this.#deliver()
  }

  /** A simple block says how long the packet was; how much of it is here follows from the interface's limit. */
  #takeSimple(bytes: Buffer, at: number, end: number): void {
    const room = end - at - SIMPLE_HEAD_BYTES - BLOCK_TAIL_BYTES
    if (room < 0) {
      this.#report('bad-block', 'a packet block is shorter than its head')
      return
    }
    const originalBytes = uint32At(bytes, at + 8, this.#littleEndian)
    const snapBytes = this.#interfaces[0]?.snapBytes || originalBytes
    const capturedBytes = Math.min(originalBytes, snapBytes, room)
    if (!this.#place(bytes, at, end, 0, at + SIMPLE_HEAD_BYTES, capturedBytes)) return
    const packet = this.#packet
    packet.originalBytes = originalBytes
    packet.hasTime = false
    packet.canHaveOptions = false
    packet.seconds = 0
    packet.nanoseconds = 0
    // What follows the data is padding: simple blocks have no options.
    packet.optionsStart = packet.optionsEnd
    this.#deliver()
  }

  /** Notes where the parts of the record are. False when it cannot be: the block is skipped. */
  #place(
    bytes: Buffer,
    at: number,
    end: number,
    interfaceNumber: number,
    dataStart: number,
    capturedBytes: number,
  ): boolean {
    const captureInterface = this.#interfaces[interfaceNumber]
    if (captureInterface === undefined) {
      this.#report('unknown-interface', `a packet of interface ${interfaceNumber}, which was not described`)
      return false
    }
    const dataLimit = end - BLOCK_TAIL_BYTES
    if (capturedBytes > PACKET_BYTES_LIMIT || dataStart + capturedBytes > dataLimit) {
      this.#report('bad-block', `a packet of ${capturedBytes} bytes does not fit into its block`)
      return false
    }
    const packet = this.#packet
    packet.captureInterface = captureInterface
    if (packet.bytes !== bytes) packet.bytes = bytes
    packet.start = dataStart
    packet.end = dataStart + capturedBytes
    packet.littleEndian = this.#littleEndian
    packet.recordStart = at
    packet.recordEnd = end
    packet.optionsEnd = dataLimit
    packet.optionsStart = Math.min(dataStart + padded(capturedBytes), dataLimit)
    return true
  }

  #deliver(): void {
    this.#packet.frameNumber++
    this.#sink.onPacket(this.#packet)
  }
}
