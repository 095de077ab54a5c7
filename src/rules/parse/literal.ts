import type { Field, ScalarType } from '#fields'
import { parseIp } from '#wire'
import type { LiteralNode } from '../expression.ts'
import { parseRegex } from '../regex/regex.ts'
import { RuleFault } from '../rule-error.ts'
import { parseWildcard } from '../wildcard.ts'
import { type Cursor, describeToken } from './cursor.ts'
import { integerValue } from './number-literal.ts'
import { printableRegex, stringValue, type StringUse } from './string-literal.ts'
import type { Token } from './token.ts'

const SHOWN: Readonly<Record<ScalarType, string>> = {
  Bool: 'true or false',
  Int: 'an integer such as 80',
  String: 'a string such as "text"',
  IP: 'an address such as 192.0.2.1',
}

/** The type of the literal that a token is; undefined when it is none. */
export function literalType(token: Token): ScalarType | undefined {
  if (token.kind === 'quoted' || token.kind === 'raw') return 'String'
  if (token.kind === 'number') return 'Int'
  if (token.kind === 'address') return 'IP'
  return token.kind === 'word' && (token.text === 'true' || token.text === 'false') ? 'Bool' : undefined
}

/** Takes a literal of the wanted type. `unit` is the unit of the field it is compared with. */
export function parseLiteral(
  cursor: Cursor,
  type: ScalarType,
  unit?: Field['unit'],
  use: StringUse = 'text',
): LiteralNode {
  const token = cursor.peek()
  const found = literalType(token)
  if (found !== type) throw wrongLiteral(token, found, type)
  cursor.next()
  return {
    kind: 'Literal',
    type,
    value: literalValue(token, type, unit, use),
    span: { start: token.start, end: token.end },
  }
}

function literalValue(token: Token, type: ScalarType, unit: Field['unit'], use: StringUse): LiteralNode['value'] {
  if (type === 'Bool') return token.text === 'true'
  if (type === 'Int') return integerValue(token, unit)
  if (type === 'IP') return addressValue(token)
  const text = stringValue(token, use)
  if (use === 'regex') return checkedRegex(text, token)
  if (use === 'wildcard') checkWildcard(text, token)
  return text
}

function wrongLiteral(token: Token, found: ScalarType | undefined, wanted: ScalarType): RuleFault {
  const message = `expected ${SHOWN[wanted]}, found ${describeToken(token)}`
  const quoted = wanted === 'String' && found !== undefined ? `write it in quotes: "${token.text}"` : undefined
  const bare = found === 'String' ? withoutQuotes(token, wanted) : undefined
  return new RuleFault(found === undefined ? 'syntax' : 'type', message, token, quoted ?? bare)
}

/** What a quoted text says is what is wanted, and only the quotes are too much. */
const IS_BARE: Readonly<Record<ScalarType, (text: string) => boolean>> = {
  Bool: (text) => text === 'true' || text === 'false',
  Int: (text) => /^(?:\d+|0x[\da-f]+)$/i.test(text),
  String: () => false,
  IP: (text) => parseIp(text) !== undefined,
}

function withoutQuotes(token: Token, wanted: ScalarType): string | undefined {
  const text = stringValue(token, 'text')
  return IS_BARE[wanted](text) ? `write it without quotes: ${text}` : undefined
}

/** The address that a token is; a prefix is refused. */
export function addressValue(token: Token): number | bigint {
  if (token.text.includes('/')) {
    throw new RuleFault('type', `\`${token.text}\` is a network, not an address`, token, `write \`in {${token.text}}\``)
  }
  const address = parseIp(token.text)
  if (address !== undefined) return address
  const hint = /^[0-9]+\.[0-9]+$/.test(token.text) ? 'there are no fractions' : undefined
  throw new RuleFault('literal', `\`${token.text}\` is not an IP address`, token, hint)
}

/** The pattern with unprintable bytes escaped, so that it prints as it is. */
function checkedRegex(pattern: string, token: Token): string {
  const result = parseRegex(pattern)
  if (result.ok) return printableRegex(pattern)
  // Offsets in the pattern are places in the text unless escapes or multi-byte characters came between.
  const from = token.end - 1 - pattern.length - (token.kind === 'raw' ? closingHashes(token) : 0)
  const exact = token.text === pattern
  const place = exact ? { start: from + result.start, end: from + result.end } : token
  throw new RuleFault('regex', result.message, place)
}

function closingHashes(token: Token): number {
  // A raw token spans r, hashes, quote, text, quote, hashes.
  return (token.end - token.start - token.text.length - 3) / 2
}

function checkWildcard(pattern: string, token: Token): void {
  const wildcard = parseWildcard(pattern)
  if (typeof wildcard === 'string') throw new RuleFault('literal', wildcard, token)
}
