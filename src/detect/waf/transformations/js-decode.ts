import { CONTROL_ESCAPES, octalDigitsAt, octalValue } from './backslash-escapes.ts'
import { copyBytes, outputBytes, outputText } from './byte-output.ts'
import { byteOfCodeUnit, hexPairAt } from './hex-digit.ts'

const BACKSLASH = 0x5c
const LETTER_U = 0x75
const LETTER_X = 0x78
const DIGIT_3 = 0x33

/** Escapes of JavaScript strings: `\uXXXX`, `\xXX`, octal, `\n` and the like; another escaped character stands for itself. */
export function jsDecode(text: string): string {
  const start = text.indexOf('\\')
  // A backslash that ends the text escapes nothing.
  if (start < 0 || start === text.length - 1) return text
  const output = outputBytes(text.length)
  let length = copyBytes(text, 0, start, output, 0)
  for (let at = start; at < text.length;) {
    const code = text.charCodeAt(at)
    if (code !== BACKSLASH || at + 1 === text.length) {
      output[length++] = code
      at++
    } else {
      const taken = escapeLength(text, at + 1)
      output[length++] = escapedByte(text, at + 1, taken)
      at += 1 + taken
    }
  }
  return outputText(output, length)
}

/** Length of the escape behind its backslash. */
function escapeLength(text: string, at: number): number {
  const code = text.charCodeAt(at)
  if (code === LETTER_U && hexPairAt(text, at + 1) >= 0 && hexPairAt(text, at + 3) >= 0) return 5
  if (code === LETTER_X && hexPairAt(text, at + 1) >= 0) return 3
  const digits = octalDigitsAt(text, at)
  if (digits === 0) return 1
  // Three digits from \400 on would be more than a byte: the third is a character of its own.
  return digits === 3 && code > DIGIT_3 ? 2 : digits
}

function escapedByte(text: string, at: number, taken: number): number {
  const code = text.charCodeAt(at)
  if (code === LETTER_U && taken === 5) return byteOfCodeUnit(hexPairAt(text, at + 1), hexPairAt(text, at + 3))
  if (code === LETTER_X && taken === 3) return hexPairAt(text, at + 1)
  if (octalDigitsAt(text, at) > 0) return octalValue(text, at, taken)
  const control = CONTROL_ESCAPES[code & 0xff]
  return control < 0 ? code : control
}
