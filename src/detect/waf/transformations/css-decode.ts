import { copyBytes, outputBytes, outputText } from './byte-output.ts'
import { byteOfCodeUnit, hexDigitAt } from './hex-digit.ts'

const BACKSLASH = 0x5c
const LINE_FEED = 0x0a

/** Longest hexadecimal escape of CSS. */
const ESCAPE_DIGITS = 6

/**
 * Escapes of CSS 2: up to six hexadecimal digits and one white space that ends them. An escaped line break disappears,
 * another escaped character stands for itself, a backslash at the end stands for nothing.
 */
export function cssDecode(text: string): string {
  const start = text.indexOf('\\')
  if (start < 0) return text
  const output = outputBytes(text.length)
  let length = copyBytes(text, 0, start, output, 0)
  for (let at = start; at < text.length;) {
    const code = text.charCodeAt(at++)
    if (code !== BACKSLASH) {
      output[length++] = code
      continue
    }
    const digits = hexDigitsAt(text, at)
    if (digits > 0) {
      output[length++] = escapedByte(text, at, digits)
      at += digits
      if (isWhiteSpace(text.charCodeAt(at))) at++
    } else if (at < text.length) {
      const escaped = text.charCodeAt(at++)
      if (escaped !== LINE_FEED) output[length++] = escaped
    }
  }
  return outputText(output, length)
}

function hexDigitsAt(text: string, at: number): number {
  let count = 0
  while (count < ESCAPE_DIGITS && hexDigitAt(text, at + count) >= 0) count++
  return count
}

/** The low byte of the code point; a full-width form becomes ASCII. */
function escapedByte(text: string, at: number, digits: number): number {
  let codePoint = 0
  for (let i = 0; i < digits; i++) codePoint = codePoint * 16 + hexDigitAt(text, at + i)
  return byteOfCodeUnit(codePoint >>> 8, codePoint & 0xff)
}

const isWhiteSpace = (code: number): boolean => code === 0x20 || (code >= 0x09 && code <= 0x0d)
