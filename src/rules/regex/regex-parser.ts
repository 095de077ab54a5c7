import { ANY_BYTE, type ByteSet, foldCase, NOT_NEWLINE, setOf } from './byte-set.ts'
import { parseClass } from './class-parser.ts'
import { escapeSet } from './escapes.ts'
import { RegexFault, type RegexNode } from './regex-node.ts'

const PATTERN_LIMIT = 4_096
const NESTING_LIMIT = 50
const COUNT_LIMIT = 1_000

const COUNTS = /\{([0-9]{1,6})(,([0-9]{0,6}))?\}/y
const NAMED_GROUP = /\(\?P?<([A-Za-z_][A-Za-z0-9_]*)>/y
const FLAG_GROUP = /\(\?([a-zA-Z]*)(?:-([a-zA-Z]*))?([:)])/y
const ASSERTIONS: Readonly<Record<string, RegexNode & { kind: 'assertion' }>> = {
  '^': { kind: 'assertion', assertion: 'start' },
  $: { kind: 'assertion', assertion: 'end' },
  '\\A': { kind: 'assertion', assertion: 'start' },
  '\\z': { kind: 'assertion', assertion: 'end' },
  '\\b': { kind: 'assertion', assertion: 'word' },
  '\\B': { kind: 'assertion', assertion: 'not-word' },
}
const REFUSED_GROUPS: readonly (readonly [string, string])[] = [
  ['(?=', 'lookahead is refused: it cannot be matched in linear time'],
  ['(?!', 'lookahead is refused: it cannot be matched in linear time'],
  ['(?<=', 'lookbehind is refused: it cannot be matched in linear time'],
  ['(?<!', 'lookbehind is refused: it cannot be matched in linear time'],
  ['(?>', 'atomic groups are refused: they cannot be matched in linear time'],
]

interface Flags {
  readonly ignoreCase: boolean
  readonly dotAll: boolean
}

/** A parsed pattern. Flags are resolved, names are dropped: groups count from 1. */
export interface ParsedRegex {
  readonly tree: RegexNode
  readonly captureCount: number
}

/**
 * Reads a regular expression: the subset that V8 and RE2 share and that can be matched in linear time, over bytes.
 * `.` is any byte but a newline, `^` and `$` are the ends of the value, `\d \w \s \b` and `(?i)` know ASCII only.
 * Throws a RegexFault at what is not part of it.
 */
export function parseRegexTree(pattern: string): ParsedRegex {
  if (pattern.length > PATTERN_LIMIT) {
    throw new RegexFault(`a pattern may have ${PATTERN_LIMIT} bytes, this one has ${pattern.length}`, 0, pattern.length)
  }
  const parser = new RegexParser(pattern)
  return { tree: parser.parse(), captureCount: parser.captureCount }
}

class RegexParser {
  readonly #pattern: string
  #at = 0
  #depth = 0
  captureCount = 0

  constructor(pattern: string) {
    this.#pattern = pattern
  }

  parse(): RegexNode {
    const tree = this.#choice({ ignoreCase: false, dotAll: false })
    if (this.#at < this.#pattern.length) throw new RegexFault('`)` without `(`', this.#at)
    return tree
  }

  #choice(initial: Flags): RegexNode {
    const options: RegexNode[] = []
    let flags = initial
    for (;;) {
      const read = this.#sequence(flags)
      options.push(read.node)
      flags = read.flags
      if (this.#pattern[this.#at] !== '|') break
      this.#at++
    }
    return options.length === 1 ? options[0] : { kind: 'choice', options }
  }

  #sequence(initial: Flags): { readonly node: RegexNode; readonly flags: Flags } {
    const items: RegexNode[] = []
    let flags = initial
    while (this.#at < this.#pattern.length && this.#pattern[this.#at] !== '|' && this.#pattern[this.#at] !== ')') {
      const changed = this.#flagSwitch(flags)
      if (changed !== undefined) flags = changed
      else items.push(this.#repeated(flags))
    }
    return { node: items.length === 1 ? items[0] : { kind: 'sequence', items }, flags }
  }

  /** `(?i)` and `(?s)`: hold to the end of the enclosing group. */
  #flagSwitch(flags: Flags): Flags | undefined {
    FLAG_GROUP.lastIndex = this.#at
    const match = FLAG_GROUP.exec(this.#pattern)
    if (match === null || match[3] !== ')') return undefined
    const changed = this.#changeFlags(flags, match)
    this.#at += match[0].length
    return changed
  }

  #changeFlags(flags: Flags, match: RegExpExecArray): Flags {
    const end = this.#at + match[0].length
    let { ignoreCase, dotAll } = flags
    for (const [letters, on] of [
      [match[1], true],
      [match[2] ?? '', false],
    ] as const) {
      for (const letter of letters) {
        if (letter === 'i') ignoreCase = on
        else if (letter === 's') dotAll = on
        else throw new RegexFault(`the flag \`${letter}\` is not supported: only i and s are`, this.#at, end)
      }
    }
    return { ignoreCase, dotAll }
  }

  #repeated(flags: Flags): RegexNode {
    const start = this.#at
    const item = this.#atom(flags)
    const counts = this.#counts()
    if (counts === undefined) return item
    if (item.kind === 'assertion') throw new RegexFault('an assertion cannot be repeated', start, this.#at)
    if (this.#pattern.charCodeAt(start) > 0x7f) {
      throw new RegexFault(
        'this would repeat only the last byte of the character: put it in `(?:...)`',
        start,
        this.#at,
      )
    }
    const lazy = this.#pattern[this.#at] === '?'
    if (lazy) this.#at++
    const next = this.#pattern[this.#at]
    if (next === '+')
      throw new RegexFault('possessive repetition is refused: it cannot be matched in linear time', this.#at)
    const again = this.#at
    if (this.#counts() !== undefined) throw new RegexFault('nothing to repeat', again, this.#at)
    return { kind: 'repeat', item, ...counts, lazy }
  }

  #counts(): { readonly min: number; readonly max: number } | undefined {
    const start = this.#at
    const sign = this.#pattern[start]
    if (sign === '*' || sign === '+' || sign === '?') {
      this.#at++
      return { min: sign === '+' ? 1 : 0, max: sign === '?' ? 1 : Number.POSITIVE_INFINITY }
    }
    COUNTS.lastIndex = start
    const match = COUNTS.exec(this.#pattern)
    if (match === null) return undefined
    this.#at += match[0].length
    const min = Number(match[1])
    const max = match[2] === undefined ? min : match[3] === '' ? Number.POSITIVE_INFINITY : Number(match[3])
    if (min > max) throw new RegexFault('the counts of a repetition go from low to high', start, this.#at)
    if (min > COUNT_LIMIT || (max > COUNT_LIMIT && max !== Number.POSITIVE_INFINITY)) {
      throw new RegexFault(`a repetition may count to ${COUNT_LIMIT}`, start, this.#at)
    }
    return { min, max }
  }

  #atom(flags: Flags): RegexNode {
    const start = this.#at
    const character = this.#pattern[start]
    const assertion = ASSERTIONS[character === '\\' ? this.#pattern.slice(start, start + 2) : character]
    if (assertion !== undefined) {
      this.#at += character === '\\' ? 2 : 1
      return assertion
    }
    if (character === '(') return this.#group(flags)
    if (character === '*' || character === '+' || character === '?') throw new RegexFault('nothing to repeat', start)
    return { kind: 'set', set: this.#set(flags, character) }
  }

  #set(flags: Flags, character: string): ByteSet {
    const start = this.#at
    if (character === '[') {
      const { set, end } = parseClass(this.#pattern, start, flags.ignoreCase)
      this.#at = end
      return set
    }
    if (character === '.') {
      this.#at++
      return flags.dotAll ? ANY_BYTE : NOT_NEWLINE
    }
    const escape = character === '\\' ? escapeSet(this.#pattern, start) : undefined
    this.#at += escape?.length ?? 1
    const byte = character.charCodeAt(0)
    const set = escape?.set.slice() ?? setOf([byte, byte])
    if (flags.ignoreCase) foldCase(set)
    return set
  }

  #group(flags: Flags): RegexNode {
    const start = this.#at
    if (++this.#depth > NESTING_LIMIT) throw new RegexFault(`groups may be nested ${NESTING_LIMIT} deep`, start)
    const { capture, inner } = this.#groupHead(flags)
    const item = this.#choice(inner)
    if (this.#pattern[this.#at] !== ')') throw new RegexFault('this group does not end: `)` is missing', start)
    this.#at++
    this.#depth--
    return { kind: 'group', item, capture }
  }

  #groupHead(flags: Flags): { readonly capture: number | undefined; readonly inner: Flags } {
    const start = this.#at
    const refused = REFUSED_GROUPS.find(([opening]) => this.#pattern.startsWith(opening, start))
    if (refused !== undefined) throw new RegexFault(refused[1], start, start + refused[0].length)
    NAMED_GROUP.lastIndex = start
    const named = NAMED_GROUP.exec(this.#pattern)
    if (named !== null || this.#pattern[start + 1] !== '?') {
      this.#at += named?.[0].length ?? 1
      return { capture: ++this.captureCount, inner: flags }
    }
    FLAG_GROUP.lastIndex = start
    const flagged = FLAG_GROUP.exec(this.#pattern)
    if (flagged === null) throw new RegexFault('this kind of group is not supported', start, start + 3)
    const inner = this.#changeFlags(flags, flagged)
    this.#at += flagged[0].length
    return { capture: undefined, inner }
  }
}
