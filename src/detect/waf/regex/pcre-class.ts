import { addRange, addSet, type ByteSet, emptySet, foldCase, invert, POSIX_CLASSES, RegexFault } from '#rules'
import { escapeAt, single } from './pcre-escapes.ts'

const POSIX = /\[:(\^?)([a-z]+):\]/y
const COLLATION = /\[([.=])[^\]]*?\1\]/y

interface ClassItem {
  readonly set: ByteSet
  readonly byte: number | undefined
  readonly end: number
}

/**
 * The set of a class `[...]` that starts at `start`, and the offset after it. As in PCRE a `]` that comes first, and a `-` beside
 * a class or at an edge, stand for themselves; `\Q...\E` quotes. Throws a RegexFault.
 */
export function classAt(
  pattern: string,
  start: number,
  caseless: boolean,
): { readonly set: ByteSet; readonly end: number } {
  const set = emptySet()
  const negated = pattern[start + 1] === '^'
  const reader = new ClassReader(pattern, start, start + (negated ? 2 : 1))
  for (let first = true; first || !reader.atEnd(); first = false) reader.addNext(set)
  if (caseless) foldCase(set)
  if (negated) invert(set)
  return { set, end: reader.at + 1 }
}

class ClassReader {
  readonly #pattern: string
  readonly #start: number
  #quoted = false
  at: number

  constructor(pattern: string, start: number, at: number) {
    this.#pattern = pattern
    this.#start = start
    this.at = at
  }

  atEnd(): boolean {
    this.#skipQuotes()
    return !this.#quoted && this.#pattern[this.at] === ']'
  }

  /** Reads one item or one range and adds it. */
  addNext(set: ByteSet): void {
    this.#skipQuotes()
    const first = this.#item()
    this.at = first.end
    this.#skipQuotes()
    if (this.#quoted || this.#pattern[this.at] !== '-' || first.byte === undefined) return addSet(set, first.set)
    const dash = this.at++
    if (this.atEnd()) {
      this.at = dash
      return addSet(set, first.set)
    }
    const last = this.#item()
    this.at = last.end
    if (last.byte === undefined) {
      // A class cannot end a range: PCRE takes all three as they stand.
      addSet(set, first.set)
      addSet(set, last.set)
      return addRange(set, 0x2d, 0x2d)
    }
    if (first.byte > last.byte)
      throw new RegexFault('this range in a class is not from a lower to a higher byte', dash, last.end)
    addRange(set, first.byte, last.byte)
  }

  #skipQuotes(): void {
    for (;;) {
      const next = this.#pattern.slice(this.at, this.at + 2)
      if (next === '\\E') this.#quoted = false
      else if (next === '\\Q' && !this.#quoted) this.#quoted = true
      else return
      this.at += 2
    }
  }

  #item(): ClassItem {
    const { at } = this
    const character = this.#pattern[at]
    if (character === undefined) throw new RegexFault('this class does not end: `]` is missing', this.#start)
    if (!this.#quoted && character === '[') {
      const named = this.#posix()
      if (named !== undefined) return named
    }
    if (!this.#quoted && character === '\\') {
      if (this.#pattern[at + 1] === 'b') return { ...single(8, 2), end: at + 2 }
      const escape = escapeAt(this.#pattern, at, true)
      return { set: escape.set, byte: escape.byte, end: at + escape.length }
    }
    return { ...single(character.charCodeAt(0), 1), end: at + 1 }
  }

  #posix(): ClassItem | undefined {
    COLLATION.lastIndex = this.at
    if (COLLATION.test(this.#pattern)) throw new RegexFault('collating elements are not supported', this.at)
    POSIX.lastIndex = this.at
    const match = POSIX.exec(this.#pattern)
    if (match === null) return undefined
    const end = this.at + match[0].length
    if (!Object.hasOwn(POSIX_CLASSES, match[2])) throw new RegexFault(`unknown class \`[:${match[2]}:]\``, this.at, end)
    const set = POSIX_CLASSES[match[2]].slice()
    if (match[1] === '^') invert(set)
    return { set, byte: undefined, end }
  }
}
