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
const FIELD_BITS: Readonly<Record<string, number>> = {
  'tcp.srcport': 16,
  'tcp.dstport': 16,
  'http.response.code': 16,
}
const USUAL_BITS = 32

/** The term of an integer field by its Wireshark name. */
export function integerField(name: string): IntegerTerm {
  return { text: name, present: name, bits: FIELD_BITS[name] ?? USUAL_BITS, allowsSet: true }
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
