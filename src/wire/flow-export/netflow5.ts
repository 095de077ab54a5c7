import type { Exporter } from './exporter.ts'
import type { FlowVisitor } from './flow-record.ts'
import type { RecordFrame } from './record-frame.ts'

export const NETFLOW5_HEADER_BYTES = 24
export const NETFLOW5_RECORD_BYTES = 48
const SAMPLING_INTERVAL = 0x3fff
const NANOSECONDS_PER_MILLISECOND = 1e6

/**
 * Reads a NetFlow version 5 datagram ("NetFlow Export Datagram Format", Cisco) with at least its header. Returns how many
 * records it says it has; the whole ones of them have been visited.
 */
export function readNetflow5(bytes: Buffer, exporter: Exporter, frame: RecordFrame, visit: FlowVisitor): number {
  const told = bytes.readUInt16BE(2)
  const count = Math.min(told, Math.floor((bytes.length - NETFLOW5_HEADER_BYTES) / NETFLOW5_RECORD_BYTES))
  const exportMs = bytes.readUInt32BE(8) * 1000 + Math.floor(bytes.readUInt32BE(12) / NANOSECONDS_PER_MILLISECOND)
  frame.exportMs = exportMs
  const bootMs = exportMs - bytes.readUInt32BE(4)
  const sampling = bytes.readUInt16BE(22) & SAMPLING_INTERVAL
  exporter.noteRate(-1, Math.max(sampling, 1))
  const isUnknown = sampling === 0 && bytes.readUInt16BE(22) !== 0
  for (let index = 0; index < count; index++) {
    readRecord(bytes, NETFLOW5_HEADER_BYTES + index * NETFLOW5_RECORD_BYTES, frame, bootMs)
    frame.record.samplingRate = sampling > 1 ? sampling : exporter.rateOf(frame)
    if (isUnknown) exporter.unknownRates++
    exporter.records++
    visit(frame.record)
  }
  return told
}

function readRecord(bytes: Buffer, at: number, frame: RecordFrame, bootMs: number): void {
  frame.reset('netflow5')
  const { record } = frame
  record.source = bytes.readUInt32BE(at)
  record.destination = bytes.readUInt32BE(at + 4)
  record.nextHop = bytes.readUInt32BE(at + 8)
  record.inputInterface = bytes.readUInt16BE(at + 12)
  record.outputInterface = bytes.readUInt16BE(at + 14)
  record.packets = bytes.readUInt32BE(at + 16)
  record.bytes = bytes.readUInt32BE(at + 20)
  frame.startUptimeMs = bytes.readUInt32BE(at + 24)
  frame.endUptimeMs = bytes.readUInt32BE(at + 28)
  record.sourcePort = bytes.readUInt16BE(at + 32)
  record.destinationPort = bytes.readUInt16BE(at + 34)
  record.tcpFlags = bytes[at + 37]
  record.ipProtocol = bytes[at + 38]
  record.trafficClass = bytes[at + 39]
  record.sourceAs = bytes.readUInt16BE(at + 40)
  record.destinationAs = bytes.readUInt16BE(at + 42)
  frame.settle(bootMs)
}
