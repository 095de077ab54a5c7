import { PROTOCOL } from './numbers.ts'
import { DESTINATION_WORD, type PacketParts } from './packet-parts.ts'

/** The sum of big-endian 16-bit words, as far as needed to be folded later; an odd last byte counts as the upper half. */
export function sumWords(bytes: Buffer, start: number, end: number, sum: number = 0): number {
  let total = sum
  let at = start
  for (; at + 1 < end; at += 2) total += (bytes[at] << 8) | bytes[at + 1]
  return at < end ? total + (bytes[at] << 8) : total
}

/** The Internet checksum of what was summed (RFC 1071). */
export function foldChecksum(sum: number): number {
  let folded = sum
  while (folded > 0xffff) folded = Math.floor(folded / 0x1_0000) + (folded & 0xffff)
  return ~folded & 0xffff
}

/** The sum of a pseudo header (RFC 9293 section 3.1, RFC 8200 section 8.1) from bytes of both addresses. */
export function pseudoHeaderSum(addresses: Buffer, protocol: number, lengthBytes: number): number {
  return sumWords(addresses, 0, addresses.length, protocol + (lengthBytes >>> 16) + (lengthBytes & 0xffff))
}

/** `unchecked`: there is none to check, or not all bytes that it covers were captured. */
export type ChecksumState = 'good' | 'bad' | 'unchecked'

/** Whether the checksum of the IPv4 header is right. */
export function ipChecksum(packet: PacketParts): ChecksumState {
  const { ipVersion, ipStart, ipHeaderBytes, boundEnd, bytes } = packet
  if (ipVersion !== 4 || ipHeaderBytes < 20 || ipStart + ipHeaderBytes > boundEnd) return 'unchecked'
  return foldChecksum(sumWords(bytes, ipStart, ipStart + ipHeaderBytes)) === 0 ? 'good' : 'bad'
}

/** Whether the checksum of TCP, UDP, ICMP or ICMPv6 is right. A fragment's cannot be told. */
export function transportChecksum(packet: PacketParts): ChecksumState {
  const { transport, transportStart, bytes, ipEnd, ipWireEnd } = packet
  const isKnown = transport === PROTOCOL.tcp || transport === PROTOCOL.udp || transport === PROTOCOL.icmpv6
  if ((!isKnown && transport !== PROTOCOL.icmp) || packet.fragment !== 0 || ipEnd < ipWireEnd) return 'unchecked'
  // UDP over IPv4 may go without.
  if (transport === PROTOCOL.udp && bytes[transportStart + 6] === 0 && bytes[transportStart + 7] === 0) {
    return packet.ipVersion === 4 ? 'unchecked' : 'bad'
  }
  const end = transport === PROTOCOL.udp ? packet.payloadEnd : ipEnd
  if (end < transportStart) return 'unchecked'
  const sum = transport === PROTOCOL.icmp ? 0 : pseudoSumOf(packet, end - transportStart)
  return foldChecksum(sumWords(bytes, transportStart, end, sum)) === 0 ? 'good' : 'bad'
}

function pseudoSumOf({ addresses, ipVersion, protocol }: PacketParts, lengthBytes: number): number {
  // The upper words of a mapped IPv4 address are no part of the pseudo header.
  const first = ipVersion === 4 ? 3 : 0
  let sum = protocol + (lengthBytes >>> 16) + (lengthBytes & 0xffff)
  for (let word = first; word < DESTINATION_WORD; word++) {
    const source = addresses[word]
    const destination = addresses[word + DESTINATION_WORD]
    sum += (source >>> 16) + (source & 0xffff) + (destination >>> 16) + (destination & 0xffff)
  }
  return sum
}
