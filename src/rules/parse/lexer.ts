import { RuleFault } from '../rule-error.ts'
import type { Token } from './token.ts'

const SPACE = /(?:[ \t\r\n\f]+|#[^\n]*)+/y
const RAW_START = /r(#{0,255})"/y
// Hexadecimal digits up to a colon: IPv6. A dotted tail and a prefix length belong to it, the `..` of a range does not.
const IPV6 = /[0-9A-Fa-f]*:[0-9A-Fa-f:]*(?:\.[0-9A-Fa-f]+)*(?:\/[0-9A-Za-z]+)?/y
const NUMBER = /-?[0-9][0-9A-Za-z_]*((?:\.[0-9A-Za-z_]+)*)(?:\/[0-9A-Za-z]+)?/y
const WORD = /[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z0-9_]+)*/y
const LIST = /\$([A-Za-z0-9_][A-Za-z0-9_.-]*)/y
const SIGN = /==|!=|<=|>=|&&|\|\||\^\^|\.\.|[(){}[\]*,<>&!~]/y

const MEANT: Readonly<Record<string, string>> = {
  '=': 'write `==` to compare',
  '|': 'write `||` or `or`',
  '^': 'write `^^` or `xor`',
  "'": 'write strings in double quotes',
  $: 'a list is written `$name`',
}

/**
 * Splits an expression into tokens; the last has kind `end`. White space and comments (`#` to the end of the line) only
 * separate. Throws a RuleFault at a character that no token starts with.
 */
export function tokenize(text: string): readonly Token[] {
  const tokens: Token[] = []
  let at = 0
  for (;;) {
    at += matchAt(SPACE, text, at)?.[0].length ?? 0
    if (at === text.length) break
    const token = tokenAt(text, at)
    tokens.push(token)
    at = token.end
  }
  tokens.push({ kind: 'end', text: '', start: at, end: at })
  return tokens
}

function tokenAt(text: string, at: number): Token {
  if (text[at] === '"') return quotedAt(text, at)
  const rawStart = matchAt(RAW_START, text, at)
  if (rawStart !== null) return rawAt(text, at, rawStart)
  const list = matchAt(LIST, text, at)
  if (list !== null) return { kind: 'list', text: list[1], start: at, end: at + list[0].length }
  const address = matchAt(IPV6, text, at)
  if (address !== null) return whole('address', address, at)
  const number = matchAt(NUMBER, text, at)
  if (number !== null) return whole(number[1] === '' && !number[0].includes('/') ? 'number' : 'address', number, at)
  const word = matchAt(WORD, text, at)
  if (word !== null) return whole('word', word, at)
  const sign = matchAt(SIGN, text, at)
  if (sign !== null) return whole('sign', sign, at)
  const character = String.fromCodePoint(text.codePointAt(at) ?? 0)
  const end = at + character.length
  throw new RuleFault(
    'syntax',
    `unexpected character ${JSON.stringify(character)}`,
    { start: at, end },
    MEANT[character],
  )
}

function matchAt(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at
  return pattern.exec(text)
}

function whole(kind: Token['kind'], match: RegExpExecArray, start: number): Token {
  return { kind, text: match[0], start, end: start + match[0].length }
}

function quotedAt(text: string, start: number): Token {
  for (let at = start + 1; at < text.length; at++) {
    if (text[at] === '\\') at++
    else if (text[at] === '"') return { kind: 'quoted', text: text.slice(start + 1, at), start, end: at + 1 }
  }
  throw new RuleFault('syntax', 'this string does not end', { start, end: start + 1 }, 'close it with `"`')
}

function rawAt(text: string, start: number, opening: RegExpExecArray): Token {
  const from = start + opening[0].length
  const closing = `"${opening[1]}`
  const end = text.indexOf(closing, from)
  if (end < 0) {
    const place = { start, end: from }
    throw new RuleFault('syntax', 'this raw string does not end', place, `close it with \`${closing}\``)
  }
  return { kind: 'raw', text: text.slice(from, end), start, end: end + closing.length }
}
