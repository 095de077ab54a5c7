import { EXTENSION_HEADER, type Packet } from '#wire'
import { type PacketReader, present } from './packet-reader.ts'

const SMALLEST_HEADER_BYTES = 20
const DONT_FRAGMENT = 0x40
const MORE_FRAGMENTS = 0x20
const FRAGMENT_UNIT_BYTES = 8
const FLOW_LABEL = 0x000f_ffff

/** A reader for what only one version of IP has. */
function of(version: 4 | 6, read: PacketReader): PacketReader {
  return (packet) => (packet.ipVersion === version ? read(packet) : undefined)
}

/** A reader for what both have. */
function ofBoth(read: PacketReader): PacketReader {
  return (packet) => (packet.ipVersion === 0 ? undefined : read(packet))
}

function hasExtension(bit: number): PacketReader {
  return of(6, (packet) => (packet.extensionHeaders & bit) !== 0)
}

/** Absent when the header's length is wrong or it is not whole. */
function ipv4Options(packet: Packet): string | undefined {
  const end = packet.ipStart + packet.ipHeaderBytes
  if (packet.ipHeaderBytes < SMALLEST_HEADER_BYTES || end > packet.ipEnd) return undefined
  return packet.latin1(packet.ipStart + SMALLEST_HEADER_BYTES, end)
}

export const IP_READERS: Readonly<Record<string, PacketReader>> = {
  'ip.src': (packet) => packet.source,
  'ip.dst': (packet) => packet.destination,
  'ip.version': ofBoth((packet) => packet.ipVersion),
  'ip.proto': (packet) => present(packet.protocol),
  'ip.len': (packet) => present(packet.ipBytes),
  'ip.ttl': (packet) => present(packet.timeToLive),
  'ip.hdr_len': of(4, (packet) => packet.ipHeaderBytes),
  'ip.id': of(4, (packet) => packet.uint16(packet.ipStart + 4)),
  'ip.flags.df': of(4, (packet) => (packet.bytes[packet.ipStart + 6] & DONT_FRAGMENT) !== 0),
  'ip.flags.mf': of(4, (packet) => (packet.bytes[packet.ipStart + 6] & MORE_FRAGMENTS) !== 0),
  'ip.frag': ofBoth((packet) => packet.fragment),
  'ip.frag_offset': ofBoth((packet) => packet.fragmentOffsetBytes / FRAGMENT_UNIT_BYTES),
  'ip.dsfield': (packet) => present(packet.trafficClass),
  'ip.dsfield.dscp': ofBoth((packet) => packet.trafficClass >> 2),
  'ip.dsfield.ecn': ofBoth((packet) => packet.trafficClass & 3),
  'ip.options': of(4, ipv4Options),
  'ipv6.flow': of(6, (packet) => packet.uint32(packet.ipStart) & FLOW_LABEL),
  'ipv6.nxt': of(6, (packet) => packet.bytes[packet.ipStart + 6]),
  'ipv6.plen': of(6, (packet) => packet.uint16(packet.ipStart + 4)),
  'ipv6.hlim': of(6, (packet) => packet.timeToLive),
  'ipv6.tclass': of(6, (packet) => packet.trafficClass),
  'ipv6.tclass.dscp': of(6, (packet) => packet.trafficClass >> 2),
  'ipv6.tclass.ecn': of(6, (packet) => packet.trafficClass & 3),
  'ipv6.hopopts': hasExtension(EXTENSION_HEADER.hopByHop),
  'ipv6.routing': hasExtension(EXTENSION_HEADER.routing),
  'ipv6.routing.type': (packet) => present(packet.routingType),
  'ipv6.fraghdr': hasExtension(EXTENSION_HEADER.fragment),
  'ipv6.dstopts': hasExtension(EXTENSION_HEADER.destinationOptions),
}
