/** What a packet target compares a field as. */
type PacketFieldKind = 'number' | 'address' | 'bytes' | 'hardwareAddress' | 'words'

export interface PacketField {
  readonly kind: PacketFieldKind
  /** Of numbers, the largest that the field can hold; a Bool holds 0 or 1. */
  readonly limit: number
  /** Of `words`, all that there are; each is told from the others by its place. */
  readonly words?: readonly string[]
  /** Why programs of eBPF cannot have it. */
  readonly notInBpf?: string
}

const MAC_LIMIT = 2 ** 48 - 1

const number = (limit: number): PacketField => ({ kind: 'number', limit })
const BIT = number(1)
const BYTE = number(0xff)
const WORD = number(0xffff)
const DOUBLE_WORD = number(0xffff_ffff)
const BYTES: PacketField = { kind: 'bytes', limit: 0 }
const ADDRESS: PacketField = { kind: 'address', limit: 0 }
const HARDWARE_ADDRESS: PacketField = { kind: 'hardwareAddress', limit: MAC_LIMIT }
/** What connection tracking says of a packet, in the words of nftables. */
const CONNECTION_STATES = ['new', 'established', 'related', 'invalid', 'untracked'] as const
/** Lengths of packets: 40 bytes of IPv6 and what its length field can say. */
const IP_BYTES = number(65_575)

/** The fields that programs of the kernel read, and what each can hold. */
export const PACKET_FIELDS: Readonly<Record<string, PacketField>> = {
  'frame.len': DOUBLE_WORD,
  'packet.malformed': BIT,
  'eth.src': HARDWARE_ADDRESS,
  'eth.dst': HARDWARE_ADDRESS,
  'eth.type': WORD,
  'vlan.id': number(0xfff),
  'vlan.priority': number(7),
  'vlan.inner_id': number(0xfff),
  'arp.opcode': WORD,
  'arp.src.proto_ipv4': ADDRESS,
  'arp.dst.proto_ipv4': ADDRESS,
  'ip.src': ADDRESS,
  'ip.dst': ADDRESS,
  'ip.version': BYTE,
  'ip.proto': BYTE,
  'ip.len': IP_BYTES,
  'ip.ttl': BYTE,
  'ip.hdr_len': number(60),
  'ip.id': WORD,
  'ip.flags.df': BIT,
  'ip.flags.mf': BIT,
  'ip.frag': number(2),
  'ip.frag_offset': number(0x1fff),
  'ip.dsfield': BYTE,
  'ip.dsfield.dscp': number(63),
  'ip.dsfield.ecn': number(3),
  'ip.options': BYTES,
  'ipv6.flow': number(0xf_ffff),
  'ipv6.nxt': BYTE,
  'ipv6.plen': WORD,
  'ipv6.hlim': BYTE,
  'ipv6.tclass': BYTE,
  'ipv6.tclass.dscp': number(63),
  'ipv6.tclass.ecn': number(3),
  'ipv6.hopopts': BIT,
  'ipv6.routing': BIT,
  'ipv6.routing.type': BYTE,
  'ipv6.fraghdr': BIT,
  'ipv6.dstopts': BIT,
  'tcp.srcport': WORD,
  'tcp.dstport': WORD,
  'tcp.flags': number(0xfff),
  'tcp.flags.fin': BIT,
  'tcp.flags.syn': BIT,
  'tcp.flags.reset': BIT,
  'tcp.flags.push': BIT,
  'tcp.flags.ack': BIT,
  'tcp.flags.urg': BIT,
  'tcp.flags.ece': BIT,
  'tcp.flags.cwr': BIT,
  'tcp.flags.ae': BIT,
  'tcp.seq': DOUBLE_WORD,
  'tcp.ack': DOUBLE_WORD,
  'tcp.window': WORD,
  'tcp.urgent_pointer': WORD,
  'tcp.hdr_len': number(60),
  'tcp.len': IP_BYTES,
  'tcp.options': BYTES,
  'tcp.options.mss': WORD,
  'tcp.options.wscale': BYTE,
  'tcp.options.sack_perm': BIT,
  'tcp.options.timestamp': BIT,
  'tcp.options.timestamp.tsval': DOUBLE_WORD,
  'tcp.options.timestamp.tsecr': DOUBLE_WORD,
  'tcp.out_of_state': BIT,
  'udp.srcport': WORD,
  'udp.dstport': WORD,
  'udp.length': WORD,
  'icmp.type': BYTE,
  'icmp.code': BYTE,
  'icmpv6.type': BYTE,
  'icmpv6.code': BYTE,
  'sctp.srcport': WORD,
  'sctp.dstport': WORD,
  'gre.proto': WORD,
  'gre.flags.version': number(7),
  'gre.key': DOUBLE_WORD,
  'l4.srcport': WORD,
  'l4.dstport': WORD,
  'l4.payload': BYTES,
  'l4.payload.len': IP_BYTES,
  'ct.state': {
    kind: 'words',
    limit: CONNECTION_STATES.length - 1,
    words: CONNECTION_STATES,
    notInBpf: 'eBPF sees packets before connections are tracked: filter with `backend: nftables`, or `auto`',
  },
}

/** The entry of a field, if it has one. */
export function packetFieldOf(name: string): PacketField | undefined {
  return Object.hasOwn(PACKET_FIELDS, name) ? PACKET_FIELDS[name] : undefined
}
