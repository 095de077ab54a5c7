import { CONTROL_ESCAPES, octalDigitsAt, octalValue } from './backslash-escapes.ts'
import { copyBytes, outputBytes, outputText } from './byte-output.ts'
import { hexPairAt } from './hex-digit.ts'

const BACKSLASH = 0x5c
const LETTER_X = 0x78
const TO_LOWER_CASE = 0x20

/** Escapes of ANSI C: `\xXX`, octal, `\n` and the like. The backslash of an unknown escape is dropped. */
export function escapeSeqDecode(text: string): string {
  const start = text.indexOf('\\')
  if (start < 0 || start === text.length - 1) return text
  const output = outputBytes(text.length)
  let length = copyBytes(text, 0, start, output, 0)
  for (let at = start; at < text.length;) {
    const code = text.charCodeAt(at)
    if (code !== BACKSLASH || at + 1 === text.length) {
      output[length++] = code
      at++
      continue
    }
    const next = text.charCodeAt(at + 1)
    const control = CONTROL_ESCAPES[next & 0xff]
    const pair = (next | TO_LOWER_CASE) === LETTER_X ? hexPairAt(text, at + 2) : -1
    const digits = octalDigitsAt(text, at + 1)
    if (control >= 0) {
      output[length++] = control
      at += 2
    } else if (pair >= 0) {
      output[length++] = pair
      at += 4
    } else if (digits > 0) {
      // More than a byte keeps its low byte.
      output[length++] = octalValue(text, at + 1, digits)
      at += 1 + digits
    } else {
      output[length++] = next
      at += 2
    }
  }
  return outputText(output, length)
}
