import { LINK_TYPE } from '../pcap/link-type.ts'
import { followEthernet, followEtherType, followIp, followLlc, linkCut } from './ether-type.ts'
import { FAULT } from './fault.ts'
import { ieee80211, radiotap } from './ieee-80211.ts'
import { ETHER_TYPE, SMALLEST_ETHER_TYPE } from './numbers.ts'
import type { PacketParts } from './packet-parts.ts'
import { followPpp, followPppoe } from './ppp.ts'

/** Reads the header of one link type at `at`, and writes where the next layer begins. */
type LinkReader = (packet: PacketParts, at: number) => void

const READERS: Readonly<Record<number, LinkReader>> = {
  [LINK_TYPE.ethernet]: followEthernet,
  [LINK_TYPE.rawBsd]: followIp,
  [LINK_TYPE.rawOpenBsd]: followIp,
  [LINK_TYPE.raw]: followIp,
  [LINK_TYPE.rawIpv4]: (packet, at) => followEtherType(packet, ETHER_TYPE.ipv4, at),
  [LINK_TYPE.rawIpv6]: (packet, at) => followEtherType(packet, ETHER_TYPE.ipv6, at),
  [LINK_TYPE.null]: loopback,
  [LINK_TYPE.loop]: loopback,
  [LINK_TYPE.linuxCooked]: (packet, at) => linuxCooked(packet, at, 16, 14),
  [LINK_TYPE.linuxCooked2]: (packet, at) => linuxCooked(packet, at, 20, 0),
  [LINK_TYPE.ppp]: followPpp,
  [LINK_TYPE.pppHdlc]: followPpp,
  [LINK_TYPE.pppWithDirection]: (packet, at) => followPpp(packet, at + 1),
  [LINK_TYPE.pppoe]: followPppoe,
  [LINK_TYPE.ciscoHdlc]: ciscoHdlc,
  [LINK_TYPE.ieee80211]: ieee80211,
  [LINK_TYPE.ieee80211Radiotap]: radiotap,
  [LINK_TYPE.nflog]: nflog,
  [LINK_TYPE.applePktap]: applePktap,
}

/** Reads the link layer of the frame: sets `nextType` and `nextStart`. */
export function readLinkLayer(packet: PacketParts): void {
  if (packet.linkType === LINK_TYPE.ethernet) {
    followEthernet(packet, packet.frameStart)
    return
  }
  const reader = READERS[packet.linkType]
  if (reader === undefined) packet.faults |= FAULT.linkType
  else reader(packet, packet.frameStart)
}

const IPV4_FAMILY = 2
/** AF_INET6 of Linux, BSD, FreeBSD and Darwin. */
const IPV6_FAMILIES: ReadonlySet<number> = new Set([10, 24, 28, 30])

/** Four bytes of address family, in the byte order of the machine that captured. */
function loopback(packet: PacketParts, at: number): void {
  if (at + 4 > packet.boundEnd) {
    linkCut(packet, at + 4)
    return
  }
  const { bytes } = packet
  const isBigEndian = bytes[at] === 0 && bytes[at + 1] === 0
  const family = isBigEndian ? (bytes[at + 2] << 8) | bytes[at + 3] : bytes[at] | (bytes[at + 1] << 8)
  if (family === IPV4_FAMILY) followEtherType(packet, ETHER_TYPE.ipv4, at + 4)
  else if (IPV6_FAMILIES.has(family)) followEtherType(packet, ETHER_TYPE.ipv6, at + 4)
}

/** Below the EtherTypes Linux has numbers of its own; this one is an LLC header. */
const LINUX_LLC = 4

function linuxCooked(packet: PacketParts, at: number, headerBytes: number, protocolAt: number): void {
  const end = at + headerBytes
  if (end > packet.boundEnd) {
    linkCut(packet, end)
    return
  }
  const type = (packet.bytes[at + protocolAt] << 8) | packet.bytes[at + protocolAt + 1]
  if (type >= SMALLEST_ETHER_TYPE) followEtherType(packet, type, end)
  else if (type === LINUX_LLC) followLlc(packet, end)
}

function ciscoHdlc(packet: PacketParts, at: number): void {
  if (at + 4 > packet.boundEnd) linkCut(packet, at + 4)
  else followEtherType(packet, (packet.bytes[at + 2] << 8) | packet.bytes[at + 3], at + 4)
}

const NFLOG_HEAD_BYTES = 4
const NFLOG_PAYLOAD = 9
// Real messages have about ten parts before the packet.
const NFLOG_PARTS = 64

/** Parts of type, length and value, in the byte order of the machine that captured; one of them is the IP packet. */
function nflog(packet: PacketParts, start: number): void {
  const { bytes, boundEnd } = packet
  let at = start + NFLOG_HEAD_BYTES
  // Types are small numbers and none is 0: the byte that is 0 tells the order.
  const isLittleEndian = at + 4 <= boundEnd && bytes[at + 2] !== 0
  for (let count = 0; count < NFLOG_PARTS && at + 4 <= boundEnd; count++) {
    const low = isLittleEndian ? 0 : 1
    const sizeBytes = bytes[at + low] | (bytes[at + 1 - low] << 8)
    const type = bytes[at + 2 + low] | (bytes[at + 3 - low] << 8)
    if (sizeBytes < 4) break
    if (type === NFLOG_PAYLOAD) {
      packet.boundWireEnd = Math.min(packet.boundWireEnd, at + sizeBytes)
      packet.boundEnd = Math.min(packet.boundEnd, packet.boundWireEnd)
      followIp(packet, at + 4)
      return
    }
    at += (sizeBytes + 3) & ~3
  }
  linkCut(packet, at + 4)
}

/** A header that names its length and the link type of what follows, both little-endian. */
function applePktap(packet: PacketParts, at: number): void {
  if (at + 12 > packet.boundEnd) {
    linkCut(packet, at + 12)
    return
  }
  const { bytes } = packet
  const headerBytes = bytes[at] | (bytes[at + 1] << 8)
  const linkType = bytes[at + 8] | (bytes[at + 9] << 8)
  const reader = linkType === LINK_TYPE.applePktap ? undefined : READERS[linkType]
  if (reader === undefined) packet.faults |= FAULT.linkType
  else reader(packet, at + headerBytes)
}
