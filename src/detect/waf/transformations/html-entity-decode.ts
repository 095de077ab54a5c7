import { copyBytes, outputBytes, outputText } from './byte-output.ts'
import { hexDigitAt } from './hex-digit.ts'

const HASH = 0x23
const SEMICOLON = 0x3b
const LETTER_X = 0x78
const TO_LOWER_CASE = 0x20

/** The named references that SecLang knows, by the number that their small letters make. */
const NAMED: ReadonlyMap<number, number> = new Map(
  Object.entries({ quot: 0x22, amp: 0x26, lt: 0x3c, gt: 0x3e, nbsp: 0xa0 }).map(([name, byte]) => [
    nameKey(name),
    byte,
  ]),
)

const LONGEST_NAME = 4

function nameKey(name: string): number {
  let key = 0
  for (let at = 0; at < name.length; at++) key = key * 256 + name.charCodeAt(at)
  return key
}

/**
 * Character references of HTML: `&#x3c;`, `&#60;`, `&lt;`, each also without its semicolon, as browsers read them.
 * A code point beyond a byte gives its low byte; what is no reference stays as it is.
 */
export function htmlEntityDecode(text: string): string {
  let ampersand = text.indexOf('&')
  if (ampersand < 0) return text
  const output = outputBytes(text.length)
  let length = 0
  let copiedTo = 0
  while (ampersand >= 0) {
    const reference = text.charCodeAt(ampersand + 1) === HASH ? numericAt(text, ampersand) : namedAt(text, ampersand)
    if (reference >= 0) {
      length = copyBytes(text, copiedTo, ampersand, output, length)
      output[length++] = reference & 0xff
      const end = Math.floor(reference / 256)
      copiedTo = text.charCodeAt(end) === SEMICOLON ? end + 1 : end
    }
    ampersand = text.indexOf('&', Math.max(ampersand + 1, copiedTo))
  }
  if (copiedTo === 0) return text
  length = copyBytes(text, copiedTo, text.length, output, length)
  return outputText(output, length)
}

/** The offset behind a reference and its byte in one number, so that none is allocated; -1 when it is no reference. */
function found(end: number, byte: number): number {
  return end * 256 + byte
}

function namedAt(text: string, ampersand: number): number {
  let key = 0
  let end = ampersand + 1
  while (isAlphanumeric(text.charCodeAt(end))) {
    if (end - ampersand > LONGEST_NAME) return -1
    key = key * 256 + (text.charCodeAt(end++) | TO_LOWER_CASE)
  }
  const byte = NAMED.get(key)
  return byte === undefined ? -1 : found(end, byte)
}

function numericAt(text: string, ampersand: number): number {
  const isHexadecimal = (text.charCodeAt(ampersand + 2) | TO_LOWER_CASE) === LETTER_X
  const base = isHexadecimal ? 16 : 10
  const digitsAt = ampersand + (isHexadecimal ? 3 : 2)
  let end = digitsAt
  let byte = 0
  for (let digit = hexDigitAt(text, end); digit >= 0 && digit < base; digit = hexDigitAt(text, ++end)) {
    // Kept within a byte at each step: there may be any number of digits.
    byte = (byte * base + digit) & 0xff
  }
  return end === digitsAt ? -1 : found(end, byte)
}

/** False behind the end of the text, where the code is NaN. */
function isAlphanumeric(code: number): boolean {
  const letter = code | TO_LOWER_CASE
  return (code >= 0x30 && code <= 0x39) || (letter >= 0x61 && letter <= 0x7a)
}
