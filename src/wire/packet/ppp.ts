import { FAULT } from './fault.ts'
import { ETHER_TYPE } from './numbers.ts'
import type { PacketParts } from './packet-parts.ts'

const PPPOE_BYTES = 6
const PPP_ADDRESS = 0xff
const PPP_CONTROL = 0x03

/** What PPP carries, by its protocol numbers (IANA), as EtherTypes. */
const NETWORK_OF_PROTOCOL: Readonly<Record<number, number>> = {
  0x0021: ETHER_TYPE.ipv4,
  0x0057: ETHER_TYPE.ipv6,
}

/** A PPPoE session header (RFC 2516): six bytes, then PPP. */
export function followPppoe(packet: PacketParts, at: number): void {
  followPpp(packet, at + PPPOE_BYTES)
}

/** PPP (RFC 1661), with or without address and control bytes, its protocol number in one byte or two. */
export function followPpp(packet: PacketParts, start: number): void {
  const { bytes, boundEnd } = packet
  const hasAddress = start + 2 <= boundEnd && bytes[start] === PPP_ADDRESS && bytes[start + 1] === PPP_CONTROL
  const at = hasAddress ? start + 2 : start
  if (at + 2 > boundEnd) {
    packet.faults |= at + 2 > packet.boundWireEnd ? FAULT.linkCut : FAULT.snapped
    return
  }
  // The last byte of a number is odd, the one before it even.
  const isShort = (bytes[at] & 1) === 1
  const protocol = isShort ? bytes[at] : (bytes[at] << 8) | bytes[at + 1]
  packet.nextType = NETWORK_OF_PROTOCOL[protocol] ?? 0
  packet.nextStart = isShort ? at + 1 : at + 2
}
