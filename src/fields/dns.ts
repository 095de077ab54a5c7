import type { Field, FieldType } from './field.ts'

const POINTS = ['capture'] as const

type Extras = Pick<Field, 'unit' | 'privacy' | 'targets'>

function dnsField(name: string, type: FieldType, help: string, example: string, extras: Extras = {}): Field {
  return { name, type, help, example, points: POINTS, ...extras }
}

function flag(name: string, help: string): Field {
  return dnsField(name, 'Bool', help, name, { targets: { displayFilter: name } })
}

/** A DNS message: over UDP or, when it begins in the packet, over TCP; also mDNS and LLMNR. */
export const DNS_FIELDS: readonly Field[] = [
  dnsField('dns.id', 'Int', 'Number that joins answer and query.', '0x1a2b', { targets: { displayFilter: 'dns.id' } }),
  dnsField('dns.qname', 'String', 'Name that is asked for, in lower case, without the last dot.', '"shop.test"', {
    targets: { displayFilter: 'dns.qry.name' },
  }),
  dnsField('dns.qtype', 'String', 'Type of record that is asked for; "TYPE65280" when it has no name.', '"AAAA"'),
  flag('dns.flags.response', 'The message is an answer.'),
  flag('dns.flags.authoritative', 'The answer comes from a server of the zone.'),
  flag('dns.flags.truncated', 'The answer was too large for its transport.'),
  flag('dns.flags.recdesired', 'The client wants the server to ask others.'),
  flag('dns.flags.recavail', 'The server is willing to ask others.'),
  flag('dns.flags.authenticated', 'The server says that it has validated the answer.'),
  flag('dns.flags.checkdisable', 'The client takes answers that are not validated.'),
  dnsField('dns.flags.opcode', 'Int', 'Kind of message: 0 query, 4 notify, 5 update.', '0', {
    targets: { displayFilter: 'dns.flags.opcode' },
  }),
  dnsField(
    'dns.response.code',
    'Int',
    'Response code of an answer, with the bits of EDNS: 0 NOERROR, 2 SERVFAIL, 3 NXDOMAIN, 5 REFUSED.',
    '3',
  ),
  dnsField('dns.count.answers', 'Int', 'Records in the answer section, as the header counts them.', '2', {
    targets: { displayFilter: 'dns.count.answers' },
  }),
  dnsField('dns.response.ttl', 'Int', 'Smallest time to live in the answer section.', '300', { unit: 'seconds' }),
  dnsField(
    'dns.resolved_ips',
    'Array<IP>',
    'Addresses of the answer section, in order.',
    'any(dns.resolved_ips[*] in {192.0.2.0/24})',
  ),
  dnsField(
    'dns.cname_chain',
    'Array<String>',
    'Names that the answer section leads over (CNAME, DNAME), in order.',
    'any(dns.cname_chain[*] == "cdn.test")',
  ),
]
