import { FIELD_BY_NAME } from '#fields'
import type { CallNode, ComparisonNode, Expression, LogicalOperator, MembershipNode, Operand } from '../expression.ts'
import * as address from './display-filter-address.ts'
import { ipv6Twin } from './display-filter-ip.ts'
import { integerComparison, integerField, integerMembership, type IntegerTerm } from './display-filter-integer.ts'
import { affixFilter, stringComparison, stringMembership, type StringTerm } from './display-filter-string.ts'
import { holdsWithoutQuery, type LeafNode, withUriForPath } from './display-filter-uri.ts'
import { Refusal, refusable, type TargetRefusal } from './refusal.ts'

/** A filter in Wireshark's own language. */
export interface DisplayFilter {
  readonly ok: true
  readonly text: string
}

/** Each `xor` writes its operands twice. */
const TEXT_LIMIT = 65_536

const JOIN: Readonly<Record<LogicalOperator, (left: string, right: string) => string>> = {
  and: (left, right) => `(${left} && ${right})`,
  or: (left, right) => `(${left} || ${right})`,
  xor: (left, right) => `((${left} && !(${right})) || (!(${left}) && ${right}))`,
}

const FIELDS_SIGN: Readonly<Partial<Record<ComparisonNode['operator'], string>>> = {
  eq: '==',
  ne: '==',
  lt: '<',
  le: '<=',
  gt: '>',
  ge: '>=',
  contains: 'contains',
  bit_test: '&',
}

/**
 * The Wireshark display filter (4.0 and later) that selects the same packets. What differs there is written out: a field
 * alone asks whether it is present, `!=` has meant several things, `matches` ignores case, nothing contains "", and each
 * address family has its own names. A packet is taken to hold each field once: of several Wireshark asks for any.
 * Refuses, naming the place, what a display filter cannot say.
 */
export function compileDisplayFilter(expression: Expression): DisplayFilter | TargetRefusal {
  return refusable(() => ({ ok: true, text: condition(expression) }))
}

function condition(node: Expression): string {
  switch (node.kind) {
    case 'Logical':
      return node.operands.map(condition).reduce((left, right) => {
        const text = JOIN[node.operator](left, right)
        if (text.length > TEXT_LIMIT) throw new Refusal('this expression is too large for a display filter', node.span)
        return text
      })
    case 'Not':
      return `!(${condition(node.operand)})`
    case 'ListMembership':
      throw new Refusal('Wireshark has no named lists: write the values as `in {...}`', node.span)
    default:
      return leaf(node)
  }
}

/** A single condition. What one field says of both IP versions has two names there. Of a request without query Wireshark has no query, and no path either: there the URI is the path. */
function leaf(node: LeafNode): string {
  const text = leafText(node)
  const twin = ipv6Twin(node)
  if (twin !== undefined) return `(${text} || ${leafText(twin)})`
  if (holdsWithoutQuery(node)) return `(${text} || (http.request.uri && !http.request.uri.query))`
  const withoutQuery = withUriForPath(node)
  return withoutQuery === node ? text : `(${text} || (!http.request.uri.path && ${leafText(withoutQuery)}))`
}

function leafText(node: LeafNode): string {
  switch (node.kind) {
    case 'Comparison':
      return node.right.kind === 'Literal' ? literalComparison(node, node.right.value) : fieldsComparison(node)
    case 'Membership':
      return membership(node)
    case 'Truth':
      return truth(node.operand)
  }
}

function literalComparison(node: ComparisonNode, value: string | number | boolean | bigint): string {
  const { left, operator } = node
  switch (typeof value) {
    case 'boolean':
      return booleanComparison(left, operator, value)
    case 'string':
      return stringComparison(stringTerm(left), operator, value) ?? refuseBytes(node)
    default:
      return left.type === 'IP'
        ? address.addressComparison(addressTerm(left), operator, value)
        : integerComparison(integerTerm(left), operator, Number(value))
  }
}

function booleanComparison(left: Operand, operator: ComparisonNode['operator'], value: boolean): string {
  if (left.kind === 'Call') {
    throw new Refusal('Wireshark compares no conditions: write the call alone, or with `not`', left.span)
  }
  return `${fieldName(left)} == ${value === (operator === 'eq') ? 1 : 0}`
}

function fieldsComparison(node: ComparisonNode): string {
  const { left, right, operator } = node
  const sign = FIELDS_SIGN[operator]
  if (sign === undefined) throw new Refusal('Wireshark needs a literal here', right.span)
  if (left.type === 'IP') {
    const [first, second] = [addressTerm(left), addressTerm(right)]
    const equal = address.addressFieldsComparison(first, sign, second)
    if (operator !== 'ne') return equal
    return `(${address.addressPresent(first)} && ${address.addressPresent(second)} && !${equal})`
  }
  const [first, second] = [valueTerm(left), valueTerm(right)]
  const compared = `${first.text} ${sign} ${second.text}`
  if (operator === 'ne') return `(${first.present} && ${second.present} && !(${compared}))`
  // Nothing contains the empty string there.
  return operator === 'contains' ? `(${compared} || (${first.present} && ${second.text} == ""))` : compared
}

function membership(node: MembershipNode): string {
  const { operand, members } = node
  if (operand.type === 'IP') return address.addressMembership(addressTerm(operand), members)
  if (operand.type === 'Int') return integerMembership(integerTerm(operand), members)
  const values = members.map((member) => (member.kind === 'Value' ? String(member.value) : ''))
  return stringMembership(stringTerm(operand), values) ?? refuseBytes(node)
}

function truth(operand: Operand): string {
  if (operand.kind !== 'Call') return `${fieldName(operand)} == 1`
  const [source, ...rest] = operand.arguments.map((argument) => asOperand(argument, operand))
  const literals = rest.map((argument) => (argument.kind === 'Literal' ? String(argument.value) : undefined))
  const filters = literals.map((literal) => (literal === undefined ? undefined : truthOfCall(operand, source, literal)))
  if (filters.length === 0 || filters.includes(undefined)) throw unknownFunction(operand)
  return filters.length === 1 ? String(filters[0]) : `(${filters.join(' || ')})`
}

function truthOfCall(call: CallNode, source: Operand, literal: string): string | undefined {
  switch (call.name) {
    case 'starts_with':
      return affixFilter(stringTerm(source), literal, 'start') ?? refuseBytes(call)
    case 'ends_with':
      return affixFilter(stringTerm(source), literal, 'end') ?? refuseBytes(call)
    case 'contains_any':
      return stringComparison(stringTerm(source), 'contains', literal) ?? refuseBytes(call)
    default:
      return undefined
  }
}

function valueTerm(operand: Operand): StringTerm {
  return operand.type === 'Int' ? integerTerm(operand) : stringTerm(operand)
}

function addressTerm(operand: Operand): address.AddressNames {
  return address.addressNames(fieldName(operand))
}

/** A field, or what `len` gives of one. */
function integerTerm(operand: Operand): IntegerTerm {
  if (operand.kind !== 'Call') return integerField(fieldName(operand))
  if (operand.name !== 'len') throw unknownFunction(operand)
  const present = fieldName(asOperand(operand.arguments[0], operand))
  return { text: `len(${present})`, present, bits: 32, allowsSet: false }
}

/** A field, or what `lower` or `upper` gives of one: Wireshark nests no functions. */
function stringTerm(operand: Operand): StringTerm {
  if (operand.kind !== 'Call') {
    const present = fieldName(operand)
    return { text: present, present }
  }
  if (operand.name !== 'lower' && operand.name !== 'upper') throw unknownFunction(operand)
  const present = fieldName(asOperand(operand.arguments[0], operand))
  return { text: `${operand.name}(${present})`, present }
}

function asOperand(argument: Operand | Expression, call: CallNode): Operand {
  if ('type' in argument) return argument
  throw unknownFunction(call)
}

function fieldName(operand: Operand): string {
  if (operand.kind !== 'Field') throw new Refusal('Wireshark can only ask for a whole field here', operand.span)
  const name = FIELD_BY_NAME.get(operand.name)?.targets?.displayFilter
  if (name === undefined) throw new Refusal(`Wireshark has no field for \`${operand.name}\``, operand.span)
  return name
}

function unknownFunction(call: CallNode): Refusal {
  return new Refusal(`Wireshark has nothing that does what \`${call.name}\` does here`, call.span)
}

function refuseBytes(node: ComparisonNode | MembershipNode | CallNode): never {
  throw new Refusal('Wireshark shows bytes beyond ASCII decoded, so it cannot compare them', node.span)
}
