import { FAULT } from './fault.ts'
import { ETHER_TYPE, SMALLEST_ETHER_TYPE } from './numbers.ts'
import type { PacketParts } from './packet-parts.ts'
import { followPppoe } from './ppp.ts'

const ETHERNET_BYTES = 14
const VLAN_BYTES = 4
/** The kernel reads no more than two tags. */
const OUTER_TAG_LIMIT = 2
const DEEP_TAG_LIMIT = 8
const MPLS_LABEL_BYTES = 4
const MPLS_LABEL_LIMIT = 16

/** Notes that a header of the link layer which would end at `end` is not whole. */
export function linkCut(packet: PacketParts, end: number): void {
  packet.faults |= end > packet.boundWireEnd ? FAULT.linkCut : FAULT.snapped
}

/** Reads an Ethernet header at `at` and what follows it down to the network layer. */
export function followEthernet(packet: PacketParts, at: number): void {
  const end = at + ETHERNET_BYTES
  if (end > packet.boundEnd) {
    linkCut(packet, end)
    return
  }
  const type = (packet.bytes[at + 12] << 8) | packet.bytes[at + 13]
  const isTypeField = type >= SMALLEST_ETHER_TYPE
  if (packet.tunnelDepth === 0 && packet.ethernetStart < 0) {
    packet.ethernetStart = at
    if (isTypeField) packet.etherType = type
  }
  if (isTypeField) followEtherType(packet, type, end)
  else if (packet.view === 'deep') followLlc(packet, end)
}

/** Follows tags and shims from an EtherType on: sets `nextType` and `nextStart`. */
export function followEtherType(packet: PacketParts, etherType: number, start: number): void {
  let type = etherType
  let at = start
  const isDeep = packet.view === 'deep'
  for (let tags = 0; isVlan(type, isDeep); tags++) {
    if (tags === (isDeep ? DEEP_TAG_LIMIT : OUTER_TAG_LIMIT)) {
      packet.faults |= FAULT.linkDepth
      return
    }
    if (at + VLAN_BYTES > packet.boundEnd) {
      linkCut(packet, at + VLAN_BYTES)
      return
    }
    if (packet.tunnelDepth === 0) noteVlan(packet, (packet.bytes[at] << 8) | packet.bytes[at + 1])
    type = (packet.bytes[at + 2] << 8) | packet.bytes[at + 3]
    at += VLAN_BYTES
  }
  if (isDeep && type > ETHER_TYPE.ipv6) followShim(packet, type, at)
  else setNext(packet, type, at)
}

function isVlan(type: number, isDeep: boolean): boolean {
  if (type < ETHER_TYPE.vlan) return false
  return type === ETHER_TYPE.vlan || type === ETHER_TYPE.serviceVlan || (isDeep && type === ETHER_TYPE.oldServiceVlan)
}

function noteVlan(packet: PacketParts, tag: number): void {
  if (packet.vlanCount === 0) packet.vlanTag = tag
  else if (packet.vlanCount === 1) packet.innerVlanTag = tag
  packet.vlanCount++
}

function followShim(packet: PacketParts, type: number, at: number): void {
  if (type === ETHER_TYPE.mpls || type === ETHER_TYPE.mplsMulticast) followMpls(packet, at)
  else if (type === ETHER_TYPE.pppoeSession) followPppoe(packet, at)
  else setNext(packet, type, at)
}

function setNext(packet: PacketParts, type: number, at: number): void {
  packet.nextType = type
  packet.nextStart = at
}

/** An IP packet that says by its first bits which version it is. */
export function followIp(packet: PacketParts, at: number): void {
  if (at >= packet.boundEnd) {
    linkCut(packet, at + 1)
    return
  }
  const version = packet.bytes[at] >> 4
  if (version === 4) setNext(packet, ETHER_TYPE.ipv4, at)
  else if (version === 6) setNext(packet, ETHER_TYPE.ipv6, at)
  else packet.faults |= FAULT.ipVersion
}

/**
 * Labels up to the one that is marked as the last (RFC 3032). What they carry is not said: by convention an IP packet, or
 * an Ethernet frame behind a control word whose first bits are 0 (RFC 4385).
 */
export function followMpls(packet: PacketParts, start: number): void {
  const { bytes, boundEnd } = packet
  let at = start
  for (let labels = 0; ; labels++) {
    if (labels === MPLS_LABEL_LIMIT) {
      packet.faults |= FAULT.linkDepth
      return
    }
    if (at + MPLS_LABEL_BYTES > boundEnd) {
      linkCut(packet, at + MPLS_LABEL_BYTES)
      return
    }
    at += MPLS_LABEL_BYTES
    if (bytes[at - 2] & 1) break
  }
  if (at >= boundEnd) return
  const first = bytes[at] >> 4
  if (first === 0) followInnerEthernet(packet, at + 4)
  else if (first === 4 || first === 6) followIp(packet, at)
}

/** An Ethernet frame within the frame: IP in it is followed, tags and shims of its own are not. */
function followInnerEthernet(packet: PacketParts, at: number): void {
  const end = at + ETHERNET_BYTES
  if (end > packet.boundEnd) linkCut(packet, end)
  else setNext(packet, (packet.bytes[at + 12] << 8) | packet.bytes[at + 13], end)
}

const LLC_BYTES = 3
const SNAP_BYTES = 8
const SNAP_SAP = 0xaa
const IP_SAP = 0x06

/** IEEE 802.2 header at `at`, with SNAP (RFC 1042) where that is what leads to IP. */
export function followLlc(packet: PacketParts, at: number): void {
  const { bytes, boundEnd } = packet
  if (at + LLC_BYTES > boundEnd) {
    linkCut(packet, at + LLC_BYTES)
    return
  }
  if (bytes[at] === IP_SAP && bytes[at + 1] === IP_SAP) {
    followIp(packet, at + LLC_BYTES)
    return
  }
  if (bytes[at] !== SNAP_SAP || bytes[at + 1] !== SNAP_SAP) return
  if (at + SNAP_BYTES > boundEnd) {
    linkCut(packet, at + SNAP_BYTES)
    return
  }
  // Zero is Ethernet's own numbering; 0000f8 is the one of bridges (RFC 1042, IEEE 802.1H).
  const organization = (bytes[at + 3] << 16) | (bytes[at + 4] << 8) | bytes[at + 5]
  if (organization !== 0 && organization !== 0xf8) return
  followEtherType(packet, (bytes[at + 6] << 8) | bytes[at + 7], at + SNAP_BYTES)
}
