import { HEX_VALUE, scratch } from './byte-text.ts'

const PERCENT = 0x25
const PLUS = 0x2b
const SPACE = 0x20
const LOWER_U = 0x75

/** What decoding saw that an honest client does not write. */
export interface EscapeTally {
  /** Percent signs that begin no escape. */
  invalid: number
  /** `%uXXXX`: only some servers decode it, so it stays as it is; it also counts as invalid. */
  percentU: boolean
  /** An escape or a byte of value 0. */
  nul: boolean
}

/**
 * The text from `from` to `to` with percent-escapes as bytes and, with `plusIsSpace`, `+` as a space. Broken escapes stay as
 * they are and are counted (as form parsers do; WHATWG URL, application/x-www-form-urlencoded).
 */
export function decodePercent(
  text: string,
  from: number,
  to: number,
  plusIsSpace: boolean,
  tally: EscapeTally,
): string {
  const target = scratch(to - from)
  let written = 0
  for (let at = from; at < to; at++) {
    let byte = text.charCodeAt(at)
    if (byte === PERCENT) {
      const high = at + 2 < to ? HEX_VALUE[text.charCodeAt(at + 1)] : -1
      const low = high < 0 ? -1 : HEX_VALUE[text.charCodeAt(at + 2)]
      if (low < 0) {
        noteInvalid(text, at, to, tally)
      } else {
        byte = high * 16 + low
        at += 2
      }
    } else if (byte === PLUS && plusIsSpace) {
      byte = SPACE
    }
    if (byte === 0) tally.nul = true
    target[written++] = byte
  }
  return target.toString('latin1', 0, written)
}

function noteInvalid(text: string, at: number, to: number, tally: EscapeTally): void {
  tally.invalid++
  if (at + 1 < to && (text.charCodeAt(at + 1) | 0x20) === LOWER_U) tally.percentU = true
}
