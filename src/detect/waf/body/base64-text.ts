import { isUtf8 } from 'node:buffer'

const EQUALS = 0x3d
const DOT = 0x2e

/** Value of a base64 or base64url letter (RFC 4648 sections 4 and 5), or -1. */
const LETTER_VALUE = Int8Array.from({ length: 256 }, (_, byte) => {
  if (byte >= 0x80) return -1
  const letter = String.fromCharCode(byte).replace('-', '+').replace('_', '/')
  return 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'.indexOf(letter)
})

/** Bytes of text: printable ASCII, white space, and bytes of UTF-8 sequences. */
const TEXT_BYTE = Uint8Array.from({ length: 256 }, (_, byte) =>
  byte >= 0x80 || (byte >= 0x20 && byte !== 0x7f) || byte === 9 || byte === 10 || byte === 13 ? 1 : 0,
)

// Twelve bytes: shorter words would decode to text by chance, and hold no attack.
const SHORTEST = 16
// A JSON object in base64 begins so: the mark of a token of dot-separated pieces (RFC 7519).
const TOKEN_START = 'eyJ'

/**
 * The texts that a value holds in base64: one, or the header and claims of a token; undefined for every other value. Letters
 * decode to text by chance with every group more rarely, so the first groups tell most words and numbers apart.
 */
export function decodeBase64Text(value: string): readonly string[] | undefined {
  if (value.length < SHORTEST) return undefined
  if (value.startsWith(TOKEN_START) && value.includes('.')) return decodeToken(value)
  const text = decodeText(value, 0, value.length)
  return text === undefined ? undefined : [text]
}

function decodeToken(value: string): readonly string[] | undefined {
  const texts: string[] = []
  let from = 0
  for (let at = 0; at <= value.length && texts.length < 2; at++) {
    if (at < value.length && value.charCodeAt(at) !== DOT) continue
    const text = decodeText(value, from, at)
    if (text !== undefined) texts.push(text)
    from = at + 1
  }
  return texts.length === 0 ? undefined : texts
}

/** The text that the letters from `from` to `to` encode; undefined when they are no base64 of text. */
function decodeText(value: string, from: number, to: number): string | undefined {
  let end = to
  while (end > from && end > to - 2 && value.charCodeAt(end - 1) === EQUALS) end--
  if (end - from < 8 || (end - from) % 4 === 1 || !isEncodedText(value, from, end)) return undefined
  const bytes = Buffer.from(value.slice(from, end), 'base64')
  // Bytes above 0x7f in text come in sequences of UTF-8; chance does not make them.
  return isUtf8(bytes) ? bytes.toString('latin1') : undefined
}

function isEncodedText(value: string, from: number, to: number): boolean {
  let bits = 0
  let kept = 0
  for (let at = from; at < to; at++) {
    const letter = LETTER_VALUE[value.charCodeAt(at)]
    if (letter < 0) return false
    bits = ((bits << 6) | letter) & 0xfff
    kept += 6
    if (kept >= 8) {
      kept -= 8
      if (TEXT_BYTE[(bits >> kept) & 0xff] === 0) return false
    }
  }
  return true
}
