import { FAULT } from './fault.ts'
import { PROTOCOL } from './numbers.ts'
import type { PacketParts } from './packet-parts.ts'
import { checkTcpOptions } from './tcp-options.ts'

const TCP_BYTES = 20
const UDP_BYTES = 8
const SCTP_BYTES = 12
const ICMP_BYTES = 8
const GRE_BYTES = 4
const PORTS_BYTES = 4

/** ICMP errors quote the packet that caused them (RFC 792; RFC 4443 section 2.4: types below 128). */
const ICMP_ERRORS: ReadonlySet<number> = new Set([3, 4, 5, 11, 12])
const ICMPV6_ERRORS: ReadonlySet<number> = new Set([1, 2, 3, 4])

/** Reads the header behind IP, if there is one that can be read. */
export function readTransportLayer(packet: PacketParts): void {
  const at = packet.transportStart
  if (at < 0) return
  switch (packet.protocol) {
    case PROTOCOL.tcp:
      readTcp(packet, at)
      return
    case PROTOCOL.udp:
      readUdp(packet, at)
      return
    case PROTOCOL.udpLite:
      if (readPorts(packet, at, UDP_BYTES)) setPayload(packet, at + UDP_BYTES, packet.ipWireEnd)
      return
    case PROTOCOL.sctp:
      if (readPorts(packet, at, SCTP_BYTES)) setPayload(packet, at + SCTP_BYTES, packet.ipWireEnd)
      return
    case PROTOCOL.icmp:
      if (packet.ipVersion === 4) readIcmp(packet, at, ICMP_ERRORS)
      else setPayload(packet, at, packet.ipWireEnd)
      return
    case PROTOCOL.icmpv6:
      if (packet.ipVersion === 6) readIcmp(packet, at, ICMPV6_ERRORS)
      else setPayload(packet, at, packet.ipWireEnd)
      return
    case PROTOCOL.gre:
      if (isWhole(packet, at + GRE_BYTES)) {
        packet.transport = PROTOCOL.gre
        packet.greStart = at
      }
      setPayload(packet, at, packet.ipWireEnd)
      return
    default:
      setPayload(packet, at, packet.ipWireEnd)
  }
}

/** True when a header that ends at `end` is whole; otherwise notes why not. */
function isWhole(packet: PacketParts, end: number): boolean {
  if (end <= (packet.view === 'deep' ? packet.ipEnd : packet.boundEnd)) return true
  packet.faults |= end > packet.ipWireEnd ? FAULT.transportCut : FAULT.snapped
  return false
}

/** Reads the ports that stand first in a header of `headerBytes`. False when the header is cut off. */
function readPorts(packet: PacketParts, at: number, headerBytes: number): boolean {
  const { bytes } = packet
  const hasHeader = isWhole(packet, at + headerBytes)
  if (!hasHeader && (packet.view === 'outer' || at + PORTS_BYTES > packet.ipEnd)) return false
  packet.sourcePort = (bytes[at] << 8) | bytes[at + 1]
  packet.destinationPort = (bytes[at + 2] << 8) | bytes[at + 3]
  if (hasHeader) packet.transport = packet.protocol
  return hasHeader
}

/** The payload from `start` up to `wireEnd`, of which the capture may have less. */
function setPayload(packet: PacketParts, start: number, wireEnd: number): void {
  if (start > wireEnd) return
  packet.payloadStart = start
  packet.payloadBytes = wireEnd - start
  packet.payloadEnd = Math.max(start, Math.min(packet.ipEnd, wireEnd))
}

function readTcp(packet: PacketParts, at: number): void {
  if (!readPorts(packet, at, TCP_BYTES)) return
  const headerBytes = (packet.bytes[at + 12] >> 4) * 4
  packet.tcpHeaderBytes = headerBytes
  if (headerBytes < TCP_BYTES || at + headerBytes > packet.ipWireEnd) {
    packet.faults |= FAULT.tcpHeaderLength
    return
  }
  setPayload(packet, at + headerBytes, packet.ipWireEnd)
  if (headerBytes > TCP_BYTES) checkTcpOptions(packet)
}

function readUdp(packet: PacketParts, at: number): void {
  if (!readPorts(packet, at, UDP_BYTES)) return
  const length = (packet.bytes[at + 4] << 8) | packet.bytes[at + 5]
  // A jumbogram says 0 (RFC 2675 section 4); the kernel takes it over IPv6 only.
  const isUnsaid = length === 0 && packet.ipVersion === 6 && packet.view === 'deep'
  if (length < UDP_BYTES && !isUnsaid) {
    packet.faults |= FAULT.udpLength
    return
  }
  const end = at + length
  // The first fragment says the length of the whole datagram.
  if (end > packet.ipWireEnd && packet.fragment === 0) packet.faults |= FAULT.udpLength
  setPayload(packet, at + UDP_BYTES, isUnsaid ? packet.ipWireEnd : Math.min(end, packet.ipWireEnd))
}

function readIcmp(packet: PacketParts, at: number, errors: ReadonlySet<number>): void {
  if (!isWhole(packet, at + ICMP_BYTES)) return
  packet.transport = packet.protocol
  setPayload(packet, at + ICMP_BYTES, packet.ipWireEnd)
  if (packet.payloadStart >= 0 && errors.has(packet.bytes[at])) packet.quotedStart = packet.payloadStart
}
