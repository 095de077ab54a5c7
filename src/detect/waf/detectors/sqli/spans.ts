import { Byte, BYTE_CLASSES, inWord, WORD_BYTES } from './byte-class.ts'

const DOT = 0x2e
const DASH = 0x2d
const PLUS = 0x2b
const ZERO = 0x30

/** Longest look for the end of `$tag$` strings and bracketed names: both are rare, and a failed look must stay cheap. */
const SHORT_LOOK = 128
const MAX_SPLIT_WORD = 32

/** Index after the word bytes that begin at `at`. */
export function wordEnd(text: string, at: number): number {
  let end = at
  while (inWord(text, end)) end++
  return end
}

export function digitsEnd(text: string, at: number): number {
  let end = at
  while (BYTE_CLASSES[text.charCodeAt(end) & 0xff] === Byte.digit) end++
  return end
}

/** Index after an exponent at `at`, or `at` when there is none. */
export function exponentEnd(text: string, at: number): number {
  if ((text.charCodeAt(at) | 0x20) !== 0x65) return at
  const sign = text.charCodeAt(at + 1)
  const digits = sign === PLUS || sign === DASH ? at + 2 : at + 1
  const end = digitsEnd(text, digits)
  return end > digits ? end : at
}

/** Index after the number that begins with the digit at `at`: decimal with fraction and exponent, `0x41` or `0b01`. */
export function numberEnd(text: string, at: number): number {
  const second = text.charCodeAt(at + 1) | 0x20
  if (text.charCodeAt(at) === ZERO && (second === 0x78 || second === 0x62)) {
    let end = at + 2
    while (isHexDigit(text.charCodeAt(end))) end++
    if (end > at + 2) return end
  }
  const whole = digitsEnd(text, at)
  return exponentEnd(text, text.charCodeAt(whole) === DOT ? digitsEnd(text, whole + 1) : whole)
}

function isHexDigit(byte: number): boolean {
  return (byte >= ZERO && byte <= 0x39) || ((byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x66)
}

/** Index after a comparison of one to three bytes: `=`, `<=`, `<>`, `!=`, `<=>`, `==`. */
export function compareEnd(text: string, at: number): number {
  let end = at + 1
  while (end < at + 3) {
    const byte = text.charCodeAt(end)
    if (!(byte >= 0x3c && byte <= 0x3e)) break
    end++
  }
  // `<@` of PostgreSQL, unless a variable follows.
  const contained = text.charCodeAt(end) === 0x40 && text.charCodeAt(end - 1) === 0x3c && !inWord(text, end + 1)
  return contained && text.charCodeAt(end + 1) !== 0x40 ? end + 1 : end
}

/** Index after the bracketed name that begins with `[` at `at`, or -1. */
export function bracketNameEnd(text: string, at: number): number {
  let end = at + 1
  while (end - at < SHORT_LOOK && isBracketByte(text.charCodeAt(end))) end++
  return end > at + 1 && text.charCodeAt(end) === 0x5d ? end + 1 : -1
}

function isBracketByte(byte: number): boolean {
  return WORD_BYTES[byte & 0xff] === 1 || byte === 0x20 || byte === DOT || byte === 0x24 || byte === DASH
}

/** Index after the string that the tag from `at` to `from` (`$$`, `$tag$`) opens, or -1. */
export function dollarStringEnd(text: string, at: number, from: number): number {
  if (from - at > 16) return -1
  const tag = text.slice(at, from)
  const close = text.slice(from, from + SHORT_LOOK).indexOf(tag)
  return close < 0 ? -1 : from + close + tag.length
}

/** Index after a word that empty comments split, given the place of the first one; -1 when no letter follows it. */
export function splitWordEnd(text: string, commentAt: number): number {
  let end = commentAt
  while (end - commentAt < MAX_SPLIT_WORD && text.startsWith('/**/', end)) {
    const piece = wordEnd(text.slice(0, end + 4 + MAX_SPLIT_WORD), end + 4)
    if (piece === end + 4) return -1
    end = piece
  }
  return end === commentAt ? -1 : end
}
