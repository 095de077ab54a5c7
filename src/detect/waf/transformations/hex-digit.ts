const VALUES = new Int8Array(256).fill(-1)
for (let digit = 0; digit < 10; digit++) VALUES[0x30 + digit] = digit
for (let letter = 0; letter < 6; letter++) VALUES[0x41 + letter] = VALUES[0x61 + letter] = 10 + letter

/** Value of the hexadecimal digit at `at`, or -1 where there is none. */
export function hexDigitAt(text: string, at: number): number {
  return at < text.length ? VALUES[text.charCodeAt(at) & 0xff] : -1
}

/** Byte of the two hexadecimal digits at `at`, or -1 when they are none. */
export function hexPairAt(text: string, at: number): number {
  const high = hexDigitAt(text, at)
  const low = hexDigitAt(text, at + 1)
  return high < 0 || low < 0 ? -1 : high * 16 + low
}

const FULL_WIDTH_HIGH_BYTE = 0xff
const FULL_WIDTH_LAST = 0x5f
const FULL_WIDTH_TO_ASCII = 0x20

/**
 * Byte that stands for a UTF-16 code unit: its low byte, apart from the full-width forms U+FF01 to U+FF5E, which servers
 * read as their ASCII letters.
 */
export function byteOfCodeUnit(high: number, low: number): number {
  return high === FULL_WIDTH_HIGH_BYTE && low > 0 && low < FULL_WIDTH_LAST ? low + FULL_WIDTH_TO_ASCII : low
}
