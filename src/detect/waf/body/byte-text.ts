/** Value of a hexadecimal digit, or -1. */
export const HEX_VALUE = Int8Array.from({ length: 256 }, (_, byte) =>
  byte < 0x80 ? '0123456789abcdef'.indexOf(String.fromCharCode(byte).toLowerCase()) : -1,
)

// Kept between calls up to this size; decoding never calls back, so nobody sees it half written.
const KEPT_BYTES = 16 * 1024

const kept = Buffer.allocUnsafeSlow(KEPT_BYTES)

/** Room for `sizeBytes` bytes, to be read again before anybody else asks for room. */
export function scratch(sizeBytes: number): Buffer {
  return sizeBytes <= KEPT_BYTES ? kept : Buffer.allocUnsafeSlow(sizeBytes)
}

/** Bytes as a byte string. */
export function byteString(bytes: Uint8Array, from = 0, to = bytes.length): string {
  const view = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  return view.toString('latin1', from, to)
}

/** Writes a code point as UTF-8 at `at` and returns the place after it; a lone surrogate is written in three bytes. */
export function writeUtf8(target: Buffer, at: number, codePoint: number): number {
  if (codePoint < 0x80) {
    target[at] = codePoint
    return at + 1
  }
  if (codePoint < 0x800) {
    target[at] = 0xc0 | (codePoint >> 6)
    target[at + 1] = 0x80 | (codePoint & 0x3f)
    return at + 2
  }
  if (codePoint < 0x1_0000) {
    target[at] = 0xe0 | (codePoint >> 12)
    target[at + 1] = 0x80 | ((codePoint >> 6) & 0x3f)
    target[at + 2] = 0x80 | (codePoint & 0x3f)
    return at + 3
  }
  target[at] = 0xf0 | (codePoint >> 18)
  target[at + 1] = 0x80 | ((codePoint >> 12) & 0x3f)
  target[at + 2] = 0x80 | ((codePoint >> 6) & 0x3f)
  target[at + 3] = 0x80 | (codePoint & 0x3f)
  return at + 4
}

/** The four hexadecimal digits at `at` as a number; -1 when they are not four. */
export function hexQuad(text: string, at: number): number {
  if (at + 4 > text.length) return -1
  let value = 0
  for (let i = at; i < at + 4; i++) {
    const digit = HEX_VALUE[text.charCodeAt(i)]
    if (digit < 0) return -1
    value = value * 16 + digit
  }
  return value
}
