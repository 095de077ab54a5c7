import { outputBytes, outputText } from './byte-output.ts'

const NON_ASCII = /[\x80-\xff]/

/** Longest output of a character: the two bytes of a short one become `%uXXXX`. */
const GROWTH = 3

const PERCENT = 0x25
const LETTER_U = 0x75
const DIGITS = '0123456789abcdef'

/** Writes characters of more than one byte of UTF-8 as `%uXXXX`; bytes that are no UTF-8 stay as they are. */
export function utf8toUnicode(text: string): string {
  if (!NON_ASCII.test(text)) return text
  const output = outputBytes(text.length * GROWTH)
  let length = 0
  let changed = false
  for (let at = 0; at < text.length;) {
    const size = sequenceLength(text, at)
    if (size === 1) {
      output[length++] = text.charCodeAt(at++)
      continue
    }
    changed = true
    const codePoint = codePointAt(text, at, size)
    output[length++] = PERCENT
    output[length++] = LETTER_U
    for (let shift = codePoint > 0xfffff ? 20 : codePoint > 0xffff ? 16 : 12; shift >= 0; shift -= 4) {
      output[length++] = DIGITS.charCodeAt((codePoint >>> shift) & 15)
    }
    at += size
  }
  return changed ? outputText(output, length) : text
}

/** Length of the character of more than one byte at `at`, or 1. */
function sequenceLength(text: string, at: number): number {
  const first = text.charCodeAt(at)
  const size =
    first >= 0xf0 && first <= 0xf4 ? 4 : first >= 0xe0 && first < 0xf0 ? 3 : first >= 0xc0 && first < 0xe0 ? 2 : 1
  if (at + size > text.length) return 1
  for (let i = 1; i < size; i++) if ((text.charCodeAt(at + i) & 0xc0) !== 0x80) return 1
  return size
}

function codePointAt(text: string, at: number, size: number): number {
  let codePoint = text.charCodeAt(at) & (0xff >> (size + 1))
  for (let i = 1; i < size; i++) codePoint = (codePoint << 6) | (text.charCodeAt(at + i) & 0x3f)
  return codePoint
}
