import { fromUint128, type IpAddress } from '../ip.ts'
import type { Exporter } from './exporter.ts'
import type { FlowVisitor } from './flow-record.ts'
import { type PacketLink, PacketRecordReader } from './packet-record.ts'
import type { RecordFrame } from './record-frame.ts'

const IPV4 = 1
const IPV6 = 2
const SAMPLE = { flow: 1, expandedFlow: 3 } as const
const RECORD = { rawHeader: 1, ipv4: 3, ipv6: 4, extendedSwitch: 1001, extendedRouter: 1002, gateway: 1003 } as const
/** Values of header_protocol that are read. */
const LINKS: Readonly<Record<number, PacketLink>> = { 1: 'ethernet', 11: 'ip', 12: 'ip' }
/** The two upper bits of an interface number tell what kind of number it is. */
const INTERFACE_NUMBER = 0x3fff_ffff
const UNKNOWN_INTERFACE = 0x3fff_ffff

/** Head of an sFlow datagram. */
export interface SflowHead {
  readonly agent: IpAddress
  readonly subAgent: number
  readonly sequence: number
  readonly uptimeMs: number
  readonly samples: number
  /** Where the samples begin. */
  readonly end: number
}

/** Reads the head of an sFlow version 5 datagram ("sFlow Version 5", sflow.org, section 5); undefined when it is not whole. */
export function readSflowHead(bytes: Buffer): SflowHead | undefined {
  if (bytes.length < 8) return undefined
  const addressBytes = addressLength(bytes.readUInt32BE(4))
  const at = 8 + addressBytes
  if (addressBytes === 0 || at + 16 > bytes.length) return undefined
  const agent = readAddress(bytes, 8, addressBytes)
  const [subAgent, sequence, uptimeMs, samples] = [0, 4, 8, 12].map((offset) => bytes.readUInt32BE(at + offset))
  return { agent, subAgent, sequence, uptimeMs, samples, end: at + 16 }
}

function addressLength(type: number): number {
  if (type === IPV4) return 4
  return type === IPV6 ? 16 : 0
}

function readAddress(bytes: Buffer, at: number, length: number): IpAddress {
  if (length === 4) return bytes.readUInt32BE(at)
  return fromUint128((bytes.readBigUInt64BE(at) << 64n) | bytes.readBigUInt64BE(at + 8))
}

/** Reads the samples of sFlow datagrams: each is one packet that stands for as many as the sampling rate says. */
export class SflowReader {
  readonly #frame: RecordFrame
  readonly #visit: FlowVisitor
  readonly #packets = new PacketRecordReader()

  constructor(frame: RecordFrame, visit: FlowVisitor) {
    this.#frame = frame
    this.#visit = visit
  }

  /** False when the datagram is damaged; the samples before the damage have been visited. */
  read(bytes: Buffer, head: SflowHead, exporter: Exporter, receivedMs: number): boolean {
    let at = head.end
    for (let index = 0; index < head.samples; index++) {
      if (at + 8 > bytes.length) return false
      const format = bytes.readUInt32BE(at)
      const end = at + 8 + bytes.readUInt32BE(at + 4)
      if (end > bytes.length) return false
      const isRead =
        (format !== SAMPLE.flow && format !== SAMPLE.expandedFlow) ||
        this.#readSample(bytes, at + 8, end, format === SAMPLE.expandedFlow, exporter, receivedMs)
      if (!isRead) return false
      at = end
    }
    return true
  }

  #readSample(
    bytes: Buffer,
    start: number,
    end: number,
    isExpanded: boolean,
    exporter: Exporter,
    receivedMs: number,
  ): boolean {
    const headBytes = isExpanded ? 44 : 32
    if (start + headBytes > end) return false
    const frame = this.#frame
    frame.reset('sflow5')
    const { record } = frame
    const rateAt = start + (isExpanded ? 12 : 8)
    const rate = bytes.readUInt32BE(rateAt)
    record.samplingRate = Math.max(rate, 1)
    if (rate === 0) exporter.unknownRates++
    else exporter.noteRate(bytes.readUInt32BE(rateAt - 4), rate)
    // Expanded samples tell kind and number of an interface apart.
    const interfaceAt = rateAt + (isExpanded ? 16 : 12)
    record.inputInterface = interfaceNumber(bytes.readUInt32BE(interfaceAt))
    record.outputInterface = interfaceNumber(bytes.readUInt32BE(interfaceAt + (isExpanded ? 8 : 4)))
    record.startMs = record.endMs = receivedMs
    if (!this.#readRecords(bytes, start + headBytes, end, bytes.readUInt32BE(start + headBytes - 4))) return false
    if (record.source !== undefined && record.destination !== undefined) {
      exporter.records++
      this.#visit(record)
    }
    return true
  }

  #readRecords(bytes: Buffer, start: number, end: number, count: number): boolean {
    let at = start
    for (let index = 0; index < count; index++) {
      if (at + 8 > end) return false
      const recordEnd = at + 8 + bytes.readUInt32BE(at + 4)
      if (recordEnd > end) return false
      this.#readRecord(bytes.readUInt32BE(at), bytes, at + 8, recordEnd)
      at = recordEnd
    }
    return true
  }

  #readRecord(format: number, bytes: Buffer, at: number, end: number): void {
    const { record } = this.#frame
    const length = end - at
    if (format === RECORD.rawHeader && length >= 16) {
      const link = LINKS[bytes.readUInt32BE(at)]
      const headerEnd = Math.min(at + 16 + bytes.readUInt32BE(at + 12), end)
      if (link !== undefined) {
        this.#packets.read(record, bytes, at + 16, headerEnd, bytes.readUInt32BE(at + 4), link)
      }
    } else if (format === RECORD.ipv4 && length >= 32) this.#readFlow(bytes, at, 4)
    else if (format === RECORD.ipv6 && length >= 56) this.#readFlow(bytes, at, 16)
    else if (format === RECORD.extendedSwitch && length >= 16) record.vlanId = bytes.readUInt32BE(at) & 0x0fff
    else if (format === RECORD.extendedRouter || format === RECORD.gateway) this.#readRoute(format, bytes, at, end)
  }

  /** What agents send that do not copy headers. A raw header beside it says more, and comes first. */
  #readFlow(bytes: Buffer, at: number, addressBytes: number): void {
    const { record } = this.#frame
    if (record.source !== undefined) return
    const portsAt = at + 8 + 2 * addressBytes
    record.packets = 1
    record.bytes = bytes.readUInt32BE(at)
    record.ipProtocol = bytes.readUInt32BE(at + 4) & 0xff
    record.source = readAddress(bytes, at + 8, addressBytes)
    record.destination = readAddress(bytes, at + 8 + addressBytes, addressBytes)
    record.sourcePort = bytes.readUInt32BE(portsAt) & 0xffff
    record.destinationPort = bytes.readUInt32BE(portsAt + 4) & 0xffff
    record.tcpFlags = bytes.readUInt32BE(portsAt + 8) & 0x0fff
    record.trafficClass = bytes.readUInt32BE(portsAt + 12) & 0xff
    this.#frame.settle(-1)
  }

  #readRoute(format: number, bytes: Buffer, start: number, end: number): void {
    const { record } = this.#frame
    if (start + 4 > end) return
    const addressBytes = addressLength(bytes.readUInt32BE(start))
    const at = start + 4 + addressBytes
    if (addressBytes === 0 || at + 8 > end) return
    record.nextHop = readAddress(bytes, start + 4, addressBytes)
    if (format === RECORD.gateway) record.sourceAs = bytes.readUInt32BE(at + 4)
  }
}

function interfaceNumber(value: number): number {
  const number = value & INTERFACE_NUMBER
  return number === UNKNOWN_INTERFACE ? -1 : number
}
