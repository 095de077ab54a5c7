import { RuleFault } from '../rule-error.ts'
import type { Token } from './token.ts'

/**
 * How a quoted string is read. `text`: all escapes. `regex`: only `\"` is an escape of the string, the rest belongs to the
 * regular expression. `wildcard`: as `text`, and `\*` is kept, because there it means a literal star.
 */
export type StringUse = 'text' | 'regex' | 'wildcard'

const LETTER_ESCAPES: Readonly<Record<string, string>> = { '"': '"', '\\': '\\', n: '\n', r: '\r', t: '\t' }
const HEX_ESCAPE = /x([0-9A-Fa-f]{2})/y
const OCTAL_ESCAPE = /[0-3][0-7]{0,2}|[4-7][0-7]?/y

/**
 * The bytes of a string token, one a character. Text is taken as UTF-8; `\xHH` and octal escapes are single bytes.
 * Throws a RuleFault at an unknown escape.
 */
export function stringValue(token: Token, use: StringUse): string {
  if (token.kind === 'raw') return utf8Bytes(token.text)
  if (use === 'regex') return utf8Bytes(token.text.replace(/\\(["\\])/g, (pair, next) => (next === '"' ? next : pair)))
  let value = ''
  let plainStart = 0
  const text = token.text
  for (let at = text.indexOf('\\'); at >= 0; at = text.indexOf('\\', plainStart)) {
    const escape = escapeAt(token, at + 1, use)
    value += utf8Bytes(text.slice(plainStart, at)) + escape.value
    plainStart = at + 1 + escape.length
  }
  return value + utf8Bytes(text.slice(plainStart))
}

function escapeAt(token: Token, at: number, use: StringUse): { value: string; length: number } {
  const letter = token.text[at]
  const known = LETTER_ESCAPES[letter]
  if (known !== undefined) return { value: known, length: 1 }
  if (letter === '*' && use === 'wildcard') return { value: '\\*', length: 1 }
  HEX_ESCAPE.lastIndex = at
  const hex = HEX_ESCAPE.exec(token.text)
  if (hex !== null) return { value: String.fromCharCode(Number.parseInt(hex[1], 16)), length: 3 }
  OCTAL_ESCAPE.lastIndex = at
  const octal = OCTAL_ESCAPE.exec(token.text)
  if (octal !== null) return { value: String.fromCharCode(Number.parseInt(octal[0], 8)), length: octal[0].length }
  const start = token.start + 1 + at - 1
  const place = { start, end: start + 2 }
  throw new RuleFault(
    'literal',
    `unknown escape \`\\${letter}\` in a string`,
    place,
    'write `\\\\` for a backslash, or a raw string r"..."',
  )
}

/** Unicode text as its UTF-8 bytes, one a character. */
export function utf8Bytes(text: string): string {
  // oxlint-disable-next-line no-control-regex -- ASCII is its own UTF-8
  return /^[\x00-\x7f]*$/.test(text) ? text : Buffer.from(text, 'utf8').toString('latin1')
}

function hexEscape(character: string): string {
  return `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`
}

const UNPRINTABLE = /[^\x20-\x7e]/g

/** Bytes outside printable ASCII as `\xHH`, which a regular expression reads as the same byte. */
export function printableRegex(pattern: string): string {
  return pattern.replace(UNPRINTABLE, hexEscape)
}

/** A string literal that reads back as `value`: raw when that spares escapes. */
export function printString(value: string): string {
  const printable = value.search(UNPRINTABLE) < 0
  if (printable && value.includes('\\')) return printRaw(value)
  return `"${value.replace(/["\\]/g, '\\$&').replace(UNPRINTABLE, hexEscape)}"`
}

/** A regular expression literal that reads back as `pattern`, which is printable. */
export function printRegex(pattern: string): string {
  return /["\\]/.test(pattern) ? printRaw(pattern) : `"${pattern}"`
}

function printRaw(value: string): string {
  let hashes = ''
  while (value.includes(`"${hashes}`)) hashes += '#'
  return hashes.length > 255 ? `"${value.replace(/["\\]/g, '\\$&')}"` : `r${hashes}"${value}"${hashes}`
}
