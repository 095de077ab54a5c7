import type { Field, FieldType, ScalarType } from '#fields'
import { lowerAscii } from '#wire'
import type { FieldNode, Operand } from '../expression.ts'
import { elementType, indexedType, isScalar } from '../field-type.ts'
import { FUNCTIONS } from '../functions/index.ts'
import { nearestName } from '../nearest.ts'
import { RuleFault } from '../rule-error.ts'
import { iterationBase, joinSpans } from '../tree.ts'
import { parseCall } from './call.ts'
import { type Cursor, describeToken } from './cursor.ts'
import { integerValue } from './number-literal.ts'
import { meantOperator } from './operators.ts'
import { stringValue } from './string-literal.ts'
import type { Token } from './token.ts'

/** Takes a field or a function call with its indexes. */
export function parseOperand(cursor: Cursor): Operand {
  const token = cursor.peek()
  if (token.kind !== 'word') {
    throw new RuleFault(
      'syntax',
      `expected a field or a function, found ${describeToken(token)}`,
      token,
      literalHint(token),
    )
  }
  let operand: Operand = cursor.isSign('(', 1) ? parseCall(cursor) : parseField(cursor)
  while (cursor.isSign('[')) operand = parseIndex(cursor, operand)
  return operand
}

function literalHint(token: Token): string | undefined {
  const isLiteral =
    token.kind === 'quoted' || token.kind === 'raw' || token.kind === 'number' || token.kind === 'address'
  return isLiteral ? 'the literal stands on the right of the operator' : undefined
}

function parseField(cursor: Cursor): FieldNode {
  const token = cursor.next()
  const field = cursor.options.fields.get(token.text)
  if (field === undefined) throw unknownField(cursor, token)
  checkReadable(cursor, field, token)
  return { kind: 'Field', name: field.name, type: field.type, span: { start: token.start, end: token.end } }
}

function unknownField(cursor: Cursor, token: Token): RuleFault {
  const meant = meantOperator(token.text)
  if (meant !== undefined)
    return new RuleFault('syntax', `expected a field, found the word \`${token.text}\``, token, meant)
  if (FUNCTIONS.has(token.text)) {
    return new RuleFault('unknown-field', `\`${token.text}\` is a function`, token, `write \`${token.text}(...)\``)
  }
  return new RuleFault('unknown-field', `there is no field \`${token.text}\``, token, fieldHint(cursor, token.text))
}

/** What Wireshark writes as the name of a protocol alone. */
const PROTOCOL_CONDITIONS: ReadonlyMap<string, string> = new Map([
  ['arp', 'eth.type == 0x0806'],
  ['icmp', 'ip.proto == 1'],
  ['icmpv6', 'ip.proto == 58'],
  ['ip', 'ip.version == 4'],
  ['ipv6', 'ip.version == 6'],
  ['tcp', 'ip.proto == 6'],
  ['udp', 'ip.proto == 17'],
])

function fieldHint({ options: { fields } }: Cursor, name: string): string | undefined {
  const condition = PROTOCOL_CONDITIONS.get(name)
  if (condition !== undefined) return `write \`${condition}\``
  const own = [...fields.values()].find(({ targets }) => targets?.displayFilter === name)
  if (own !== undefined) return `that is Wireshark's name of \`${own.name}\``
  const nearest = nearestName(name, fields.keys())
  return nearest === undefined ? undefined : `did you mean \`${nearest}\`?`
}

function checkReadable(cursor: Cursor, field: Field, token: Token): void {
  const { point, stage } = cursor.options
  if (point !== undefined && !field.points.includes(point)) {
    const message = `\`${field.name}\` cannot be read by ${point}; it can by ${field.points.join(', ')}`
    throw new RuleFault('not-readable', message, token)
  }
  if (stage === 'head' && field.since === 'inspection') {
    const message = `\`${field.name}\` is not known before the WAF has inspected the request, which this phase decides about`
    throw new RuleFault('not-readable', message, token, 'use it in firewall_custom or in a later phase')
  }
  if (stage !== undefined && field.since === 'end') {
    const message = `\`${field.name}\` is not known before the answer was sent: no rule can read it`
    throw new RuleFault('not-readable', message, token, 'use it to search events')
  }
  if ((stage === 'request' || stage === 'head') && field.since === 'response') {
    const message = `\`${field.name}\` is not known before the origin answered`
    throw new RuleFault('not-readable', message, token, 'use it in a response phase')
  }
}

/** The unit of what an operand counts: only a field that stands alone has one. */
export function unitOf(cursor: Cursor, operand: Operand): Field['unit'] {
  return operand.kind === 'Field' ? cursor.options.fields.get(operand.name)?.unit : undefined
}

function parseIndex(cursor: Cursor, operand: Operand): Operand {
  cursor.next()
  if (cursor.isSign('*')) return parseEach(cursor, operand)
  if (iterationBase(operand) !== undefined) {
    throw new RuleFault('type', 'after `[*]` there are several values: an index cannot pick one', cursor.peek())
  }
  const token = cursor.next()
  const index = indexValue(token)
  const closing = cursor.expect(']', 'after the index')
  const type = indexedType(operand.type, typeof index === 'number' ? 'position' : 'key')
  if (type === undefined) throw wrongIndex(operand.type, token)
  const folded = typeof index === 'string' && foldsKeys(cursor, operand) ? lowerAscii(index) : index
  return { kind: 'Index', operand, index: folded, type, span: joinSpans(operand.span, closing) }
}

function indexValue(token: Token): string | number {
  if (token.kind === 'quoted' || token.kind === 'raw') return stringValue(token, 'text')
  if (token.kind !== 'number') {
    throw new RuleFault(
      'syntax',
      `expected a position, a key in quotes, or \`*\`, found ${describeToken(token)}`,
      token,
    )
  }
  const position = integerValue(token, undefined)
  if (position < 0) throw new RuleFault('literal', 'positions count from 0', token)
  return position
}

function wrongIndex(type: FieldType, token: Token): RuleFault {
  if (type.startsWith('Map<')) return new RuleFault('type', `a ${type} is indexed by a key in quotes`, token)
  if (type.startsWith('Array<')) return new RuleFault('type', `an ${type} is indexed by a position, or by \`*\``, token)
  return new RuleFault('type', `a value of type ${type} has no elements`, token)
}

function foldsKeys(cursor: Cursor, operand: Operand): boolean {
  return operand.kind === 'Field' && cursor.options.fields.get(operand.name)?.keys === 'lower-case'
}

function parseEach(cursor: Cursor, operand: Operand): Operand {
  const star = cursor.next()
  const closing = cursor.expect(']', 'after `*`')
  // `lower(names[*])[*]`: the call iterates already.
  if (iterationBase(operand) !== undefined) return { ...operand, span: joinSpans(operand.span, closing) }
  const type = elementType(operand.type)
  if (type === undefined) throw new RuleFault('type', `a value of type ${operand.type} has no elements`, star)
  return { kind: 'Each', operand, type, span: joinSpans(operand.span, closing) }
}

/** Throws when an operand is not of a scalar type; otherwise its type. */
export function scalarTypeOf(operand: Operand): ScalarType {
  if (isScalar(operand.type)) return operand.type
  const suggestion = operand.type.startsWith('Map<')
    ? 'pick an entry with `["key"]`, or all with `any(...[*] ...)`'
    : 'pick an element with `[0]`, or all with `any(...[*] ...)`'
  throw new RuleFault('type', `this is of type ${operand.type}, a single value is needed`, operand.span, suggestion)
}
