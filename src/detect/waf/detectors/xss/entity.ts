/** A character reference (HTML, section 13.2.5.72): its code point, and the index after it. */
export interface Entity {
  readonly code: number
  readonly end: number
}

/** The named ones that hide the syntax of scripts and URLs. */
const NAMED: Readonly<Record<string, number>> = {
  tab: 0x09,
  newline: 0x0a,
  colon: 0x3a,
  lpar: 0x28,
  rpar: 0x29,
  sol: 0x2f,
  amp: 0x26,
  lt: 0x3c,
  gt: 0x3e,
  quot: 0x22,
  apos: 0x27,
  equals: 0x3d,
  nbsp: 0xa0,
}

const LONGEST_NAME = 8
// Leading zeros are allowed in any number; nobody needs more than this.
const LONGEST_NUMBER = 32

/** The reference that begins with `&` at `at`, with or without `;`; undefined when it is none. */
export function readEntity(text: string, at: number, limit: number): Entity | undefined {
  if (text.charCodeAt(at + 1) === 0x23) return readNumber(text, at + 2, limit)
  let end = at + 1
  while (end < limit && end - at <= LONGEST_NAME && isLetter(text.charCodeAt(end))) end++
  if (text.charCodeAt(end) !== 0x3b) return undefined
  const code = NAMED[text.slice(at + 1, end).toLowerCase()]
  return code === undefined ? undefined : { code, end: end + 1 }
}

function readNumber(text: string, at: number, limit: number): Entity | undefined {
  const hex = (text.charCodeAt(at) | 0x20) === 0x78
  const from = hex ? at + 1 : at
  let end = from
  let code = 0
  for (; end < limit && end - from < LONGEST_NUMBER; end++) {
    const digit = hexDigit(text.charCodeAt(end))
    if (digit < 0 || (!hex && digit > 9)) break
    code = Math.min(code * (hex ? 16 : 10) + digit, 0x110000)
  }
  if (end === from) return undefined
  return { code, end: text.charCodeAt(end) === 0x3b ? end + 1 : end }
}

/** The character of a code point; a replacement for what is none. */
export function codePointText(code: number): string {
  return code <= 0x10ffff ? String.fromCodePoint(code) : '\ufffd'
}

function hexDigit(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30
  const letter = byte | 0x20
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1
}

function isLetter(byte: number): boolean {
  return (byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x7a
}
