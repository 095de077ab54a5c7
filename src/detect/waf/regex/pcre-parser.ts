import { ANY_BYTE, type ByteSet, foldCase, NOT_NEWLINE, RegexFault, setOf } from '#rules'
import { classAt } from './pcre-class.ts'
import { escapeAt } from './pcre-escapes.ts'
import { type GroupOpening, groupOpeningAt } from './pcre-group.ts'
import { type PcreAssertion, type PcreNode, type RepeatMode } from './pcre-node.ts'

const PATTERN_LIMIT = 65_536
const NESTING_LIMIT = 200
const COUNT_LIMIT = 65_535

const COUNTS = /\{([0-9]{1,5})(,([0-9]{0,5}))?\}/y
const ASSERTION_ESCAPES: Readonly<Record<string, PcreAssertion>> = { A: 'start', z: 'end', b: 'word', B: 'not-word' }
const REFERENCE = /\\(?:g\{(-?[0-9]+)\}|g(-?[0-9]+)|([1-9][0-9]*)|k\{(\w+)\}|k<(\w+)>|k'(\w+)'|g\{([A-Za-z_]\w*)\})/y
/** Spaces and comments that the flag `x` takes out. */
const EXTENDED_SPACE = /(?:[\t-\r ]|#[^\n]*(?:\n|$))+/y

interface Flags {
  readonly caseless: boolean
  readonly dotAll: boolean
  readonly multiline: boolean
  readonly extended: boolean
}

const FLAG_NAMES: Readonly<Record<string, keyof Flags>> = {
  i: 'caseless',
  s: 'dotAll',
  m: 'multiline',
  x: 'extended',
}
const NO_FLAGS: Flags = { caseless: false, dotAll: false, multiline: false, extended: false }

export interface ParsedPcre {
  readonly tree: PcreNode
  readonly groupCount: number
  readonly warnings: readonly string[]
}

/**
 * Reads a pattern as PCRE 8-bit without UTF does with DOTALL and DOLLAR_ENDONLY, which is how SecLang engines call it.
 * Throws a RegexFault at what is broken or not supported.
 */
export function parsePcre(pattern: string, caseless: boolean): ParsedPcre {
  if (pattern.length > PATTERN_LIMIT) {
    throw new RegexFault(`a pattern may have ${PATTERN_LIMIT} bytes, this one has ${pattern.length}`, 0)
  }
  return new PcreParser(pattern).parse({ ...NO_FLAGS, caseless, dotAll: true })
}

interface Reference {
  readonly group: number
  readonly at: number
}

class PcreParser {
  readonly #pattern: string
  readonly #names = new Map<string, number>()
  readonly #references: Reference[] = []
  readonly #warnings = new Set<string>()
  #at = 0
  #depth = 0
  #groupCount = 0
  #quoted = false

  constructor(pattern: string) {
    this.#pattern = pattern
  }

  parse(flags: Flags): ParsedPcre {
    const tree = this.#choice(flags)
    if (this.#at < this.#pattern.length) throw new RegexFault('`)` without `(`', this.#at)
    const wrong = this.#references.find((reference) => reference.group < 1 || reference.group > this.#groupCount)
    if (wrong !== undefined) throw new RegexFault('this backreference names a group that does not exist', wrong.at)
    return { tree, groupCount: this.#groupCount, warnings: [...this.#warnings] }
  }

  #choice(initial: Flags): PcreNode {
    const options: PcreNode[] = []
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

  #sequence(initial: Flags): { readonly node: PcreNode; readonly flags: Flags } {
    const items: PcreNode[] = []
    let flags = initial
    for (;;) {
      this.#skipIgnored(flags)
      const character = this.#pattern[this.#at]
      if (character === undefined || (!this.#quoted && (character === '|' || character === ')'))) break
      const opening = this.#quoted || character !== '(' ? undefined : groupOpeningAt(this.#pattern, this.#at)
      if (opening?.kind === 'flags') {
        flags = this.#changeFlags(flags, opening)
        this.#at = opening.end
      } else {
        const item = opening === undefined ? this.#atom(flags) : this.#group(flags, opening)
        items.push(this.#repeated(item, flags))
      }
    }
    return { node: items.length === 1 ? items[0] : { kind: 'sequence', items }, flags }
  }

  /** Comments, quotation marks `\Q` and `\E`, and with the flag `x` white space: all of them may stand before a quantifier. */
  #skipIgnored(flags: Flags): void {
    for (let before = -1; before !== this.#at;) {
      before = this.#at
      const next = this.#pattern.slice(this.#at, this.#at + 2)
      if (next === '\\E' || (next === '\\Q' && !this.#quoted)) {
        this.#quoted = next === '\\Q'
        this.#at += 2
      }
      if (this.#quoted) continue
      if (next === '(?' && this.#pattern[this.#at + 2] === '#') this.#at = this.#comment()
      if (flags.extended) this.#at += this.#matchAt(EXTENDED_SPACE)?.[0].length ?? 0
    }
  }

  #comment(): number {
    const opening = groupOpeningAt(this.#pattern, this.#at)
    return opening.end
  }

  #changeFlags(flags: Flags, opening: GroupOpening & { kind: 'flags' | 'plain' }): Flags {
    let changed = opening.on.startsWith('^') ? NO_FLAGS : flags
    for (const [letters, on] of [
      [opening.on.replace('^', ''), true],
      [opening.off, false],
    ] as const) {
      for (const letter of letters) {
        if (!Object.hasOwn(FLAG_NAMES, letter)) {
          throw new RegexFault(`the flag \`${letter}\` is not supported: only i, m, s and x are`, this.#at, opening.end)
        }
        changed = { ...changed, [FLAG_NAMES[letter]]: on }
      }
    }
    return changed
  }

  #repeated(atom: PcreNode, flags: Flags): PcreNode {
    let item = atom
    for (;;) {
      this.#skipIgnored(flags)
      const counts = this.#quoted ? undefined : this.#counts()
      if (counts === undefined) return item
      item = { kind: 'repeat', item, ...counts, mode: this.#mode() }
    }
  }

  #mode(): RepeatMode {
    const sign = this.#pattern[this.#at]
    if (sign !== '?' && sign !== '+') return 'greedy'
    this.#at++
    return sign === '?' ? 'lazy' : 'possessive'
  }

  #counts(): { readonly min: number; readonly max: number } | undefined {
    const start = this.#at
    const sign = this.#pattern[start]
    if (sign === '*' || sign === '+' || sign === '?') {
      this.#at++
      return { min: sign === '+' ? 1 : 0, max: sign === '?' ? 1 : Number.POSITIVE_INFINITY }
    }
    const match = this.#matchAt(COUNTS)
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

  #atom(flags: Flags): PcreNode {
    const start = this.#at
    const character = this.#pattern[start]
    if (!this.#quoted) {
      if (character === '*' || character === '+' || character === '?') throw new RegexFault('nothing to repeat', start)
      if (character === '\\') return this.#escape(flags)
      if (character === '[') {
        const { set, end } = classAt(this.#pattern, start, flags.caseless)
        this.#at = end
        return { kind: 'set', set }
      }
      if (character === '^' || character === '$') {
        this.#at++
        const edge = character === '^' ? 'start' : 'end'
        return { kind: 'assertion', assertion: flags.multiline ? `line-${edge}` : edge }
      }
    }
    this.#at++
    if (character === '.' && !this.#quoted) return { kind: 'set', set: flags.dotAll ? ANY_BYTE : NOT_NEWLINE }
    const byte = character.charCodeAt(0)
    if (byte > 255) throw new RegexFault('patterns are bytes: this character is none', start)
    return (flags.caseless ? EITHER_CASE : SINGLE)[byte]
  }

  #escape(flags: Flags): PcreNode {
    const start = this.#at
    const letter = this.#pattern[start + 1]
    const reference = this.#reference(flags)
    if (reference !== undefined) return reference
    if (Object.hasOwn(ASSERTION_ESCAPES, letter)) {
      this.#at += 2
      return { kind: 'assertion', assertion: ASSERTION_ESCAPES[letter] }
    }
    if (letter === 'Z' || letter === 'R') {
      this.#at += 2
      return letter === 'Z' ? FINAL_LINE_END : LINE_BREAK
    }
    const escape = escapeAt(this.#pattern, start, false)
    this.#at += escape.length
    if (escape.unknown === true) this.#warnings.add(`\`\\${letter}\` has no meaning and stands for \`${letter}\``)
    return setNode(escape.set.slice(), flags)
  }

  #reference(flags: Flags): PcreNode | undefined {
    const start = this.#at
    const match = this.#matchAt(REFERENCE)
    if (match === null) return undefined
    const digits = match[1] ?? match[2] ?? match[3]
    if (digits === undefined) {
      this.#at += match[0].length
      return this.#named(match[4] ?? match[5] ?? match[6] ?? match[7], start, flags)
    }
    // As PCRE: a number of several digits is octal when there are not so many groups.
    if (match[3] !== undefined && Number(digits) > 9 && Number(digits) > this.#groupCount) return undefined
    this.#at += match[0].length
    const group = digits.startsWith('-') ? this.#groupCount + 1 + Number(digits) : Number(digits)
    return this.#backreference(group, start, flags)
  }

  #named(name: string, at: number, flags: Flags): PcreNode {
    const group = this.#names.get(name)
    if (group === undefined) throw new RegexFault(`there is no group called \`${name}\` before this place`, at)
    return this.#backreference(group, at, flags)
  }

  #backreference(group: number, at: number, flags: Flags): PcreNode {
    this.#references.push({ group, at })
    return { kind: 'backreference', group, caseless: flags.caseless }
  }

  #group(flags: Flags, opening: GroupOpening): PcreNode {
    const start = this.#at
    if (opening.kind === 'backreference') {
      this.#at = opening.end
      return this.#named(opening.name, start, flags)
    }
    if (++this.#depth > NESTING_LIMIT) throw new RegexFault(`groups may be nested ${NESTING_LIMIT} deep`, start)
    const group = opening.kind === 'capture' ? ++this.#groupCount : 0
    if (opening.kind === 'capture' && opening.name !== undefined) this.#names.set(opening.name, group)
    const inner = opening.kind === 'plain' ? this.#changeFlags(flags, opening) : flags
    this.#at = opening.end
    const item = this.#choice(inner)
    if (this.#pattern[this.#at] !== ')') throw new RegexFault('this group does not end: `)` is missing', start)
    this.#at++
    this.#depth--
    if (opening.kind === 'capture') return { kind: 'capture', group, item }
    if (opening.kind === 'atomic') return { kind: 'atomic', item }
    return opening.kind === 'look' ? { kind: 'look', behind: opening.behind, negated: opening.negated, item } : item
  }

  #matchAt(form: RegExp): RegExpExecArray | null {
    form.lastIndex = this.#at
    return form.exec(this.#pattern)
  }
}

function setNode(set: ByteSet, flags: Flags): PcreNode {
  if (flags.caseless) foldCase(set)
  return { kind: 'set', set }
}

/** Most nodes of a pattern are single bytes: they share these. */
const SINGLE: readonly PcreNode[] = Array.from({ length: 256 }, (_unused, byte) => ({
  kind: 'set',
  set: setOf([byte, byte]),
}))
const EITHER_CASE: readonly PcreNode[] = SINGLE.map((_unused, byte) =>
  setNode(setOf([byte, byte]), { ...NO_FLAGS, caseless: true }),
)

const END: PcreNode = { kind: 'assertion', assertion: 'end' }
const NEWLINE: PcreNode = { kind: 'set', set: setOf([0x0a, 0x0a]) }

/** `\Z`: the end, or before a newline that is the last byte. */
const FINAL_LINE_END: PcreNode = {
  kind: 'look',
  behind: false,
  negated: false,
  item: { kind: 'choice', options: [{ kind: 'sequence', items: [NEWLINE, END] }, END] },
}

/** `\R`: carriage return and newline together, or one vertical space. */
const LINE_BREAK: PcreNode = {
  kind: 'atomic',
  item: {
    kind: 'choice',
    options: [
      { kind: 'sequence', items: [{ kind: 'set', set: setOf([0x0d, 0x0d]) }, NEWLINE] },
      { kind: 'set', set: setOf([0x0a, 0x0d], [0x85, 0x85]) },
    ],
  },
}
