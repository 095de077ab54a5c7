import { followEthernet, followEtherType, followIp, followMpls } from './ether-type.ts'
import { ETHER_TYPE, PROTOCOL } from './numbers.ts'
import { type PacketParts, TUNNEL_DEPTH_LIMIT } from './packet-parts.ts'
import { followPpp } from './ppp.ts'

/** Kinds of tunnels, as `tunnelKinds` holds them. */
export const TUNNEL = { ipip: 1, sixInFour: 2, gre: 3, erspan: 4, vxlan: 5, geneve: 6, gtpU: 7 } as const

export type TunnelKind = keyof typeof TUNNEL

const PORT = { gtpU: 2152, vxlan: 4789, vxlanOfLinux: 8472, geneve: 6081 } as const

const IPV4_BYTES = 20
const IPV6_BYTES = 40
const LONGEST_IP_BYTES = 65_575
const VXLAN_BYTES = 8
const VXLAN_HAS_ID = 0x08
const GENEVE_BYTES = 8
const GTP_BYTES = 8
const GTP_OPTIONAL_BYTES = 4
const GTP_USER_PACKET = 0xff
const GTP_EXTENSION_LIMIT = 8
const ERSPAN_BYTES = { second: 8, third: 12, platform: 8 } as const

/** Bits of the first two bytes of a GRE header (RFC 2784, RFC 2890, RFC 2637). */
const GRE = {
  checksum: 0x8000,
  routing: 0x4000,
  key: 0x2000,
  sequence: 0x1000,
  acknowledged: 0x0080,
  version: 7,
} as const

/** What a tunnel header says: its kind (0 for none) and identifier (-1 for none). The inner layer is in `nextStart`. */
const found = { kind: 0, id: -1 }

/**
 * If the packet at hand carries another IP packet, makes that one the packet at hand: its outer path is noted, and
 * `nextType` and `nextStart` lead to it. False, with everything as it was, when there is none, or none that is an IP
 * packet at first sight: the port alone does not make a tunnel.
 */
export function enterTunnel(packet: PacketParts): boolean {
  if (packet.transportStart < 0 || packet.tunnelDepth === TUNNEL_DEPTH_LIMIT) return false
  if (!mayCarry(packet)) return false
  const { faults, boundEnd, boundWireEnd } = packet
  packet.boundEnd = packet.ipEnd
  // The rest of a packet that was fragmented on its way through the tunnel is in another frame.
  packet.boundWireEnd = packet.fragment === 0 ? packet.ipWireEnd : packet.ipStart + LONGEST_IP_BYTES
  packet.nextType = 0
  packet.tunnelDepth++
  found.kind = 0
  found.id = -1
  findInner(packet)
  packet.faults = faults
  if (found.kind !== 0 && isIpHeader(packet)) {
    packet.outerStarts[packet.tunnelDepth - 1] = packet.ipStart
    packet.tunnelKinds[packet.tunnelDepth - 1] = found.kind
    packet.tunnelId = found.id
    return true
  }
  packet.tunnelDepth--
  packet.boundEnd = boundEnd
  packet.boundWireEnd = boundWireEnd
  return false
}

function mayCarry({ protocol, transport, destinationPort, sourcePort }: PacketParts): boolean {
  if (protocol === PROTOCOL.udp) {
    if (transport !== PROTOCOL.udp) return false
    return isUdpTunnel(destinationPort) || sourcePort === PORT.gtpU
  }
  return protocol === PROTOCOL.ipv4 || protocol === PROTOCOL.ipv6 || transport === PROTOCOL.gre
}

function isUdpTunnel(port: number): boolean {
  return port === PORT.vxlan || port === PORT.gtpU || port === PORT.geneve || port === PORT.vxlanOfLinux
}

/** The fixed header is there and has the right version. */
function isIpHeader({ nextType, nextStart, bytes, boundEnd }: PacketParts): boolean {
  if (nextType === ETHER_TYPE.ipv4) return nextStart + IPV4_BYTES <= boundEnd && bytes[nextStart] >> 4 === 4
  return nextType === ETHER_TYPE.ipv6 && nextStart + IPV6_BYTES <= boundEnd && bytes[nextStart] >> 4 === 6
}

function findInner(packet: PacketParts): void {
  switch (packet.protocol) {
    case PROTOCOL.ipv4:
      found.kind = TUNNEL.ipip
      followEtherType(packet, ETHER_TYPE.ipv4, packet.transportStart)
      return
    case PROTOCOL.ipv6:
      found.kind = packet.ipVersion === 4 ? TUNNEL.sixInFour : TUNNEL.ipip
      followEtherType(packet, ETHER_TYPE.ipv6, packet.transportStart)
      return
    case PROTOCOL.gre:
      findInGre(packet, packet.greStart)
      return
    default:
      findInUdp(packet, packet.payloadStart)
  }
}

function findInUdp(packet: PacketParts, at: number): void {
  if (at < 0) return
  const port = packet.destinationPort
  if (port === PORT.vxlan || port === PORT.vxlanOfLinux) findInVxlan(packet, at)
  else if (port === PORT.geneve) findInGeneve(packet, at)
  else findInGtp(packet, at)
}

function uint24At(bytes: Buffer, at: number): number {
  return (bytes[at] << 16) | (bytes[at + 1] << 8) | bytes[at + 2]
}

function uint32At(bytes: Buffer, at: number): number {
  return ((bytes[at] << 24) | uint24At(bytes, at + 1)) >>> 0
}

/** RFC 7348. */
function findInVxlan(packet: PacketParts, at: number): void {
  if (at + VXLAN_BYTES > packet.boundEnd || (packet.bytes[at] & VXLAN_HAS_ID) === 0) return
  found.kind = TUNNEL.vxlan
  found.id = uint24At(packet.bytes, at + 4)
  followEthernet(packet, at + VXLAN_BYTES)
}

/** RFC 8926. */
function findInGeneve(packet: PacketParts, at: number): void {
  const { bytes } = packet
  if (at + GENEVE_BYTES > packet.boundEnd || bytes[at] >> 6 !== 0) return
  const innerAt = at + GENEVE_BYTES + (bytes[at] & 0x3f) * 4
  const type = (bytes[at + 2] << 8) | bytes[at + 3]
  found.kind = TUNNEL.geneve
  found.id = uint24At(bytes, at + 4)
  if (type === ETHER_TYPE.transparentEthernet) followEthernet(packet, innerAt)
  else followEtherType(packet, type, innerAt)
}

/** GTP version 1, user plane (3GPP TS 29.281 section 5). */
function findInGtp(packet: PacketParts, start: number): void {
  const { bytes, boundEnd } = packet
  if (start + GTP_BYTES > boundEnd || bytes[start] >> 4 !== 3 || bytes[start + 1] !== GTP_USER_PACKET) return
  found.kind = TUNNEL.gtpU
  found.id = uint32At(bytes, start + 4)
  let at = start + GTP_BYTES
  if (bytes[start] & 7) {
    at += GTP_OPTIONAL_BYTES
    // The last byte of each part says whether an extension header follows.
    const hasExtensions = (bytes[start] & 4) !== 0
    for (let count = 0; hasExtensions && at < boundEnd && bytes[at - 1] !== 0; count++) {
      if (count === GTP_EXTENSION_LIMIT || bytes[at] === 0) return
      at += bytes[at] * 4
    }
  }
  followIp(packet, at)
}

function findInGre(packet: PacketParts, at: number): void {
  const { bytes } = packet
  const flags = (bytes[at] << 8) | bytes[at + 1]
  const type = (bytes[at + 2] << 8) | bytes[at + 3]
  const version = flags & GRE.version
  // Source routes (RFC 1701) are of no use and of no fixed length.
  if (version > 1 || flags & GRE.routing) return
  const idAt = at + 4 + (flags & GRE.checksum ? 4 : 0)
  let innerAt = idAt
  if (flags & GRE.key) innerAt += 4
  if (flags & GRE.sequence) innerAt += 4
  if (version === 1 && flags & GRE.acknowledged) innerAt += 4
  if (innerAt > packet.boundEnd) return
  found.kind = TUNNEL.gre
  found.id = flags & GRE.key ? uint32At(bytes, idAt) : -1
  if (version === 1) {
    if (type === ETHER_TYPE.ppp) followPpp(packet, innerAt)
  } else {
    followGrePayload(packet, type, innerAt, (flags & GRE.sequence) !== 0)
  }
}

function followGrePayload(packet: PacketParts, type: number, at: number, hasSequence: boolean): void {
  switch (type) {
    case ETHER_TYPE.transparentEthernet:
      followEthernet(packet, at)
      return
    case ETHER_TYPE.erspan2:
      // Without sequence numbers it is type I, which has no header of its own.
      found.kind = TUNNEL.erspan
      followEthernet(packet, hasSequence ? at + ERSPAN_BYTES.second : at)
      return
    case ETHER_TYPE.erspan3:
      found.kind = TUNNEL.erspan
      followErspan3(packet, at)
      return
    case ETHER_TYPE.mpls:
      followMpls(packet, at)
      return
    default:
      followEtherType(packet, type, at)
  }
}

/** The last bit of the header says whether a part that depends on the platform follows. */
function followErspan3(packet: PacketParts, at: number): void {
  const end = at + ERSPAN_BYTES.third
  if (end > packet.boundEnd) return
  followEthernet(packet, packet.bytes[end - 1] & 1 ? end + ERSPAN_BYTES.platform : end)
}
