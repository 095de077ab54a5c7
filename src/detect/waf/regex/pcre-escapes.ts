import { ANY_BYTE, type ByteSet, CLASS_ESCAPES, invert, NOT_NEWLINE, RegexFault, setOf } from '#rules'

/** What an escape stands for, and its length with the backslash. */
export interface PcreEscape {
  readonly set: ByteSet
  /** The byte when the escape is a single one, and may start or end a range in a class. */
  readonly byte: number | undefined
  readonly length: number
  /** The letter has no meaning in PCRE and stands for itself. */
  readonly unknown?: boolean
}

// PCRE without UTF: `\h` knows the no-break space of latin1, `\v` its next-line.
const HORIZONTAL = setOf([0x09, 0x09], [0x20, 0x20], [0xa0, 0xa0])
const VERTICAL = setOf([0x0a, 0x0d], [0x85, 0x85])

const SETS: Readonly<Record<string, ByteSet>> = {
  ...CLASS_ESCAPES,
  h: HORIZONTAL,
  H: complement(HORIZONTAL),
  v: VERTICAL,
  V: complement(VERTICAL),
}
const SETS_OUTSIDE_CLASSES: Readonly<Record<string, ByteSet>> = { N: NOT_NEWLINE, C: ANY_BYTE }

const CONTROL: Readonly<Record<string, number>> = { a: 7, e: 27, f: 12, n: 10, r: 13, t: 9 }

/** Sticky patterns that start after the backslash, and the radix of their first group. */
const CODED: readonly (readonly [RegExp, number])[] = [
  [/x\{([0-9A-Fa-f]{1,8})\}/y, 16],
  [/x([0-9A-Fa-f]{0,2})/y, 16],
  [/o\{([0-7]{1,8})\}/y, 8],
  [/(0[0-7]{0,2})/y, 8],
  [/([1-3][0-7]{2}|[1-7][0-7]?)/y, 8],
]

const REFUSED: Readonly<Record<string, string>> = {
  p: 'Unicode properties are not supported: strings are bytes',
  P: 'Unicode properties are not supported: strings are bytes',
  X: 'Unicode clusters (`\\X`) are not supported: strings are bytes',
  K: '`\\K` is not supported: use a capture group',
  G: '`\\G` is not supported: there is no earlier match to start from',
  L: '`\\L`, `\\U`, `\\l` and `\\u` change case in Perl only',
  U: '`\\L`, `\\U`, `\\l` and `\\u` change case in Perl only',
  l: '`\\L`, `\\U`, `\\l` and `\\u` change case in Perl only',
  u: '`\\L`, `\\U`, `\\l` and `\\u` change case in Perl only',
}

/**
 * The bytes that an escape stands for; `at` is the offset of its backslash. Assertions, backreferences, `\R` and quotations are
 * not handled here. Throws a RegexFault for what PCRE has and bytes do not.
 */
export function escapeAt(pattern: string, at: number, inClass: boolean): PcreEscape {
  const letter = pattern[at + 1]
  if (letter === undefined) throw new RegexFault('the pattern ends with a single backslash', at)
  const named = SETS[letter] ?? (inClass ? undefined : SETS_OUTSIDE_CLASSES[letter])
  if (named !== undefined) return { set: named, byte: undefined, length: 2 }
  const control = CONTROL[letter]
  if (control !== undefined) return single(control, 2)
  if (letter === 'c') return controlAt(pattern, at)
  const coded = codedAt(pattern, at)
  if (coded !== undefined) return coded
  if (Object.hasOwn(REFUSED, letter)) throw new RegexFault(REFUSED[letter], at, at + 2)
  const self = single(letter.charCodeAt(0), 2)
  return /[A-Za-z0-9]/.test(letter) ? { ...self, unknown: true } : self
}

export function single(byte: number, length: number): PcreEscape {
  return { set: setOf([byte, byte]), byte, length }
}

/** `\cX`: the letter with the bit 0x40 turned over. */
function controlAt(pattern: string, at: number): PcreEscape {
  const letter = pattern.charCodeAt(at + 2)
  if (!(letter >= 0x20 && letter < 0x7f)) throw new RegexFault('`\\c` needs a printable ASCII character', at, at + 2)
  const upper = letter >= 0x61 && letter <= 0x7a ? letter - 32 : letter
  return single(upper ^ 0x40, 3)
}

function codedAt(pattern: string, at: number): PcreEscape | undefined {
  for (const [form, radix] of CODED) {
    form.lastIndex = at + 1
    const match = form.exec(pattern)
    if (match === null) continue
    const length = match[0].length + 1
    const byte = match[1] === '' ? 0 : Number.parseInt(match[1], radix)
    if (byte > 255) throw new RegexFault('patterns match bytes: the largest is `\\xff`', at, at + length)
    return single(byte, length)
  }
  return undefined
}

function complement(set: ByteSet): ByteSet {
  const copy = set.slice()
  invert(copy)
  return copy
}
