import { copyBytes, outputBytes, outputText } from './byte-output.ts'
import { byteOfCodeUnit, hexPairAt } from './hex-digit.ts'

const PERCENT = 0x25
const PLUS = 0x2b
const SPACE = 0x20
const LETTER_U = 0x75
const TO_LOWER_CASE = 0x20

/** Length of `%uXXXX`. */
const UNICODE_LENGTH = 6

/** `%XX` and `+`; a malformed escape stays as it is. */
export function urlDecode(text: string): string {
  return decode(text, false)
}

/** As `urlDecode`, with `%uXXXX` as IIS reads it. */
export function urlDecodeUni(text: string): string {
  return decode(text, true)
}

function decode(text: string, unicode: boolean): string {
  const start = firstEncoded(text)
  if (start < 0) return text
  const output = outputBytes(text.length)
  let length = copyBytes(text, 0, start, output, 0)
  let changed = false
  for (let at = start; at < text.length;) {
    const code = text.charCodeAt(at)
    let byte = code
    let taken = 1
    if (code === PLUS) byte = SPACE
    else if (code === PERCENT) {
      const pair = hexPairAt(text, at + 1)
      if (pair >= 0) {
        byte = pair
        taken = 3
      } else if (unicode && (text.charCodeAt(at + 1) | TO_LOWER_CASE) === LETTER_U) {
        const high = hexPairAt(text, at + 2)
        const low = hexPairAt(text, at + 4)
        if (high >= 0 && low >= 0) {
          byte = byteOfCodeUnit(high, low)
          taken = UNICODE_LENGTH
        }
      }
    }
    if (taken > 1 || byte !== code) changed = true
    output[length++] = byte
    at += taken
  }
  return changed ? outputText(output, length) : text
}

function firstEncoded(text: string): number {
  const percent = text.indexOf('%')
  const plus = text.indexOf('+')
  if (percent < 0 || plus < 0) return Math.max(percent, plus)
  return Math.min(percent, plus)
}
