import { type IpAddress, type Packet, PROTOCOL, readQuoted } from '#wire'
import type { ArpSeen, Direction, IcmpError, Moment, QuotedPacket } from './contract.ts'

const ARP = { opcode: 6, senderMac: 8, sender: 14, targetMac: 18, target: 24 } as const
const MAC_BYTES = 6
const VLAN_ID = 0x0fff

/** What an ARP packet says. */
export function arpSeen(packet: Packet, { frame, timeNs }: Moment): ArpSeen {
  const { bytes, arpStart, ethernetStart, vlanTag } = packet
  const mac = (at: number): string => bytes.toString('hex', at, at + MAC_BYTES)
  return {
    frame,
    timeNs,
    opcode: packet.uint16(arpStart + ARP.opcode),
    senderMac: mac(arpStart + ARP.senderMac),
    sender: packet.uint32(arpStart + ARP.sender),
    targetMac: mac(arpStart + ARP.targetMac),
    target: packet.uint32(arpStart + ARP.target),
    frameSource: ethernetStart < 0 ? undefined : mac(ethernetStart + MAC_BYTES),
    vlan: vlanTag < 0 ? undefined : vlanTag & VLAN_ID,
  }
}

const DESTINATION_UNREACHABLE = 3
const FRAGMENTATION_NEEDED = 4
const PACKET_TOO_BIG = 2
/** Bytes of TCP that hold the sequence number. */
const SEQUENCE_END = 8

/** The flow that an error is about, and who of it had sent the quoted packet. */
export interface QuotedFlow {
  readonly flow: number
  readonly direction: Direction
}

/** What an ICMP error says. `quoted` was read from it, and is undefined when that cannot be done. */
export function icmpError(
  packet: Packet,
  quoted: Packet | undefined,
  about: QuotedFlow | undefined,
  { frame, timeNs }: Moment,
): IcmpError {
  const at = packet.transportStart
  const type = packet.bytes[at]
  const code = packet.bytes[at + 1]
  return {
    frame,
    timeNs,
    version: packet.ipVersion === 4 ? 4 : 6,
    type,
    code,
    // An error is carried by an IP packet, so both addresses are there.
    source: packet.source as IpAddress,
    destination: packet.destination as IpAddress,
    timeToLive: packet.timeToLive,
    mtuBytes: mtuBytes(packet, type, code),
    flow: about?.flow,
    direction: about?.direction,
    quoted: quoted === undefined ? undefined : quotedPacket(quoted),
  }
}

/** RFC 1191 section 4 and RFC 4443 section 3.2. */
function mtuBytes(packet: Packet, type: number, code: number): number | undefined {
  const at = packet.transportStart
  if (packet.transport === PROTOCOL.icmpv6) return type === PACKET_TOO_BIG ? packet.uint32(at + 4) : undefined
  const isTooBig = type === DESTINATION_UNREACHABLE && code === FRAGMENTATION_NEEDED
  return isTooBig ? packet.uint16(at + 6) : undefined
}

function quotedPacket(quoted: Packet): QuotedPacket {
  const { transportStart, protocol } = quoted
  const hasSequence = protocol === PROTOCOL.tcp && transportStart >= 0 && transportStart + SEQUENCE_END <= quoted.ipEnd
  return {
    protocol,
    source: quoted.source as IpAddress,
    sourcePort: quoted.sourcePort,
    destination: quoted.destination as IpAddress,
    destinationPort: quoted.destinationPort,
    ipBytes: quoted.ipBytes,
    tcpSequence: hasSequence ? quoted.uint32(transportStart + 4) : undefined,
  }
}

/** Reads the packet that an error quotes into `target`; undefined when there is none to be read. */
export function quotedBy(packet: Packet, target: Packet): Packet | undefined {
  return packet.quotedStart >= 0 && readQuoted(packet, target) ? target : undefined
}
