import { RegexFault } from '#rules'

/** How a parenthesis opens: what it makes of its content. */
export type GroupOpening =
  | { readonly kind: 'capture'; readonly name: string | undefined; readonly end: number }
  | { readonly kind: 'plain'; readonly on: string; readonly off: string; readonly end: number }
  /** `(?i)`: changes the flags up to the end of the enclosing group. */
  | { readonly kind: 'flags'; readonly on: string; readonly off: string; readonly end: number }
  | { readonly kind: 'atomic'; readonly end: number }
  | { readonly kind: 'look'; readonly behind: boolean; readonly negated: boolean; readonly end: number }
  | { readonly kind: 'backreference'; readonly name: string; readonly end: number }
  | { readonly kind: 'comment'; readonly end: number }

const NAMED = /\(\?(?:P?<([A-Za-z_]\w*)>|'([A-Za-z_]\w*)')/y
const NAMED_REFERENCE = /\(\?P=([A-Za-z_]\w*)\)/y
const COMMENT = /\(\?#[^)]*\)/y
const FLAGS = /\(\?(\^?[A-Za-z]*)(?:-([A-Za-z]*))?([:)])/y
const LOOKS: readonly (readonly [string, boolean, boolean])[] = [
  ['(?=', false, false],
  ['(?!', false, true],
  ['(?<=', true, false],
  ['(?<!', true, true],
]
const REFUSED: readonly (readonly [RegExp, string])[] = [
  [/\(\*/y, 'verbs such as `(*SKIP)` and `(*UTF8)` are not supported'],
  [/\(\?\(/y, 'conditional groups `(?(...)...)` are not supported: write the alternatives out'],
  [/\(\?(?:R\)|[+-]?[0-9]|&|P>)/y, 'recursion and subroutine calls are not supported'],
  [/\(\?\|/y, 'branch reset groups `(?|...)` are not supported: number the groups apart'],
  [/\(\?C/y, 'callouts `(?C...)` are not supported'],
]

/** Reads the opening of a group at the offset of its parenthesis. Throws a RegexFault for what is not supported, by name. */
export function groupOpeningAt(pattern: string, at: number): GroupOpening {
  if (pattern[at + 1] !== '?' && pattern[at + 1] !== '*') return { kind: 'capture', name: undefined, end: at + 1 }
  const refused = REFUSED.find(([form]) => matchAt(form, pattern, at) !== null)
  if (refused !== undefined) throw new RegexFault(refused[1], at, at + 3)
  if (pattern.startsWith('(?>', at)) return { kind: 'atomic', end: at + 3 }
  const look = LOOKS.find(([opening]) => pattern.startsWith(opening, at))
  if (look !== undefined) return { kind: 'look', behind: look[1], negated: look[2], end: at + look[0].length }
  return namedAt(pattern, at) ?? flagsAt(pattern, at)
}

function namedAt(pattern: string, at: number): GroupOpening | undefined {
  const named = matchAt(NAMED, pattern, at)
  if (named !== null) return { kind: 'capture', name: named[1] ?? named[2], end: at + named[0].length }
  const reference = matchAt(NAMED_REFERENCE, pattern, at)
  if (reference !== null) return { kind: 'backreference', name: reference[1], end: at + reference[0].length }
  const comment = matchAt(COMMENT, pattern, at)
  return comment === null ? undefined : { kind: 'comment', end: at + comment[0].length }
}

function flagsAt(pattern: string, at: number): GroupOpening {
  const flags = matchAt(FLAGS, pattern, at)
  if (flags === null) throw new RegexFault('this kind of group is not supported', at, at + 3)
  const kind = flags[3] === ':' ? 'plain' : 'flags'
  return { kind, on: flags[1], off: flags[2] ?? '', end: at + flags[0].length }
}

function matchAt(form: RegExp, pattern: string, at: number): RegExpExecArray | null {
  form.lastIndex = at
  return form.exec(pattern)
}
