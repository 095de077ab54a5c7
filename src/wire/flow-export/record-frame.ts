import { type FlowProtocol, FlowRecord } from './flow-record.ts'
import { type PacketLink, PacketRecordReader } from './packet-record.ts'

/** One record while it is decoded: what stands in it, and what becomes a part of it only at its end. */
export class RecordFrame {
  readonly record = new FlowRecord()
  readonly #packets = new PacketRecordReader()
  /** When the message was made, in milliseconds since the Unix epoch. */
  exportMs = 0
  totalBytes = -1
  totalPackets = -1
  postBytes = -1
  postPackets = -1
  reverseBytes = -1
  reversePackets = -1
  reverseTcpFlags = -1
  startUptimeMs = -1
  endUptimeMs = -1
  durationMs = -1
  systemInitMs = -1
  /** When what the record tells was seen. */
  observedMs = -1
  sampler = -1
  samplingInterval = -1
  samplingSpace = -1
  samplingSize = -1
  samplingPopulation = -1
  /** That a packet is looked at, from 0 to 1. */
  samplingProbability = -1

  reset(protocol: FlowProtocol): void {
    this.record.reset(protocol)
    this.totalBytes = this.totalPackets = this.postBytes = this.postPackets = -1
    this.reverseBytes = this.reversePackets = this.reverseTcpFlags = -1
    this.startUptimeMs = this.endUptimeMs = this.durationMs = this.systemInitMs = -1
    this.observedMs = this.samplingProbability = -1
    this.sampler = this.samplingInterval = this.samplingSpace = -1
    this.samplingSize = this.samplingPopulation = -1
  }

  takePacket(bytes: Buffer, at: number, length: number, link: PacketLink): void {
    this.#packets.read(this.record, bytes, at, at + length, length, link)
  }

  /** One packet of so many was looked at, as this record says; -1 when it says nothing. */
  get samplingRate(): number {
    if (this.samplingInterval > 0) {
      return this.samplingSpace > 0
        ? (this.samplingInterval + this.samplingSpace) / this.samplingInterval
        : this.samplingInterval
    }
    if (this.samplingSize > 0 && this.samplingPopulation > 0) return this.samplingPopulation / this.samplingSize
    // Below this it is damage.
    return this.samplingProbability > LEAST_PROBABILITY && this.samplingProbability <= 1
      ? 1 / this.samplingProbability
      : -1
  }

  /** Completes the record from what else was told. `bootMs` is when the exporter started, -1 when it is not known. */
  settle(bootMs: number): void {
    const { record } = this
    if (record.bytes < 0) record.bytes = Math.max(this.totalBytes, this.postBytes)
    if (record.packets < 0) record.packets = Math.max(this.totalPackets, this.postPackets)
    const uptimeBaseMs = this.systemInitMs >= 0 ? this.systemInitMs : bootMs
    if (uptimeBaseMs >= 0) {
      if (record.startMs < 0) record.startMs = this.#uptime(uptimeBaseMs, this.startUptimeMs)
      if (record.endMs < 0) record.endMs = this.#uptime(uptimeBaseMs, this.endUptimeMs)
    }
    if (this.durationMs >= 0) {
      if (record.startMs < 0 && record.endMs >= 0) record.startMs = record.endMs - this.durationMs
      if (record.endMs < 0 && record.startMs >= 0) record.endMs = record.startMs + this.durationMs
    }
    if (record.endMs < 0) record.endMs = this.observedMs
    settleTransport(this)
  }

  /** The counter of milliseconds begins anew after 49.7 days: what would lie far in the future was before that. */
  #uptime(baseMs: number, uptimeMs: number): number {
    if (uptimeMs < 0) return -1
    const timeMs = baseMs + uptimeMs
    return timeMs > this.exportMs + UPTIME_WRAP_MS / 2 ? timeMs - UPTIME_WRAP_MS : timeMs
  }
}

const LEAST_PROBABILITY = 1e-9
const UPTIME_WRAP_MS = 2 ** 32
const PROTOCOL_ICMP = 1
const PROTOCOL_TCP = 6
const PROTOCOL_ICMPV6 = 58

/** Exporters fill in zeros for what a protocol does not have, and put the type of ICMP where a port would be. */
function settleTransport({ record }: RecordFrame): void {
  const { ipProtocol } = record
  if (ipProtocol < 0) return
  if (ipProtocol !== PROTOCOL_TCP) record.tcpFlags = -1
  const isIcmp = ipProtocol === PROTOCOL_ICMP || ipProtocol === PROTOCOL_ICMPV6
  if (!isIcmp) record.icmpType = record.icmpCode = -1
  else if (record.icmpType <= 0 && record.icmpCode <= 0 && record.destinationPort >= 0) {
    record.icmpType = record.destinationPort >> 8
    record.icmpCode = record.destinationPort & 0xff
  }
  if (!hasPorts(ipProtocol)) record.sourcePort = record.destinationPort = -1
}

const PORT_PROTOCOLS: ReadonlySet<number> = new Set([PROTOCOL_TCP, 17, 33, 132, 136])

function hasPorts(protocol: number): boolean {
  return PORT_PROTOCOLS.has(protocol)
}
