import { outputBytes, outputText } from './byte-output.ts'

const SPACE = 0x20
const TO_LOWER_CASE = 0x20

/** What becomes of a byte: itself unless it says something else. */
const DROPPED = 1
const SEPARATOR = 2
const JOINER = 3
const CAPITAL = 4

const KINDS = kinds()

function kinds(): Uint8Array {
  const table = new Uint8Array(256)
  const mark = (bytes: string, kind: number): void => {
    for (let at = 0; at < bytes.length; at++) table[bytes.charCodeAt(at)] = kind
  }
  mark('"\'\\^', DROPPED)
  mark(' ,;\t\r\n', SEPARATOR)
  mark('/(', JOINER)
  table.fill(CAPITAL, 0x41, 0x5b)
  return table
}

/**
 * What a shell makes of a command that was written to be overlooked: quotes, backslashes and carets go, separators become
 * one space, and none before a slash or an opening parenthesis; letters become small.
 */
export function cmdLine(text: string): string {
  const output = outputBytes(text.length)
  let length = 0
  let changed = false
  let afterSpace = false
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    const kind = KINDS[code & 0xff]
    if (kind === DROPPED) {
      changed = true
    } else if (kind === SEPARATOR) {
      changed ||= afterSpace || code !== SPACE
      if (!afterSpace) output[length++] = SPACE
      afterSpace = true
    } else {
      if (kind === JOINER && afterSpace) {
        length--
        changed = true
      }
      changed ||= kind === CAPITAL
      output[length++] = kind === CAPITAL ? code | TO_LOWER_CASE : code
      afterSpace = false
    }
  }
  return changed ? outputText(output, length) : text
}
