import { FIELDS } from '#fields'
import { type FlowRecord, type IpAddress, toUint128 } from '#wire'

const ETHERNET_BYTES = 14
const IPV4_BYTES = 20
const IPV6_BYTES = 40
const TCP = { protocol: 6, headerBytes: 20 } as const
const UDP = { protocol: 17, headerBytes: 8 } as const
const FLAG = { syn: 0x02, rst: 0x04, ack: 0x10 } as const
const USUAL_TIME_TO_LIVE = 64
const LONGEST_PACKET = 65_535

/** What a likely packet has made up, although some exporters tell it. */
const MADE_UP: ReadonlySet<string> = new Set(['ip.ttl', 'vlan.id'])

/** Fields of a packet that records of flows tell; the length is the average. Everything else of a likely packet is made up. */
export const TOLD_FIELDS: ReadonlySet<string> = new Set([
  'ip.len',
  ...FIELDS.filter(({ name, points }) => points.includes('flow-telemetry') && !MADE_UP.has(name)).map(
    ({ name }) => name,
  ),
])

/**
 * An Ethernet frame as a packet of a flow may have been, as far as its headers. Its length is the average; flags that stand for
 * a whole connection become those of its usual segment.
 */
export function likelyPacket(record: FlowRecord): { readonly head: Buffer; readonly frameBytes: number } | undefined {
  const { source, destination, packets, bytes } = record
  if (source === undefined || destination === undefined) return undefined
  const isIpv6 = typeof source !== 'number' || typeof destination !== 'number'
  const ipBytes = isIpv6 ? IPV6_BYTES : IPV4_BYTES
  const transport = transportHeader(record)
  const least = ipBytes + transport.length
  const length = Math.min(Math.max(packets > 0 ? Math.round(bytes / packets) : least, least), LONGEST_PACKET)
  const head = Buffer.alloc(ETHERNET_BYTES + least)
  head.writeUInt16BE(isIpv6 ? 0x86dd : 0x0800, 12)
  if (isIpv6) writeIpv6(head, record, length, source, destination)
  else writeIpv4(head, record, length, source, destination)
  transport.copy(head, ETHERNET_BYTES + ipBytes)
  if (record.ipProtocol === UDP.protocol) head.writeUInt16BE(length - ipBytes, ETHERNET_BYTES + ipBytes + 4)
  return { head, frameBytes: ETHERNET_BYTES + length }
}

function writeIpv4(head: Buffer, record: FlowRecord, length: number, source: number, destination: number): void {
  const at = ETHERNET_BYTES
  head[at] = 0x45
  head[at + 1] = Math.max(record.trafficClass, 0)
  head.writeUInt16BE(length, at + 2)
  head[at + 8] = record.timeToLive > 0 ? record.timeToLive : USUAL_TIME_TO_LIVE
  head[at + 9] = record.ipProtocol & 0xff
  head.writeUInt32BE(source, at + 12)
  head.writeUInt32BE(destination, at + 16)
}

function writeIpv6(head: Buffer, record: FlowRecord, length: number, source: IpAddress, destination: IpAddress): void {
  const at = ETHERNET_BYTES
  head[at] = 0x60
  head.writeUInt16BE(length - IPV6_BYTES, at + 4)
  head[at + 6] = record.ipProtocol & 0xff
  head[at + 7] = record.timeToLive > 0 ? record.timeToLive : USUAL_TIME_TO_LIVE
  for (const [index, address] of [source, destination].entries()) {
    const value = toUint128(address)
    head.writeBigUInt64BE(value >> 64n, at + 8 + index * 16)
    head.writeBigUInt64BE(value & 0xffff_ffff_ffff_ffffn, at + 16 + index * 16)
  }
}

function transportHeader(record: FlowRecord): Buffer {
  const { ipProtocol, sourcePort, destinationPort, icmpType, icmpCode } = record
  if (ipProtocol === TCP.protocol) {
    const header = Buffer.alloc(TCP.headerBytes)
    writePorts(header, sourcePort, destinationPort)
    header[12] = (TCP.headerBytes / 4) << 4
    header[13] = usualFlags(record.tcpFlags)
    return header
  }
  if (ipProtocol === UDP.protocol) {
    const header = Buffer.alloc(UDP.headerBytes)
    writePorts(header, sourcePort, destinationPort)
    return header
  }
  if (icmpType >= 0) return Buffer.from([icmpType, Math.max(icmpCode, 0), 0, 0, 0, 0, 0, 0])
  return Buffer.alloc(0)
}

function writePorts(header: Buffer, sourcePort: number, destinationPort: number): void {
  header.writeUInt16BE(Math.max(sourcePort, 0), 0)
  header.writeUInt16BE(Math.max(destinationPort, 0), 2)
}

/** A flow has the flags of all its segments: only one that never went further is what it looks like. */
function usualFlags(flags: number): number {
  const isOpening = flags === FLAG.syn || flags === (FLAG.syn | FLAG.ack)
  const isReset = flags === FLAG.rst || flags === (FLAG.rst | FLAG.ack)
  return isOpening || isReset ? flags : FLAG.ack
}
