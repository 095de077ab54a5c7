import type { PacketSlot } from './slots.ts'

/** Protocol numbers that `transport` holds. */
const TCP = 6
const UDP = 17
const ICMP = 1
const ICMPV6 = 58
const SCTP = 132

/** How a number comes from a slot: shifted and masked; of another protocol it is not there. */
export interface NumberLoader {
  readonly slot: PacketSlot
  readonly shift?: number
  readonly mask?: number
  /** The value of `transport` under which the slot means this field. */
  readonly transport?: number
}

const tcp = (slot: PacketSlot, mask?: number): NumberLoader =>
  mask === undefined ? { slot, transport: TCP } : { slot, mask, transport: TCP }
/** Slots that only a TCP header fills need not be asked for the protocol. */
const tcpFlag = (mask: number): NumberLoader => ({ slot: 'tcpFlags', mask })
const extension = (mask: number): NumberLoader => ({ slot: 'extensions', mask })

/** Where the prologue keeps each field that is a number or a Bool. */
export const NUMBER_LOADERS: Readonly<Record<string, NumberLoader>> = {
  'packet.malformed': { slot: 'malformed' },
  'eth.type': { slot: 'etherType' },
  'vlan.id': { slot: 'vlanTag', mask: 0xfff },
  'vlan.priority': { slot: 'vlanTag', shift: 13 },
  'vlan.inner_id': { slot: 'innerVlanTag', mask: 0xfff },
  'arp.opcode': { slot: 'arpOpcode' },
  'ip.version': { slot: 'ipVersion' },
  'ip.proto': { slot: 'protocol' },
  'ip.len': { slot: 'ipBytes' },
  'ip.ttl': { slot: 'timeToLive' },
  'ip.hdr_len': { slot: 'ipv4HeaderBytes' },
  'ip.id': { slot: 'ipv4Id' },
  'ip.flags.df': { slot: 'ipv4Flags', mask: 0x40 },
  'ip.flags.mf': { slot: 'ipv4Flags', mask: 0x20 },
  'ip.frag': { slot: 'fragment' },
  'ip.frag_offset': { slot: 'fragmentOffset' },
  'ip.dsfield': { slot: 'trafficClass' },
  'ip.dsfield.dscp': { slot: 'trafficClass', shift: 2 },
  'ip.dsfield.ecn': { slot: 'trafficClass', mask: 3 },
  'ipv6.flow': { slot: 'flowLabel' },
  'ipv6.nxt': { slot: 'nextHeader' },
  'ipv6.plen': { slot: 'ipv6PayloadBytes' },
  'ipv6.hlim': { slot: 'ipv6HopLimit' },
  'ipv6.tclass': { slot: 'ipv6TrafficClass' },
  'ipv6.tclass.dscp': { slot: 'ipv6TrafficClass', shift: 2 },
  'ipv6.tclass.ecn': { slot: 'ipv6TrafficClass', mask: 3 },
  'ipv6.hopopts': extension(1 << 0),
  'ipv6.routing': extension(1 << 1),
  'ipv6.routing.type': { slot: 'routingType' },
  'ipv6.fraghdr': extension(1 << 2),
  'ipv6.dstopts': extension(1 << 4),
  'tcp.srcport': tcp('sourcePort'),
  'tcp.dstport': tcp('destinationPort'),
  'tcp.flags': { slot: 'tcpFlags' },
  'tcp.flags.fin': tcpFlag(0x001),
  'tcp.flags.syn': tcpFlag(0x002),
  'tcp.flags.reset': tcpFlag(0x004),
  'tcp.flags.push': tcpFlag(0x008),
  'tcp.flags.ack': tcpFlag(0x010),
  'tcp.flags.urg': tcpFlag(0x020),
  'tcp.flags.ece': tcpFlag(0x040),
  'tcp.flags.cwr': tcpFlag(0x080),
  'tcp.flags.ae': tcpFlag(0x100),
  'tcp.seq': { slot: 'tcpSequence' },
  'tcp.ack': { slot: 'tcpAcknowledgement' },
  'tcp.window': { slot: 'tcpWindow' },
  'tcp.urgent_pointer': { slot: 'tcpUrgentPointer' },
  'tcp.hdr_len': { slot: 'tcpHeaderBytes' },
  'tcp.len': tcp('payloadBytes'),
  'tcp.options.mss': { slot: 'tcpMaximumSegment' },
  'tcp.options.wscale': { slot: 'tcpWindowScale' },
  'tcp.options.sack_perm': { slot: 'tcpSackPermitted' },
  'tcp.options.timestamp': { slot: 'tcpTimestamp' },
  'tcp.options.timestamp.tsval': { slot: 'tcpTimestampValue' },
  'tcp.options.timestamp.tsecr': { slot: 'tcpTimestampEcho' },
  'tcp.out_of_state': { slot: 'outOfState' },
  'udp.srcport': { slot: 'sourcePort', transport: UDP },
  'udp.dstport': { slot: 'destinationPort', transport: UDP },
  'udp.length': { slot: 'udpLength' },
  'icmp.type': { slot: 'icmpType', transport: ICMP },
  'icmp.code': { slot: 'icmpCode', transport: ICMP },
  'icmpv6.type': { slot: 'icmpType', transport: ICMPV6 },
  'icmpv6.code': { slot: 'icmpCode', transport: ICMPV6 },
  'sctp.srcport': { slot: 'sourcePort', transport: SCTP },
  'sctp.dstport': { slot: 'destinationPort', transport: SCTP },
  'gre.proto': { slot: 'greProtocol' },
  'gre.flags.version': { slot: 'greVersion' },
  'gre.key': { slot: 'greKey' },
  'l4.srcport': { slot: 'sourcePort' },
  'l4.dstport': { slot: 'destinationPort' },
  'l4.payload.len': { slot: 'payloadBytes' },
}

/** Where the prologue keeps each address, and what says whether it is there. */
export const ADDRESS_LOADERS: Readonly<Record<string, { readonly slot: PacketSlot; readonly present: PacketSlot }>> = {
  'ip.src': { slot: 'source', present: 'ipVersion' },
  'ip.dst': { slot: 'destination', present: 'ipVersion' },
  'arp.src.proto_ipv4': { slot: 'arpSource', present: 'arpOpcode' },
  'arp.dst.proto_ipv4': { slot: 'arpDestination', present: 'arpOpcode' },
}

/** Where byte strings begin in the frame, and how long they are. */
export const BYTE_LOADERS: Readonly<Record<string, { readonly start: PacketSlot; readonly length: PacketSlot }>> = {
  'l4.payload': { start: 'payloadStart', length: 'payloadBytes' },
  'tcp.options': { start: 'tcpOptionsStart', length: 'tcpOptionsBytes' },
  'ip.options': { start: 'ipOptionsStart', length: 'ipOptionsBytes' },
}

/** Fields that are in the first bytes of every frame, so that nothing need be kept: where an Ethernet address begins. */
export const HARDWARE_ADDRESS_AT: Readonly<Record<string, number>> = { 'eth.dst': 0, 'eth.src': 6 }

/** The slots that a field needs. */
export function slotsOfField(field: string): readonly PacketSlot[] {
  if (Object.hasOwn(NUMBER_LOADERS, field)) {
    const { slot, transport } = NUMBER_LOADERS[field]
    return transport === undefined ? [slot] : [slot, 'transport']
  }
  if (Object.hasOwn(ADDRESS_LOADERS, field)) return [ADDRESS_LOADERS[field].slot, ADDRESS_LOADERS[field].present]
  if (!Object.hasOwn(BYTE_LOADERS, field)) return []
  return [BYTE_LOADERS[field].start, BYTE_LOADERS[field].length]
}
