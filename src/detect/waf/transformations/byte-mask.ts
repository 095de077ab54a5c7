import type { ByteMaskBits } from './transformation.ts'

/** Classes of bytes that decide which transformations and operators have something to do in a text. */
export const BYTE_MASK = {
  /** In the mask of every text, also of the empty one: for what is never the identity. */
  always: 1 << 0,
  nul: 1 << 1,
  /** HT, LF, VT, FF, CR and space. */
  whiteSpace: 1 << 2,
  upperCase: 1 << 3,
  lowerCase: 1 << 4,
  /** 0x80 to 0xff. */
  high: 1 << 5,
  percent: 1 << 6,
  plus: 1 << 7,
  ampersand: 1 << 8,
  backslash: 1 << 9,
  slash: 1 << 10,
  dot: 1 << 11,
  quote: 1 << 12,
  /** Caret, comma and semicolon: what shells skip or take for a separator. */
  shell: 1 << 13,
  /** `#`, `-`, `*`, `<`, `>` and `!`: parts of comments. */
  comment: 1 << 14,
  /** Letter x in either case: hexadecimal notation. */
  letterX: 1 << 15,
  /** Control characters apart from NUL and white space, and DEL. */
  control: 1 << 16,
  parenthesis: 1 << 17,
  backtick: 1 << 18,
  digit: 1 << 19,
  equals: 1 << 20,
  dollar: 1 << 21,
  /** `:`, `?`, `@`, brackets, braces, `|` and `~`: of printable bytes only the underscore is in no class. */
  other: 1 << 22,
} as const satisfies Record<string, ByteMaskBits>

const CLASS_OF = classTable()

function classTable(): Int32Array {
  const table = new Int32Array(256)
  const add = (bytes: string, bit: ByteMaskBits): void => {
    for (let at = 0; at < bytes.length; at++) table[bytes.charCodeAt(at)] |= bit
  }
  const range = (first: number, last: number, bit: ByteMaskBits): void => {
    for (let byte = first; byte <= last; byte++) table[byte] |= bit
  }
  range(0x01, 0x08, BYTE_MASK.control)
  range(0x0e, 0x1f, BYTE_MASK.control)
  range(0x7f, 0x7f, BYTE_MASK.control)
  range(0x09, 0x0d, BYTE_MASK.whiteSpace)
  range(0x41, 0x5a, BYTE_MASK.upperCase)
  range(0x61, 0x7a, BYTE_MASK.lowerCase)
  range(0x30, 0x39, BYTE_MASK.digit)
  range(0x80, 0xff, BYTE_MASK.high)
  add('\0', BYTE_MASK.nul)
  add(' ', BYTE_MASK.whiteSpace)
  add('%', BYTE_MASK.percent)
  add('+', BYTE_MASK.plus)
  add('&', BYTE_MASK.ampersand)
  add('\\', BYTE_MASK.backslash)
  add('/', BYTE_MASK.slash)
  add('.', BYTE_MASK.dot)
  add('\'"', BYTE_MASK.quote)
  add('^,;', BYTE_MASK.shell)
  add('#-*<>!', BYTE_MASK.comment)
  add('xX', BYTE_MASK.letterX)
  add('()', BYTE_MASK.parenthesis)
  add('`', BYTE_MASK.backtick)
  add('=', BYTE_MASK.equals)
  add('$', BYTE_MASK.dollar)
  add(':?@[]{}|~', BYTE_MASK.other)
  return table
}

/** The classes of all bytes in `text`, with `always`. */
export function maskOf(text: string): ByteMaskBits {
  let mask: ByteMaskBits = BYTE_MASK.always
  for (let at = 0; at < text.length; at++) mask |= CLASS_OF[text.charCodeAt(at) & 0xff]
  return mask
}
