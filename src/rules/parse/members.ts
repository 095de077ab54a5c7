import type { Field, ScalarType } from '#fields'
import { type IpAddress, parseCidr, toUint128 } from '#wire'
import type { Member, Span } from '../expression.ts'
import { RuleFault } from '../rule-error.ts'
import { joinSpans } from '../tree.ts'
import { addressValue, parseLiteral } from './literal.ts'
import type { Cursor } from './cursor.ts'
import type { Token } from './token.ts'

/** Takes `{ ... }` with members of the wanted type, separated by white space or commas. */
export function parseMembers(cursor: Cursor, type: ScalarType, unit: Field['unit']): readonly Member[] {
  const opening = cursor.expect('{', 'after `in`')
  if (type === 'Bool')
    throw new RuleFault(
      'type',
      'a Bool is not looked up in a set',
      opening,
      'write the field alone, or `not` before it',
    )
  const members: Member[] = []
  while (!cursor.isSign('}')) {
    members.push(MEMBER_PARSERS[type](cursor, unit))
    cursor.accept(',')
  }
  const closing = cursor.next()
  if (members.length === 0) throw new RuleFault('syntax', 'the set is empty', joinSpans(opening, closing))
  return members
}

const MEMBER_PARSERS: Readonly<Record<'String' | 'Int' | 'IP', (cursor: Cursor, unit: Field['unit']) => Member>> = {
  String: parseStringMember,
  Int: parseIntMember,
  IP: parseIpMember,
}

function parseStringMember(cursor: Cursor): Member {
  const { value, span } = parseLiteral(cursor, 'String')
  return { kind: 'Value', value: String(value), span }
}

function parseIntMember(cursor: Cursor, unit: Field['unit']): Member {
  const first = parseLiteral(cursor, 'Int', unit)
  if (!cursor.accept('..')) return { kind: 'Value', value: Number(first.value), span: first.span }
  const last = parseLiteral(cursor, 'Int', unit)
  const span = joinSpans(first.span, last.span)
  if (Number(first.value) > Number(last.value)) throw backwards(span)
  return { kind: 'IntRange', first: Number(first.value), last: Number(last.value), span }
}

function parseIpMember(cursor: Cursor): Member {
  const token = cursor.peek()
  if (token.kind === 'address' && token.text.includes('/')) return networkMember(cursor.next())
  const first = parseLiteral(cursor, 'IP')
  const value = first.value as IpAddress
  if (!cursor.accept('..')) return { kind: 'Value', value, span: first.span }
  const lastToken = cursor.peek()
  if (lastToken.kind !== 'address') parseLiteral(cursor, 'IP')
  const last = addressValue(cursor.next())
  const span = joinSpans(first.span, lastToken)
  if (typeof value !== typeof last) throw new RuleFault('literal', 'a range stays within one family of addresses', span)
  if (toUint128(value) > toUint128(last)) throw backwards(span)
  return { kind: 'IpRange', range: { first: value, last }, span }
}

function networkMember(token: Token): Member {
  const range = parseCidr(token.text)
  if (range !== undefined) return { kind: 'IpRange', range, span: { start: token.start, end: token.end } }
  throw new RuleFault(
    'literal',
    `\`${token.text}\` is not a network: the address must be whole, the length in range and the bits after it zero`,
    token,
  )
}

function backwards(span: Span): RuleFault {
  return new RuleFault('literal', 'a range goes from the lower to the higher end', span)
}
