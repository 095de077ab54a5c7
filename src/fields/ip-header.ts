import type { Field } from './field.ts'
import { packetField } from './packet-field.ts'

/** The headers of IPv4 and IPv6. Where both have the same thing under two names, one field has it. */
export const IP_HEADER_FIELDS: readonly Field[] = [
  packetField('ip.version', 'Int', 'Version of the Internet Protocol: 4 or 6.', '6', {
    column: true,
    targets: { displayFilter: 'ip.version' },
  }),
  packetField(
    'ip.proto',
    'Int',
    'Number of the protocol that IP carries: 1 ICMP, 6 TCP, 17 UDP, 47 GRE, 58 ICMPv6; of IPv6 behind its extension headers.',
    '17',
    { column: true },
  ),
  packetField('ip.len', 'Int', 'Length of the IP packet as its header says, the header included.', '1500', {
    unit: 'bytes',
    column: true,
    targets: { displayFilter: 'ip.len' },
  }),
  packetField('ip.ttl', 'Int', 'Time to live of IPv4, hop limit of IPv6.', '64', {
    column: true,
    targets: { displayFilter: 'ip.ttl' },
  }),
  packetField('ip.hdr_len', 'Int', 'Length of the IPv4 header as it says itself: 20 without options.', '20', {
    unit: 'bytes',
    targets: { displayFilter: 'ip.hdr_len' },
  }),
  packetField('ip.id', 'Int', 'Identification of IPv4, equal in all fragments of a packet.', '0x1c46', {
    targets: { displayFilter: 'ip.id' },
  }),
  packetField('ip.flags.df', 'Bool', 'IPv4: the packet must not be fragmented.', 'ip.flags.df', {
    targets: { displayFilter: 'ip.flags.df' },
  }),
  packetField('ip.flags.mf', 'Bool', 'IPv4: more fragments follow.', 'ip.flags.mf', {
    targets: { displayFilter: 'ip.flags.mf' },
  }),
  packetField(
    'ip.frag',
    'Int',
    '0 for a whole packet, 1 for its first fragment, 2 for a later one, which has no ports.',
    '2',
    {
      column: true,
    },
  ),
  packetField(
    'ip.frag_offset',
    'Int',
    'Where the fragment begins in the packet, in units of eight bytes; 0 for whole packets.',
    '185',
  ),
  packetField('ip.dsfield', 'Int', 'Differentiated services field of IPv4, traffic class of IPv6.', '0xb8', {
    targets: { displayFilter: 'ip.dsfield' },
  }),
  packetField('ip.dsfield.dscp', 'Int', 'Differentiated services code point.', '46', {
    column: true,
    targets: { displayFilter: 'ip.dsfield.dscp' },
  }),
  packetField('ip.dsfield.ecn', 'Int', 'Explicit congestion notification: 3 says that there was congestion.', '3', {
    targets: { displayFilter: 'ip.dsfield.ecn' },
  }),
  packetField(
    'ip.options',
    'String',
    'Options of the IPv4 header as bytes; empty without any.',
    '"\\x94\\x04\\x00\\x00"',
  ),
  packetField('ipv6.flow', 'Int', 'Flow label of IPv6.', '0xbeef', { targets: { displayFilter: 'ipv6.flow' } }),
  packetField('ipv6.nxt', 'Int', 'Next header field of the fixed IPv6 header.', '44', {
    targets: { displayFilter: 'ipv6.nxt' },
  }),
  packetField('ipv6.plen', 'Int', 'Payload length of IPv6: without the fixed header, with extension headers.', '1460', {
    unit: 'bytes',
    targets: { displayFilter: 'ipv6.plen' },
  }),
  packetField('ipv6.hlim', 'Int', 'Hop limit of IPv6.', '255', { targets: { displayFilter: 'ipv6.hlim' } }),
  packetField('ipv6.tclass', 'Int', 'Traffic class of IPv6.', '0xb8', { targets: { displayFilter: 'ipv6.tclass' } }),
  packetField('ipv6.tclass.dscp', 'Int', 'Differentiated services code point of IPv6.', '46', {
    targets: { displayFilter: 'ipv6.tclass.dscp' },
  }),
  packetField('ipv6.tclass.ecn', 'Int', 'Explicit congestion notification of IPv6.', '3', {
    targets: { displayFilter: 'ipv6.tclass.ecn' },
  }),
  packetField('ipv6.hopopts', 'Bool', 'IPv6: there is a hop-by-hop options header.', 'ipv6.hopopts'),
  packetField('ipv6.routing', 'Bool', 'IPv6: there is a routing header.', 'ipv6.routing'),
  packetField(
    'ipv6.routing.type',
    'Int',
    'Type of the first IPv6 routing header; 0 is deprecated and 4 is segment routing.',
    '0',
    {
      targets: { displayFilter: 'ipv6.routing.type' },
    },
  ),
  packetField(
    'ipv6.fraghdr',
    'Bool',
    'IPv6: there is a fragment header, perhaps of a packet that is whole.',
    'ipv6.fraghdr',
  ),
  packetField('ipv6.dstopts', 'Bool', 'IPv6: there is a destination options header.', 'ipv6.dstopts'),
]
