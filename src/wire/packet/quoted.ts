import { LINK_TYPE } from '../pcap/link-type.ts'
import type { Packet } from './packet.ts'

/** Length that a quoted packet may have had: routers quote its first bytes only. */
const QUOTED_WIRE_BYTES = 65_575

/**
 * Reads the packet that an ICMP error quotes into another Packet of the deep view. Of its transport header usually the
 * first eight bytes are there: the ports are known and little else. False when `packet` quotes none.
 */
export function readQuoted(packet: Packet, quoted: Packet): boolean {
  const at = packet.quotedStart
  if (at < 0 || at >= packet.payloadEnd) return false
  const linkType = packet.ipVersion === 4 ? LINK_TYPE.rawIpv4 : LINK_TYPE.rawIpv6
  quoted.read(packet.bytes, at, packet.payloadEnd, linkType, QUOTED_WIRE_BYTES)
  return quoted.ipVersion !== 0
}
