import { FAULT } from './fault.ts'
import { ETHER_TYPE, PROTOCOL } from './numbers.ts'
import { DESTINATION_WORD, type PacketParts } from './packet-parts.ts'

const IPV4_BYTES = 20
const IPV6_BYTES = 40
const ARP_BYTES = 28
const MORE_FRAGMENTS = 0x2000
const FRAGMENT_OFFSET = 0x1fff
const MAPPED_WORD = 0xffff

/** How many extension headers are followed: each is a step in programs of the kernel, which are bounded. */
const EXTENSION_LIMIT = 6

/** Extension headers as bits of `extensionHeaders`. */
export const EXTENSION_HEADER = {
  hopByHop: 1 << 0,
  routing: 1 << 1,
  fragment: 1 << 2,
  authentication: 1 << 3,
  destinationOptions: 1 << 4,
} as const

/** By protocol number; 0 for everything that is no extension header (RFC 8200 section 4). */
const EXTENSION_BITS = new Uint8Array(256)
EXTENSION_BITS[PROTOCOL.hopByHop] = EXTENSION_HEADER.hopByHop
EXTENSION_BITS[PROTOCOL.routing] = EXTENSION_HEADER.routing
EXTENSION_BITS[PROTOCOL.fragment] = EXTENSION_HEADER.fragment
EXTENSION_BITS[PROTOCOL.authentication] = EXTENSION_HEADER.authentication
EXTENSION_BITS[PROTOCOL.destinationOptions] = EXTENSION_HEADER.destinationOptions

/** How many bytes of an extension header must be there to go on, by its bit: of some the kernel looks at more than two. */
const NEEDED_BYTES = new Uint8Array(32).fill(2)
NEEDED_BYTES[EXTENSION_HEADER.routing] = 4
NEEDED_BYTES[EXTENSION_HEADER.fragment] = 4

/** Reads the network layer that the link layer, or a tunnel, led to. */
export function readNetworkLayer(packet: PacketParts): void {
  if (packet.nextType === ETHER_TYPE.ipv4) readIpv4(packet, packet.nextStart)
  else if (packet.nextType === ETHER_TYPE.ipv6) readIpv6(packet, packet.nextStart)
  else if (packet.nextType === ETHER_TYPE.arp) readArp(packet, packet.nextStart)
}

/** Notes that an IP header which would end at `end` is not whole. */
function ipCut(packet: PacketParts, end: number): void {
  packet.faults |= end > packet.boundWireEnd ? FAULT.ipCut : FAULT.snapped
}

/** ARP for IPv4 over a link with addresses of six bytes (RFC 826). */
function readArp(packet: PacketParts, at: number): void {
  if (at + ARP_BYTES > packet.boundEnd) return
  const { bytes } = packet
  const isIpv4 = bytes[at + 2] === 0x08 && bytes[at + 3] === 0
  if (isIpv4 && bytes[at + 4] === 6 && bytes[at + 5] === 4) packet.arpStart = at
}

function readIpv4(packet: PacketParts, at: number): void {
  const { bytes } = packet
  if (at + IPV4_BYTES > packet.boundEnd) {
    ipCut(packet, at + IPV4_BYTES)
    return
  }
  const first = bytes[at]
  if (first >> 4 !== 4) {
    packet.faults |= FAULT.ipVersion
    return
  }
  const headerBytes = (first & 15) * 4
  const fragmentBits = (bytes[at + 6] << 8) | bytes[at + 7]
  const offset = fragmentBits & FRAGMENT_OFFSET
  packet.ipVersion = 4
  packet.ipStart = at
  packet.ipHeaderBytes = headerBytes
  packet.protocol = bytes[at + 9]
  packet.fragmentOffsetBytes = offset * 8
  packet.fragment = offset > 0 ? 2 : fragmentBits & MORE_FRAGMENTS ? 1 : 0
  writeMapped(packet.addresses, 0, bytes, at + 12)
  writeMapped(packet.addresses, DESTINATION_WORD, bytes, at + 16)
  const length = (bytes[at + 2] << 8) | bytes[at + 3]
  const isConsistent = boundIp(packet, at, length, length === 0)
  if (headerBytes < IPV4_BYTES) packet.faults |= FAULT.ipHeaderLength
  else if (at + headerBytes > packet.ipWireEnd) packet.faults |= FAULT.ipLength
  else if (at + headerBytes > packet.boundEnd) ipCut(packet, at + headerBytes)
  else if (isConsistent && packet.fragment !== 2) packet.transportStart = at + headerBytes
}

function writeMapped(words: Uint32Array, wordAt: number, bytes: Buffer, at: number): void {
  words[wordAt] = 0
  words[wordAt + 1] = 0
  words[wordAt + 2] = MAPPED_WORD
  words[wordAt + 3] = (bytes[at] << 24) | (bytes[at + 1] << 16) | (bytes[at + 2] << 8) | bytes[at + 3]
}

/**
 * Notes where an IP packet of `length` bytes that begins at `at` ends. False when the frame is shorter, and the kernel
 * would throw the packet away. `isUnsaid` marks a length that says nothing: of a segment before the card divided it.
 */
function boundIp(packet: PacketParts, at: number, length: number, isUnsaid: boolean): boolean {
  const room = packet.boundWireEnd - at
  const isDeep = packet.view === 'deep'
  let wireLength = isUnsaid && isDeep ? room : length
  const isTooLong = wireLength > room
  if (isTooLong) {
    packet.faults |= FAULT.ipLength
    wireLength = room
  }
  packet.ipWireEnd = at + wireLength
  packet.ipEnd = Math.min(packet.boundEnd, packet.ipWireEnd)
  return isDeep || !isTooLong
}

function readIpv6(packet: PacketParts, at: number): void {
  const { bytes } = packet
  if (at + IPV6_BYTES > packet.boundEnd) {
    ipCut(packet, at + IPV6_BYTES)
    return
  }
  if (bytes[at] >> 4 !== 6) {
    packet.faults |= FAULT.ipVersion
    return
  }
  packet.ipVersion = 6
  packet.ipStart = at
  packet.ipHeaderBytes = IPV6_BYTES
  const { addresses } = packet
  for (let word = 0, from = at + 8; word < 8; word++, from += 4) {
    addresses[word] = (bytes[from] << 24) | (bytes[from + 1] << 16) | (bytes[from + 2] << 8) | bytes[from + 3]
  }
  const payloadLength = (bytes[at + 4] << 8) | bytes[at + 5]
  const next = bytes[at + 6]
  const isUnsaid = payloadLength === 0 && next !== PROTOCOL.noNext
  const isConsistent = boundIp(packet, at, IPV6_BYTES + payloadLength, isUnsaid)
  followExtensions(packet, at, next)
  if (!isConsistent) {
    packet.protocol = -1
    packet.transportStart = -1
  } else if (packet.view === 'outer' && packet.extensionHeaders !== 0) {
    packet.ipEnd = packet.boundEnd
    packet.ipWireEnd = packet.boundWireEnd
  }
}

/**
 * Follows extension headers as the kernel's ipv6_find_hdr does: of each only the bytes that lead on must be there, and a
 * later fragment names what it carries only when that is no extension header. For the kernel's filters an authentication
 * header is what the packet carries; extension headers are looked for behind it as well.
 */
function followExtensions(packet: PacketParts, ipStart: number, firstKind: number): void {
  const { bytes } = packet
  const limit = packet.view === 'deep' ? packet.ipEnd : packet.boundEnd
  let kind = firstKind
  let at = ipStart + IPV6_BYTES
  let authenticationStart = -1
  for (let bit = EXTENSION_BITS[kind]; bit !== 0; bit = EXTENSION_BITS[kind]) {
    const neededEnd = at + NEEDED_BYTES[bit]
    if (packet.extensionHeaderCount === EXTENSION_LIMIT || neededEnd > limit) {
      packet.faults |= neededEnd > limit && neededEnd <= packet.ipWireEnd ? FAULT.snapped : FAULT.ipv6Chain
      if (authenticationStart >= 0) setCarried(packet, PROTOCOL.authentication, authenticationStart)
      return
    }
    packet.extensionHeaderCount++
    packet.extensionHeaders |= bit
    if (bit === EXTENSION_HEADER.routing && packet.routingHeaderStart < 0) packet.routingHeaderStart = at
    if (bit === EXTENSION_HEADER.authentication && packet.view === 'outer' && authenticationStart < 0) {
      authenticationStart = at
    }
    if (bit === EXTENSION_HEADER.fragment && isLaterFragment(packet, at)) {
      if (authenticationStart >= 0) packet.protocol = PROTOCOL.authentication
      else if (EXTENSION_BITS[bytes[at]] === 0) packet.protocol = bytes[at]
      packet.ipHeaderBytes = at + 8 - ipStart
      return
    }
    kind = bytes[at]
    at += extensionBytes(bit, bytes[at + 1])
  }
  packet.ipHeaderBytes = at - ipStart
  if (authenticationStart >= 0) setCarried(packet, PROTOCOL.authentication, authenticationStart)
  else setCarried(packet, kind, at)
}

function setCarried(packet: PacketParts, protocol: number, at: number): void {
  packet.protocol = protocol
  packet.transportStart = at
  if (at > packet.ipWireEnd) packet.faults |= FAULT.ipv6Chain
}

/** Reads a fragment header; true when it does not belong to the first fragment. Of several the kernel's filters see the first. */
function isLaterFragment(packet: PacketParts, at: number): boolean {
  const bits = (packet.bytes[at + 2] << 8) | packet.bytes[at + 3]
  const offsetBytes = bits & 0xfff8
  if (packet.fragmentHeaderStart < 0 || packet.view === 'deep') {
    packet.fragmentHeaderStart = at
    packet.fragmentOffsetBytes = offsetBytes
    if (offsetBytes > 0) packet.fragment = 2
    else if (bits & 1) packet.fragment = 1
  }
  return offsetBytes > 0
}

/** Of the length field the fragment header has none, and the authentication header one that counts words. */
function extensionBytes(bit: number, lengthField: number): number {
  if (bit === EXTENSION_HEADER.fragment) return 8
  return bit === EXTENSION_HEADER.authentication ? (lengthField + 2) * 4 : (lengthField + 1) * 8
}
