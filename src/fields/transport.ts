import type { Field } from './field.ts'
import { packetField } from './packet-field.ts'

/** Transport protocols beside TCP, and what all of them share. */
export const TRANSPORT_FIELDS: readonly Field[] = [
  packetField('udp.srcport', 'Int', 'Source port of a UDP datagram.', '53', {
    column: true,
    targets: { displayFilter: 'udp.srcport' },
  }),
  packetField('udp.dstport', 'Int', 'Destination port of a UDP datagram.', '443', {
    column: true,
    targets: { displayFilter: 'udp.dstport' },
  }),
  packetField('udp.length', 'Int', 'Length that the UDP header says, its own eight bytes included.', '64', {
    unit: 'bytes',
    targets: { displayFilter: 'udp.length' },
  }),
  packetField('icmp.type', 'Int', 'Type of an ICMP message of IPv4: 8 echo request, 3 unreachable.', '8', {
    column: true,
    targets: { displayFilter: 'icmp.type' },
  }),
  packetField('icmp.code', 'Int', 'Code of an ICMP message of IPv4.', '4', {
    column: true,
    targets: { displayFilter: 'icmp.code' },
  }),
  packetField('icmpv6.type', 'Int', 'Type of an ICMPv6 message: 128 echo request, 2 packet too big.', '128', {
    column: true,
    targets: { displayFilter: 'icmpv6.type' },
  }),
  packetField('icmpv6.code', 'Int', 'Code of an ICMPv6 message.', '0', {
    column: true,
    targets: { displayFilter: 'icmpv6.code' },
  }),
  packetField('sctp.srcport', 'Int', 'Source port of an SCTP packet.', '3868', {
    targets: { displayFilter: 'sctp.srcport' },
  }),
  packetField('sctp.dstport', 'Int', 'Destination port of an SCTP packet.', '3868', {
    targets: { displayFilter: 'sctp.dstport' },
  }),
  packetField('gre.proto', 'Int', 'EtherType of what GRE carries.', '0x0800', {
    targets: { displayFilter: 'gre.proto' },
  }),
  packetField('gre.flags.version', 'Int', 'Version of GRE: 0, or 1 for PPTP.', '0', {
    targets: { displayFilter: 'gre.flags.version' },
  }),
  packetField('gre.key', 'Int', 'Key of GRE, when it has one.', '42', { targets: { displayFilter: 'gre.key' } }),
  packetField('l4.srcport', 'Int', 'Source port of TCP, UDP, UDP-Lite or SCTP.', '53'),
  packetField('l4.dstport', 'Int', 'Destination port of TCP, UDP, UDP-Lite or SCTP.', '443'),
  packetField(
    'l4.payload',
    'String',
    'Bytes behind the header of TCP, UDP, UDP-Lite, SCTP or ICMP; behind IP for every other protocol.',
    '"\\x17\\x00\\x03\\x2a"',
    { privacy: 'personal' },
  ),
  packetField('l4.payload.len', 'Int', 'Length of that payload on the wire.', '468', { unit: 'bytes', column: true }),
]
