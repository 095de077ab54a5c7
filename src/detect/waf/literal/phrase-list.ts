import { type Automaton, type AutomatonTables, buildAutomaton, openAutomaton } from './automaton.ts'
import { lowerCase } from './clause.ts'

/** Tables of a phrase list: plain data around SharedArrayBuffers, which workers share. */
export interface PhraseTables {
  readonly automaton: AutomatonTables
  /** Length of each phrase. */
  readonly lengths: readonly number[]
}

/** Builds the tables for a list of phrases (`@pm`); ASCII case is ignored, empty phrases are left out. */
export function buildPhraseTables(phrases: readonly string[]): PhraseTables {
  const distinct = [...new Set(phrases.map(lowerCase))].filter((phrase) => phrase !== '')
  return { automaton: buildAutomaton(distinct), lengths: distinct.map((phrase) => phrase.length) }
}

export interface PhraseMatch {
  readonly index: number
  readonly length: number
}

/** Finds the phrase of a list that ends first in a value; of several that end there, the longest. */
export class PhraseList {
  readonly #automaton: Automaton
  readonly #lengths: readonly number[]

  constructor(tables: PhraseTables) {
    this.#automaton = openAutomaton(tables.automaton)
    this.#lengths = tables.lengths
  }

  /** Whether any phrase stands in the value. */
  test(value: string): boolean {
    return this.#endOfFirst(value) >= 0
  }

  first(value: string): PhraseMatch | undefined {
    const end = this.#endOfFirst(value)
    if (end < 0) return undefined
    const { literalOf, linkOf } = this.#automaton
    // Without an own phrase the state has a suffix with one.
    let output = this.#state - this.#automaton.firstOutput
    if (literalOf[output] < 0) output = linkOf[output] - this.#automaton.firstOutput
    const length = this.#lengths[literalOf[output]]
    return { index: end - length, length }
  }

  #state = 0

  /** The place after the first phrase, or -1; leaves the state there. */
  #endOfFirst(value: string): number {
    const { classOf, next, classCount, firstOutput } = this.#automaton
    let state = 0
    for (let at = 0; at < value.length; at++) {
      state = next[state * classCount + classOf[value.charCodeAt(at) & 0xff]]
      if (state >= firstOutput) {
        this.#state = state
        return at + 1
      }
    }
    return -1
  }
}
