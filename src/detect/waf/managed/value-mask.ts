/** Classes of bytes that decide which detectors have something to look for in a value. */
export const VALUE_MASK = {
  quote: 1 << 0,
  parenthesis: 1 << 1,
  angle: 1 << 2,
  /** `;`, `|`, `&`, backtick and line ends. */
  separator: 1 << 3,
  dollar: 1 << 4,
  brace: 1 << 5,
  slash: 1 << 6,
  backslash: 1 << 7,
  percent: 1 << 8,
  colon: 1 << 9,
  ampersand: 1 << 10,
  /** `#`, `@`, `[`, `*`: the rest of what opens template expressions. */
  opener: 1 << 11,
  /** `=`, `<`, `>`, `!`, `-`, `+`, `,`, `#`, `/`, `*`, `^`, `~`, `|`, `&`: operators and comments of SQL. */
  operator: 1 << 12,
  blank: 1 << 13,
  digit: 1 << 14,
  /** 0xc0 and 0xc1, which only overlong UTF-8 has, and 0xe0, which may begin it. */
  overlong: 1 << 15,
  /** 0xef, with which full-width letters begin. */
  fullWidth: 1 << 16,
  control: 1 << 17,
} as const

const CLASS_OF = classTable()

function classTable(): Int32Array {
  const table = new Int32Array(256)
  const add = (bytes: string, bit: number): void => {
    for (const byte of bytes) table[byte.charCodeAt(0)] |= bit
  }
  add('\'"`', VALUE_MASK.quote)
  add('()', VALUE_MASK.parenthesis)
  add('<>', VALUE_MASK.angle)
  add(';|&`\r\n', VALUE_MASK.separator)
  add('$', VALUE_MASK.dollar)
  add('{', VALUE_MASK.brace)
  add('/', VALUE_MASK.slash)
  add('\\', VALUE_MASK.backslash)
  add('%', VALUE_MASK.percent)
  add(':', VALUE_MASK.colon)
  add('&', VALUE_MASK.ampersand)
  add('#@[*', VALUE_MASK.opener)
  add('=<>!-+,#/*^~|&', VALUE_MASK.operator)
  add(' \t\n\r\f\v', VALUE_MASK.blank)
  add('0123456789', VALUE_MASK.digit)
  add('\xc0\xc1\xe0', VALUE_MASK.overlong)
  add('\xef', VALUE_MASK.fullWidth)
  for (let byte = 0; byte < 0x20; byte++) if (byte < 9 || byte > 13) table[byte] |= VALUE_MASK.control
  return table
}

/** The classes of all bytes in `text`. */
export function valueMask(text: string): number {
  let mask = 0
  for (let at = 0; at < text.length; at++) mask |= CLASS_OF[text.charCodeAt(at) & 0xff]
  return mask
}
