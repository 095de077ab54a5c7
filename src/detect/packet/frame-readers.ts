import { DESTINATION_WORD, fromUint128, type IpAddress, type Packet, TUNNEL, type TunnelKind } from '#wire'
import { type PacketReader, present } from './packet-reader.ts'

const VLAN_ID = 0x0fff
const VLAN_PRIORITY_SHIFT = 13
const ARP_SENDER_AT = 14
const ARP_TARGET_AT = 24
const TUNNEL_KINDS = Object.keys(TUNNEL) as TunnelKind[]

function hardwareAddress(packet: Packet, at: number): string {
  return packet.bytes.toString('hex', at, at + 6).replace(/..(?!$)/g, '$&:')
}

function vlanId(tag: number): number | undefined {
  return tag < 0 ? undefined : tag & VLAN_ID
}

/** An address of the outermost IP packet; `word` is the first of it in what it would be in `addresses`. */
function outerAddress(packet: Packet, word: number): IpAddress | undefined {
  if (packet.tunnelDepth === 0) return undefined
  const start = packet.outerStarts[0]
  if (packet.bytes[start] >> 4 === 4) return packet.uint32(start + 12 + word)
  const at = start + 8 + word * 4
  return fromUint128((packet.bytes.readBigUInt64BE(at) << 64n) | packet.bytes.readBigUInt64BE(at + 8))
}

export const FRAME_READERS: Readonly<Record<string, PacketReader>> = {
  'frame.len': (packet) => packet.frameBytes,
  'frame.cap_len': (packet) => packet.frameEnd - packet.frameStart,
  'frame.number': (packet) => packet.frameNumber,
  'frame.time': (packet) => packet.seconds,
  'frame.interface_id': (packet) => packet.interfaceIndex,
  'packet.malformed': (packet) => packet.isMalformed,
  'eth.dst': (packet) => (packet.ethernetStart < 0 ? undefined : hardwareAddress(packet, packet.ethernetStart)),
  'eth.src': (packet) => (packet.ethernetStart < 0 ? undefined : hardwareAddress(packet, packet.ethernetStart + 6)),
  'eth.type': (packet) => present(packet.etherType),
  'vlan.id': (packet) => vlanId(packet.vlanTag),
  'vlan.priority': (packet) => (packet.vlanTag < 0 ? undefined : packet.vlanTag >> VLAN_PRIORITY_SHIFT),
  'vlan.inner_id': (packet) => vlanId(packet.innerVlanTag),
  'arp.opcode': (packet) => (packet.arpStart < 0 ? undefined : packet.uint16(packet.arpStart + 6)),
  'arp.src.proto_ipv4': (packet) => (packet.arpStart < 0 ? undefined : packet.uint32(packet.arpStart + ARP_SENDER_AT)),
  'arp.dst.proto_ipv4': (packet) => (packet.arpStart < 0 ? undefined : packet.uint32(packet.arpStart + ARP_TARGET_AT)),
  'tunnel.depth': (packet) => packet.tunnelDepth,
  'tunnel.kind': ({ tunnelDepth, tunnelKinds }) =>
    tunnelDepth === 0 ? undefined : TUNNEL_KINDS.find((kind) => TUNNEL[kind] === tunnelKinds[tunnelDepth - 1]),
  'tunnel.id': (packet) => present(packet.tunnelId),
  'outer.ip.src': (packet) => outerAddress(packet, 0),
  'outer.ip.dst': (packet) => outerAddress(packet, DESTINATION_WORD),
}
