import { uint32At } from './byte-order.ts'
import { CapturedPacket } from './captured-packet.ts'
import type { CaptureInterface, CaptureSink } from './capture-sink.ts'
import type { FaultReport } from './capture-reader.ts'
import { PACKET_BYTES_LIMIT } from './limits.ts'
import type { RecordFormat } from './record-stream.ts'
import { MICROSECONDS } from './timescale.ts'

/** What the first four bytes, read big-endian, say about the file. */
interface PcapVariant {
  readonly littleEndian: boolean
  readonly nanosecondsPerUnit: number
  /** Alexey Kuznetzov's variant of the Linux 2.2 days adds interface, protocol and direction to each record. */
  readonly recordHeadBytes: number
}

const VARIANTS: Readonly<Record<number, PcapVariant>> = {
  0xa1b2c3d4: { littleEndian: false, nanosecondsPerUnit: 1000, recordHeadBytes: 16 },
  0xd4c3b2a1: { littleEndian: true, nanosecondsPerUnit: 1000, recordHeadBytes: 16 },
  0xa1b23c4d: { littleEndian: false, nanosecondsPerUnit: 1, recordHeadBytes: 16 },
  0x4d3cb2a1: { littleEndian: true, nanosecondsPerUnit: 1, recordHeadBytes: 16 },
  0xa1b2cd34: { littleEndian: false, nanosecondsPerUnit: 1000, recordHeadBytes: 24 },
  0x34cdb2a1: { littleEndian: true, nanosecondsPerUnit: 1000, recordHeadBytes: 24 },
}

const FILE_HEAD_BYTES = 24
const NANOSECONDS = 1_000_000_000
/** The link type's upper bits: a flag that says that a length of frame check sequence follows, in 16-bit words. */
const FCS_PRESENT = 0x0400_0000
const FCS_WORDS_SHIFT = 28

/** True when a file that begins with these four bytes, read big-endian, is a pcap file. */
export function isPcapMagic(magic: number): boolean {
  return VARIANTS[magic] !== undefined
}

/** Records of a pcap file (draft-ietf-opsawg-pcap). */
export class PcapFormat implements RecordFormat {
  readonly #sink: CaptureSink
  readonly #report: FaultReport
  readonly #packet = new CapturedPacket()
  #variant: PcapVariant | undefined = undefined

  constructor(sink: CaptureSink, report: FaultReport) {
    this.#sink = sink
    this.#report = report
  }

  sizeAt(bytes: Buffer, at: number, end: number): number {
    if (this.#variant === undefined) return FILE_HEAD_BYTES
    const { littleEndian, recordHeadBytes } = this.#variant
    if (end - at < recordHeadBytes) return recordHeadBytes
    const capturedBytes = uint32At(bytes, at + 8, littleEndian)
    if (capturedBytes <= PACKET_BYTES_LIMIT) return recordHeadBytes + capturedBytes
    this.#report('bad-length', `a packet of ${capturedBytes} bytes; ${PACKET_BYTES_LIMIT} are the limit`)
    return 0
  }

  take(bytes: Buffer, at: number, end: number): void {
    if (this.#variant === undefined) this.#takeFileHead(bytes, at, end)
    else this.#takePacket(bytes, at, end, this.#variant)
  }

  #takeFileHead(bytes: Buffer, at: number, end: number): void {
    this.#variant = VARIANTS[bytes.readUInt32BE(at)]
    const { littleEndian } = this.#variant
    const linkField = uint32At(bytes, at + 20, littleEndian)
    const captureInterface: CaptureInterface = {
      index: 0,
      section: 0,
      linkType: linkField & 0xffff,
      snapBytes: uint32At(bytes, at + 16, littleEndian),
      fcsBytes: linkField & FCS_PRESENT ? (linkField >>> FCS_WORDS_SHIFT) * 2 : 0,
      timescale: MICROSECONDS,
      name: undefined,
      description: undefined,
    }
    this.#packet.captureInterface = captureInterface
    this.#packet.hasTime = true
    this.#packet.littleEndian = littleEndian
    this.#sink.onBlock?.({ type: 0, littleEndian, bytes, start: at, end })
    this.#sink.onInterface?.(captureInterface)
  }

  #takePacket(bytes: Buffer, at: number, end: number, variant: PcapVariant): void {
    const { littleEndian, nanosecondsPerUnit, recordHeadBytes } = variant
    const packet = this.#packet
    const nanoseconds = uint32At(bytes, at + 4, littleEndian) * nanosecondsPerUnit
    // Some writers let the fraction run over a second.
    const carriedSeconds = nanoseconds < NANOSECONDS ? 0 : Math.floor(nanoseconds / NANOSECONDS)
    packet.frameNumber++
    // Most records stand in the same bytes as the one before; writing a reference costs the collector's book-keeping.
    if (packet.bytes !== bytes) packet.bytes = bytes
    packet.start = at + recordHeadBytes
    packet.end = end
    packet.originalBytes = Math.max(uint32At(bytes, at + 12, littleEndian), end - packet.start)
    packet.seconds = uint32At(bytes, at, littleEndian) + carriedSeconds
    packet.nanoseconds = nanoseconds - carriedSeconds * NANOSECONDS
    packet.recordStart = at
    packet.recordEnd = end
    this.#sink.onPacket(packet)
  }
}
