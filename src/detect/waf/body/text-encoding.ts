import type { BodyIrregularity } from '../body-contents.ts'
import { scratch, writeUtf8 } from './byte-text.ts'

const BYTE_ORDER_MARK = 0xfeff
const LAST_CODE_POINT = 0x10_ffff

/** A body as bytes of UTF-8, whatever Unicode form it came in. */
export interface UnicodeText {
  readonly text: string
  readonly irregularity: BodyIrregularity | undefined
}

/**
 * JSON and XML readers of some servers detect UTF-16 and UTF-32 by their zero bytes (RFC 4627 section 3, XML 1.0 appendix F), with or
 * without a byte order mark: such a body is turned to UTF-8 here, or its text would pass unread.
 */
export function unicodeText(bytes: Uint8Array, text: string): UnicodeText {
  const [first, second, third, fourth] = bytes
  if (first === 0xef && second === 0xbb && third === 0xbf)
    return { text: text.slice(3), irregularity: 'byte-order-mark' }
  if (bytes.length < 4) return { text, irregularity: undefined }
  if (third === 0 && fourth === 0 && second === (first === 0xff ? 0xfe : 0)) return fromUtf32(bytes, false)
  if (first === 0 && second === 0) return fromUtf32(bytes, true)
  if (first === 0xff && second === 0xfe) return fromUtf16(bytes.subarray(2), false)
  if (first === 0xfe && second === 0xff) return fromUtf16(bytes.subarray(2), true)
  if (first !== 0 && second === 0) return fromUtf16(bytes, false)
  if (first === 0 && second !== 0) return fromUtf16(bytes, true)
  return { text, irregularity: undefined }
}

function fromUtf16(bytes: Uint8Array, bigEndian: boolean): UnicodeText {
  const even = Buffer.from(bytes.subarray(0, bytes.length & ~1))
  if (bigEndian) even.swap16()
  return { text: Buffer.from(even.toString('utf16le'), 'utf8').toString('latin1'), irregularity: 'foreign-encoding' }
}

function fromUtf32(bytes: Uint8Array, bigEndian: boolean): UnicodeText {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  // Four bytes of UTF-32 are at most four of UTF-8.
  const target = scratch(bytes.length)
  let written = 0
  for (let at = 0; at + 4 <= bytes.length; at += 4) {
    const codePoint = view.getUint32(at, !bigEndian)
    const isMark = at === 0 && codePoint === BYTE_ORDER_MARK
    if (!isMark) written = writeUtf8(target, written, Math.min(codePoint, LAST_CODE_POINT))
  }
  return { text: target.toString('latin1', 0, written), irregularity: 'foreign-encoding' }
}
