/** What a byte may begin, outside of strings and comments. */
export const Byte = {
  other: 0,
  space: 1,
  digit: 2,
  letter: 3,
  singleQuote: 4,
  doubleQuote: 5,
  backtick: 6,
  open: 7,
  close: 8,
  comma: 9,
  semicolon: 10,
  dot: 11,
  dash: 12,
  hash: 13,
  slash: 14,
  star: 15,
  /** `= < > ! ~ ^` */
  compare: 16,
  pipe: 17,
  ampersand: 18,
  at: 19,
  colon: 20,
  bracket: 21,
  openBrace: 22,
  closeBrace: 23,
  /** `+ %` */
  sign: 24,
  backslash: 25,
  dollar: 26,
} as const

const SINGLES: readonly (readonly [byteClass: number, characters: string])[] = [
  [Byte.singleQuote, "'"],
  [Byte.doubleQuote, '"'],
  [Byte.backtick, '`'],
  [Byte.open, '('],
  [Byte.close, ')'],
  [Byte.comma, ','],
  [Byte.semicolon, ';'],
  [Byte.dot, '.'],
  [Byte.dash, '-'],
  [Byte.hash, '#'],
  [Byte.slash, '/'],
  [Byte.star, '*'],
  [Byte.compare, '=<>!~^'],
  [Byte.pipe, '|'],
  [Byte.ampersand, '&'],
  [Byte.at, '@'],
  [Byte.colon, ':'],
  [Byte.bracket, '['],
  [Byte.openBrace, '{'],
  [Byte.closeBrace, '}'],
  [Byte.sign, '+%'],
  [Byte.backslash, '\\'],
  [Byte.dollar, '$'],
  [Byte.letter, '_'],
]

function buildTable(): Uint8Array {
  const table = new Uint8Array(256)
  // SQL Server takes every control character for white space.
  table.fill(Byte.space, 0, 0x21)
  table.fill(Byte.digit, 0x30, 0x3a)
  table.fill(Byte.letter, 0x41, 0x5b)
  table.fill(Byte.letter, 0x61, 0x7b)
  table.fill(Byte.letter, 0x80)
  for (const [byteClass, characters] of SINGLES) {
    for (let index = 0; index < characters.length; index++) table[characters.charCodeAt(index)] = byteClass
  }
  return table
}

export const BYTE_CLASSES = buildTable()

/**
 * Bytes that words consist of after their first letter: 1. A NO-BREAK SPACE, which MySQL takes for white space, is the byte A0
 * or in UTF-8 C2 A0, and A0 is also the end of letters such as U+00E0: 2 asks for a look around.
 */
export const WORD_BYTES = Uint8Array.from(BYTE_CLASSES, (byteClass, byte) => {
  if (byte === 0xa0 || byte === 0xc2) return 2
  return byteClass === Byte.letter || byteClass === Byte.digit ? 1 : 0
})

/** True when a NO-BREAK SPACE begins at `at`. */
export function isNoBreakSpace(text: string, at: number): boolean {
  const byte = text.charCodeAt(at)
  if (byte === 0xc2) return text.charCodeAt(at + 1) === 0xa0
  return byte === 0xa0 && !(text.charCodeAt(at - 1) >= 0x80)
}

/** True when the byte at `at` goes on with a word. */
export function inWord(text: string, at: number): boolean {
  const kind = WORD_BYTES[text.charCodeAt(at) & 0xff]
  return kind === 1 || (kind === 2 && !isNoBreakSpace(text, at))
}
