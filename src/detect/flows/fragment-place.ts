import { fromUint128, type IpAddress, type Packet, PROTOCOL } from '#wire'

const IPV4_BYTES = 20
const IPV6_BYTES = 40
const FRAGMENT_HEADER_BYTES = 8
const FRAGMENT_BITS = 0x3fff
const MORE_FRAGMENTS = 0x2000
const OFFSET_UNIT_BYTES = 8
const AUTHENTICATION_UNIT_BYTES = 4

/** Where a fragment stands in a frame, and what of its datagram it is. */
export interface FragmentPlace {
  readonly version: 4 | 6
  readonly ipStart: number
  /** Where the header ends that the whole datagram will have: before IPv6's fragment header. */
  readonly headerEnd: number
  readonly payloadStart: number
  readonly payloadEnd: number
  /** The capture does not have all of it. */
  readonly isCut: boolean
  readonly offsetBytes: number
  readonly isLast: boolean
  readonly identification: number
  readonly protocol: number
  /** The byte that names `protocol` in the header of the whole datagram. */
  readonly protocolAt: number
}

/** Where the outermost fragment in a frame is; undefined when it has none. */
export function fragmentPlace(packet: Packet): FragmentPlace | undefined {
  for (let depth = 0; depth < packet.tunnelDepth; depth++) {
    const start = packet.outerStarts[depth]
    const place = packet.bytes[start] >> 4 === 4 ? ipv4Place(packet, start) : ipv6Place(packet, start)
    if (place !== undefined) return place
  }
  if (packet.fragment === 0) return undefined
  return packet.ipVersion === 4 ? ipv4Place(packet, packet.ipStart) : ipv6Place(packet, packet.ipStart)
}

function ipv4Place(packet: Packet, ipStart: number): FragmentPlace | undefined {
  const { bytes, frameEnd } = packet
  const bits = packet.uint16(ipStart + 6)
  if ((bits & FRAGMENT_BITS) === 0) return undefined
  const headerEnd = ipStart + (bytes[ipStart] & 15) * 4
  if (headerEnd < ipStart + IPV4_BYTES) return undefined
  const end = ipStart + packet.uint16(ipStart + 2)
  if (end < headerEnd) return undefined
  return {
    version: 4,
    ipStart,
    headerEnd,
    payloadStart: headerEnd,
    payloadEnd: Math.min(end, frameEnd),
    isCut: end > frameEnd,
    offsetBytes: (bits & ~MORE_FRAGMENTS & FRAGMENT_BITS) * OFFSET_UNIT_BYTES,
    isLast: (bits & MORE_FRAGMENTS) === 0,
    identification: packet.uint16(ipStart + 4),
    protocol: bytes[ipStart + 9],
    protocolAt: 9,
  }
}

function ipv6Place(packet: Packet, ipStart: number): FragmentPlace | undefined {
  const { bytes, frameEnd } = packet
  const end = ipStart + IPV6_BYTES + packet.uint16(ipStart + 4)
  const limit = Math.min(end, frameEnd)
  let nextAt = ipStart + 6
  let at = ipStart + IPV6_BYTES
  while (bytes[nextAt] !== PROTOCOL.fragment) {
    const size = extensionBytes(bytes, bytes[nextAt], at)
    if (size === 0 || at + size + FRAGMENT_HEADER_BYTES > limit) return undefined
    nextAt = at
    at += size
  }
  if (at + FRAGMENT_HEADER_BYTES > limit) return undefined
  const bits = packet.uint16(at + 2)
  if ((bits & ~6) === 0) return undefined
  return {
    version: 6,
    ipStart,
    headerEnd: at,
    payloadStart: at + FRAGMENT_HEADER_BYTES,
    payloadEnd: limit,
    isCut: end > frameEnd,
    offsetBytes: bits & 0xfff8,
    isLast: (bits & 1) === 0,
    identification: packet.uint32(at + 4),
    protocol: bytes[at],
    protocolAt: nextAt - ipStart,
  }
}

/** Length of an extension header that may stand before a fragment header; 0 for anything else. */
function extensionBytes(bytes: Buffer, kind: number, at: number): number {
  if (kind === PROTOCOL.hopByHop || kind === PROTOCOL.routing || kind === PROTOCOL.destinationOptions) {
    return (bytes[at + 1] + 1) * 8
  }
  return kind === PROTOCOL.authentication ? (bytes[at + 1] + 2) * AUTHENTICATION_UNIT_BYTES : 0
}

/** Source and destination of the packet that the fragment is of. */
export function placeAddresses(packet: Packet, { version, ipStart }: FragmentPlace): [IpAddress, IpAddress] {
  if (version === 4) return [packet.uint32(ipStart + 12), packet.uint32(ipStart + 16)]
  return [ipv6At(packet.bytes, ipStart + 8), ipv6At(packet.bytes, ipStart + 24)]
}

function ipv6At(bytes: Buffer, at: number): IpAddress {
  return fromUint128((bytes.readBigUInt64BE(at) << 64n) | bytes.readBigUInt64BE(at + 8))
}

/** What tells the datagram of a fragment from all others (RFC 791 section 3.2, RFC 8200 section 4.5). */
export function datagramKey(packet: Packet, place: FragmentPlace): string {
  const { version, ipStart, identification, protocol } = place
  const addresses = version === 4 ? packet.latin1(ipStart + 12, ipStart + 20) : packet.latin1(ipStart + 8, ipStart + 40)
  return `${addresses}${identification}/${version === 4 ? protocol : ''}/${packet.vlanTag}`
}
