import { Backtracker } from './backtracker.ts'
import { GAVE_UP, LazyDfa, NO_MATCH } from './lazy-dfa.ts'
import type { PcreNode } from './pcre-node.ts'
import { parsePcre } from './pcre-parser.ts'
import { buildProgram } from './program.ts'
import { RegexMemory } from './regex-memory.ts'
import { countsBeyond, isAnchoredAtStart, isRegular, simplify, withoutTail } from './simplify.ts'
import type { TranslatedRegex } from './translate.ts'

/** Where a pattern matched: leftmost, and of those at the same place the one PCRE prefers. */
export interface RegexMatch {
  readonly index: number
  /** By PCRE number; 0 is the whole match; undefined for a group that took no part. */
  readonly groups: readonly (string | undefined)[]
}

/** Counts above this make automata large: another one that takes them for loops is asked first. */
const LOOSE_COUNT_LIMIT = 8
/** Steps that finding out whether there is a match may take, and after that finding out where it starts. */
const FILTER_WORK = 300_000
const LOCATOR_WORK = 100_000
/** What is shown of a match whose end could not be worked out within the bounds. */
const SHOWN_BYTES = 256

/** The automata of a thread share their bound unless they are given another. */
const THREAD_MEMORY = new RegexMemory()

/** What is built at first use. */
interface Machine {
  readonly tree: PcreNode
  readonly isAnchored: boolean
  /** Automata decide the pattern exactly; else they match more than it does. */
  readonly isRegular: boolean
  /** Read forwards, one after the other as long as they match: the first one may take large counts for loops. */
  readonly filters: readonly LazyDfa[]
}

/**
 * A pattern as the engine calls it, bounded in time whatever the pattern and the value say. An automaton finds out whether and where a
 * match starts, at a few nanoseconds a byte; groups, lookaround and backreferences are followed by a backtracker that never
 * tries the same thing twice and counts its steps.
 */
export class SafeRegex {
  readonly #translated: TranslatedRegex
  readonly #memory: RegexMemory
  #machine: Machine | undefined
  /** Finds out where matches start; only asked when there is one. */
  #locator: LazyDfa | undefined
  #backtracker: Backtracker | undefined

  /** True when the last call could not look at the whole value within its bounds: its "no match" is not certain. */
  incomplete = false
  /** Steps that the last call took beyond reading the value, of some 10 ns each: a measure that does not depend on the machine. */
  work = 0

  constructor(translated: TranslatedRegex, memory: RegexMemory = THREAD_MEMORY) {
    this.#translated = translated
    this.#memory = memory
  }

  /** Whether the pattern matches anywhere in a value of bytes. */
  test(value: string): boolean {
    const machine = (this.#machine ??= this.#build())
    if (!machine.isRegular) return this.exec(value) !== undefined
    return this.#filter(machine, value) >= 0
  }

  /** The match that PCRE would report, or undefined. */
  exec(value: string): RegexMatch | undefined {
    const machine = (this.#machine ??= this.#build())
    const end = this.#filter(machine, value)
    if (end < 0 && (end === NO_MATCH || machine.isRegular)) return undefined
    const start = this.#start(machine, value)
    if (start === GAVE_UP && machine.isRegular) return this.#groupless(value, Math.max(0, end - SHOWN_BYTES))
    const backtracker = (this.#backtracker ??= new Backtracker(buildProgram(machine.tree, { kind: 'exact' })))
    const last = machine.isRegular || machine.isAnchored ? start : value.length
    const slots = backtracker.search(value, Math.max(0, start), last)
    this.work += backtracker.work
    if (slots !== undefined) {
      this.incomplete = false
      return { index: slots[0], groups: this.#textsOf(slots, value) }
    }
    if (machine.isRegular) return this.#groupless(value, start)
    this.incomplete = backtracker.incomplete
    return undefined
  }

  /** A place where a match is known, NO_MATCH or GAVE_UP. */
  #filter({ filters }: Machine, value: string): number {
    this.work = 0
    let place = NO_MATCH
    for (const filter of filters) {
      place = filter.find(value)
      this.work += filter.work
      if (place < 0) break
    }
    this.incomplete = place === GAVE_UP
    return place
  }

  /** Where the leftmost match starts, or may start when the pattern is not regular; GAVE_UP when that takes too much. */
  #start(machine: Machine, value: string): number {
    if (machine.isAnchored) return 0
    const locator = (this.#locator ??= this.#automaton(
      machine,
      false,
      machine.isRegular ? undefined : LOOSE_COUNT_LIMIT,
    ))
    const start = locator.find(value)
    this.work += locator.work
    return start
  }

  /** A match that is certain although its groups took too much to be found out. */
  #groupless(value: string, start: number): RegexMatch {
    const groups = Array.from<string | undefined>({ length: this.#translated.groupCount + 1 })
    groups[0] = value.slice(start, start + SHOWN_BYTES)
    this.incomplete = groups.length > 1
    return { index: start, groups }
  }

  #build(): Machine {
    const { pattern, caseless } = this.#translated
    const tree = simplify(parsePcre(pattern, caseless).tree)
    const kind = { tree, isAnchored: isAnchoredAtStart(tree), isRegular: isRegular(tree) }
    if (!countsBeyond(withoutTail(tree), LOOSE_COUNT_LIMIT)) return { ...kind, filters: [this.#automaton(kind, true)] }
    const loose = this.#automaton(kind, true, LOOSE_COUNT_LIMIT)
    return { ...kind, filters: kind.isRegular ? [loose, this.#automaton(kind, true)] : [loose] }
  }

  #automaton({ tree, isAnchored }: Omit<Machine, 'filters'>, isForward: boolean, countLimit?: number): LazyDfa {
    const program = buildProgram(withoutTail(tree), { kind: isForward ? 'forward' : 'backward', countLimit })
    const workLimit = isForward ? FILTER_WORK : LOCATOR_WORK
    return new LazyDfa(program, { isForward, isAnchored: isForward && isAnchored, workLimit }, this.#memory)
  }

  #textsOf(slots: Int32Array, value: string): readonly (string | undefined)[] {
    return Array.from({ length: this.#translated.groupCount + 1 }, (_unused, group) => {
      const begin = slots[2 * group]
      return begin < 0 || slots[2 * group + 1] < begin ? undefined : value.slice(begin, slots[2 * group + 1])
    })
  }
}
