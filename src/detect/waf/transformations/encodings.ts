import { outputBytes, outputText } from './byte-output.ts'
import { hexDigitAt, hexPairAt } from './hex-digit.ts'

const BASE64_END = /[^A-Za-z0-9+/]/
const NOT_BASE64 = /[^A-Za-z0-9+/]+/g

/** Decodes base64 up to the first character that is none. */
export function base64Decode(text: string): string {
  const end = text.search(BASE64_END)
  return Buffer.from(end < 0 ? text : text.slice(0, end), 'base64').toString('latin1')
}

/** Decodes base64, passing over characters that are none. */
export function base64DecodeExt(text: string): string {
  return Buffer.from(text.replace(NOT_BASE64, ''), 'base64').toString('latin1')
}

/** Encodes as base64 with padding. */
export function base64Encode(text: string): string {
  return Buffer.from(text, 'latin1').toString('base64')
}

/** Reads two hexadecimal digits as a byte; a digit that is none counts as 0, one that is left over is dropped. */
export function hexDecode(text: string): string {
  const length = text.length >> 1
  const output = outputBytes(length)
  for (let i = 0; i < length; i++) {
    output[i] = Math.max(0, hexDigitAt(text, 2 * i)) * 16 + Math.max(0, hexDigitAt(text, 2 * i + 1))
  }
  return outputText(output, length)
}

/** Each byte as two lower-case hexadecimal digits. */
export function hexEncode(text: string): string {
  return Buffer.from(text, 'latin1').toString('hex')
}

const DIGIT_0 = 0x30
const LETTER_X = 0x78
const TO_LOWER_CASE = 0x20

/** Hexadecimal literals of SQL, such as `0x41424a`, as the bytes that they stand for. */
export function sqlHexDecode(text: string): string {
  const output = outputBytes(text.length)
  let length = 0
  for (let at = 0; at < text.length;) {
    const isLiteral =
      text.charCodeAt(at) === DIGIT_0 &&
      (text.charCodeAt(at + 1) | TO_LOWER_CASE) === LETTER_X &&
      hexPairAt(text, at + 2) >= 0
    if (!isLiteral) {
      output[length++] = text.charCodeAt(at++)
      continue
    }
    at += 2
    for (let byte = hexPairAt(text, at); byte >= 0; byte = hexPairAt(text, at)) {
      output[length++] = byte
      at += 2
    }
  }
  return length === text.length ? text : outputText(output, length)
}

const KEPT_IN_URLS = /^[A-Za-z0-9*]$/

/** What each byte becomes in a URL. */
const URL_ENCODED = Array.from({ length: 256 }, (_, byte) => {
  const character = String.fromCharCode(byte)
  if (character === ' ') return '+'
  return KEPT_IN_URLS.test(character) ? character : `%${byte.toString(16).padStart(2, '0')}`
})

const URL_GROWTH = 3

/** Writes every byte apart from letters, digits and `*` as `%xx`, and a space as `+`. */
export function urlEncode(text: string): string {
  const output = outputBytes(text.length * URL_GROWTH)
  let length = 0
  for (let at = 0; at < text.length; at++) {
    const encoded = URL_ENCODED[text.charCodeAt(at) & 0xff]
    for (let i = 0; i < encoded.length; i++) output[length++] = encoded.charCodeAt(i)
  }
  return length === text.length && !text.includes(' ') ? text : outputText(output, length)
}
