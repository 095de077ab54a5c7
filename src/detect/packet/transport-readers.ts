import { PROTOCOL } from '#wire'
import { type PacketReader, present } from './packet-reader.ts'

const GRE_HAS_CHECKSUM = 0x80
const GRE_HAS_KEY = 0x20
const GRE_VERSION = 7

function sourcePort(protocol: number): PacketReader {
  return (packet) => (packet.protocol === protocol ? present(packet.sourcePort) : undefined)
}

function destinationPort(protocol: number): PacketReader {
  return (packet) => (packet.protocol === protocol ? present(packet.destinationPort) : undefined)
}

/** A reader that applies when the header of this protocol is whole; it is given where the header begins. */
function ofHeader(protocol: number, read: (bytes: Buffer, at: number) => number): PacketReader {
  return ({ transport, bytes, transportStart }) => (transport === protocol ? read(bytes, transportStart) : undefined)
}

export const TRANSPORT_READERS: Readonly<Record<string, PacketReader>> = {
  'udp.srcport': sourcePort(PROTOCOL.udp),
  'udp.dstport': destinationPort(PROTOCOL.udp),
  'udp.length': ofHeader(PROTOCOL.udp, (bytes, at) => (bytes[at + 4] << 8) | bytes[at + 5]),
  'icmp.type': ofHeader(PROTOCOL.icmp, (bytes, at) => bytes[at]),
  'icmp.code': ofHeader(PROTOCOL.icmp, (bytes, at) => bytes[at + 1]),
  'icmpv6.type': ofHeader(PROTOCOL.icmpv6, (bytes, at) => bytes[at]),
  'icmpv6.code': ofHeader(PROTOCOL.icmpv6, (bytes, at) => bytes[at + 1]),
  'sctp.srcport': sourcePort(PROTOCOL.sctp),
  'sctp.dstport': destinationPort(PROTOCOL.sctp),
  'gre.proto': ({ greStart, bytes }) => (greStart < 0 ? undefined : (bytes[greStart + 2] << 8) | bytes[greStart + 3]),
  'gre.flags.version': ({ greStart, bytes }) => (greStart < 0 ? undefined : bytes[greStart + 1] & GRE_VERSION),
  'gre.key': (packet) => {
    const { greStart, bytes } = packet
    if (greStart < 0 || (bytes[greStart] & GRE_HAS_KEY) === 0) return undefined
    const at = greStart + (bytes[greStart] & GRE_HAS_CHECKSUM ? 8 : 4)
    return at + 4 <= packet.frameEnd ? packet.uint32(at) : undefined
  },
  'l4.srcport': (packet) => present(packet.sourcePort),
  'l4.dstport': (packet) => present(packet.destinationPort),
  'l4.payload': ({ payloadStart, payloadEnd, bytes }) =>
    payloadStart < 0 ? undefined : bytes.toString('latin1', payloadStart, payloadEnd),
  'l4.payload.len': (packet) => present(packet.payloadBytes),
}
