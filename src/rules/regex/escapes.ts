import { type ByteSet, CLASS_ESCAPES, setOf } from './byte-set.ts'
import { RegexFault } from './regex-node.ts'

const CONTROL: Readonly<Record<string, number>> = { a: 7, t: 9, n: 10, v: 11, f: 12, r: 13 }
const HEX = /x(?:([0-9A-Fa-f]{2})|\{([0-9A-Fa-f]{1,8})\})/y
const OCTAL = /0[0-7]{0,2}/y

const REFUSED: readonly (readonly [RegExp, string])[] = [
  [/[1-9]/, 'backreferences are refused: they cannot be matched in linear time'],
  [/k/, 'backreferences are refused: they cannot be matched in linear time'],
  [/[pP]/, 'Unicode classes are not supported: strings are bytes'],
  [/[QE]/, '`\\Q...\\E` is not supported: escape each character'],
  [/Z/, '`\\Z` is not supported: write `$`, which only matches at the end'],
  [/[GK]/, 'this assertion is not supported'],
]

/**
 * The bytes that an escape stands for, and its length with the backslash; `at` is the offset of the backslash.
 * Assertions (`\b`) are not handled here. Throws a RegexFault when the escape is not part of the language.
 */
export function escapeSet(pattern: string, at: number): { readonly set: ByteSet; readonly length: number } {
  const letter = pattern[at + 1]
  if (letter === undefined) throw new RegexFault('the pattern ends with a single backslash', at)
  const named = CLASS_ESCAPES[letter]
  if (named !== undefined) return { set: named, length: 2 }
  const control = CONTROL[letter]
  if (control !== undefined) return single(control, 2)
  const coded = hexAt(pattern, at) ?? octalAt(pattern, at)
  if (coded !== undefined) return coded
  const refused = REFUSED.find(([letters]) => letters.test(letter))
  if (refused !== undefined) throw new RegexFault(refused[1], at, at + 2)
  if (/[A-Za-z0-9]/.test(letter)) throw new RegexFault(`unknown escape \`\\${letter}\``, at, at + 2)
  return single(letter.charCodeAt(0), 2)
}

function single(byte: number, length: number): { readonly set: ByteSet; readonly length: number } {
  return { set: setOf([byte, byte]), length }
}

function hexAt(pattern: string, at: number): ReturnType<typeof single> | undefined {
  HEX.lastIndex = at + 1
  const match = HEX.exec(pattern)
  if (match === null) return undefined
  const byte = Number.parseInt(match[1] ?? match[2], 16)
  const length = match[0].length + 1
  if (byte > 255) throw new RegexFault('patterns match bytes: the largest is `\\xff`', at, at + length)
  return single(byte, length)
}

function octalAt(pattern: string, at: number): ReturnType<typeof single> | undefined {
  OCTAL.lastIndex = at + 1
  const match = OCTAL.exec(pattern)
  return match === null ? undefined : single(Number.parseInt(match[0], 8), match[0].length + 1)
}
