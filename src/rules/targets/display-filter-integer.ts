import type { ComparisonOperator, Member } from '../expression.ts'

/** An unsigned number of a packet. */
export interface IntegerTerm {
  readonly text: string
  /** The filter that is true when the number is there. */
  readonly present: string
  readonly bits: number
  /** Wireshark looks up fields in sets, but no results of functions. */
  readonly allowsSet: boolean
}

// Wireshark refuses a literal that the field cannot hold.
const FIELDS_OF_BITS: readonly (readonly [bits: number, names: readonly string[]])[] = [
  [
    8,
    [
      'icmp.code',
      'icmp.type',
      'icmpv6.code',
      'icmpv6.type',
      'ip.dsfield',
      'ip.dsfield.dscp',
      'ip.dsfield.ecn',
      'ip.hdr_len',
      'ip.ttl',
      'ip.version',
      'ipv6.hlim',
      'ipv6.nxt',
      'ipv6.routing.type',
      'tcp.hdr_len',
      'tcp.options.wscale.shift',
    ],
  ],
  [
    16,
    [
      'arp.opcode',
      'eth.type',
      'gre.flags.version',
      'gre.proto',
      'http.response.code',
      'ip.id',
      'ip.len',
      'ipv6.plen',
      'sctp.dstport',
      'sctp.srcport',
      'tcp.dstport',
      'tcp.flags',
      'tcp.options.mss_val',
      'tcp.srcport',
      'tcp.urgent_pointer',
      'tcp.window_size_value',
      'udp.dstport',
      'udp.length',
      'udp.srcport',
      'vlan.id',
      'vlan.priority',
    ],
  ],
  [24, ['ipv6.flow']],
]
const FIELD_BITS: ReadonlyMap<string, number> = new Map(
  FIELDS_OF_BITS.flatMap(([bits, names]) => names.map((name) => [name, bits] as const)),
)
const USUAL_BITS = 32

/** The term of an integer field by its Wireshark name. */
export function integerField(name: string): IntegerTerm {
  return { text: name, present: name, bits: FIELD_BITS.get(name) ?? USUAL_BITS, allowsSet: true }
}

interface Order {
  readonly sign: string
  /** What the comparison says of a literal below, and above, all that the field can hold. */
  readonly below: boolean
  readonly above: boolean
}

const ORDER: Readonly<Partial<Record<ComparisonOperator, Order>>> = {
  eq: { sign: '==', below: false, above: false },
  ne: { sign: '!=', below: true, above: true },
  lt: { sign: '<', below: false, above: true },
  le: { sign: '<=', below: false, above: true },
  gt: { sign: '>', below: true, above: false },
  ge: { sign: '>=', below: true, above: false },
}

/** The filter that compares an integer with a literal, which may lie outside of what the field can hold. */
export function integerComparison(term: IntegerTerm, operator: ComparisonOperator, literal: number): string {
  const limit = 2 ** term.bits - 1
  if (operator === 'bit_test') {
    const mask = BigInt.asUintN(term.bits, BigInt(literal))
    return mask === 0n ? never(term) : `(${term.text} & ${mask})`
  }
  const order = ORDER[operator]
  if (order === undefined) return never(term)
  if (literal < 0 || literal > limit) return (literal < 0 ? order.below : order.above) ? term.present : never(term)
  if (operator === 'ne') return `(${term.present} && !(${term.text} == ${literal}))`
  return `${term.text} ${order.sign} ${literal}`
}

/** The filter for membership of an integer. */
export function integerMembership(term: IntegerTerm, members: readonly Member[]): string {
  const limit = 2 ** term.bits - 1
  const ranges = members.flatMap((member) => {
    if (member.kind === 'IpRange') return []
    const [first, last] =
      member.kind === 'IntRange' ? [member.first, member.last] : [Number(member.value), Number(member.value)]
    return last < 0 || first > limit ? [] : [{ first: Math.max(0, first), last: Math.min(limit, last) }]
  })
  if (ranges.length === 0) return never(term)
  if (!term.allowsSet) {
    return `(${ranges.map(({ first, last }) => `(${term.text} >= ${first} && ${term.text} <= ${last})`).join(' || ')})`
  }
  const elements = ranges.map(({ first, last }) => (first === last ? String(first) : `${first}..${last}`))
  return `${term.text} in {${elements.join(', ')}}`
}

/** Wireshark has no literal for false. */
function never(term: IntegerTerm): string {
  return `(${term.present} && !${term.present})`
}
