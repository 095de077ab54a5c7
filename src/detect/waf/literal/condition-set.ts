import { type Automaton, type AutomatonTables, buildAutomaton, openAutomaton } from './automaton.ts'

/**
 * What every value that matches must contain: of each clause at least one literal. Literals are lower-case bytes, the test
 * does not care for ASCII case.
 */
export type LiteralCondition = readonly (readonly string[])[]

/** Tables of a condition set: plain data around SharedArrayBuffers, which workers share. */
export interface ConditionTables {
  readonly automaton: AutomatonTables
  readonly conditionCount: number
  readonly clauseCount: number
  readonly literalCount: number
  /** For each literal the clauses it is in, for each clause the conditions it is in, for each condition its number of clauses. */
  readonly links: SharedArrayBuffer
}

interface Links {
  readonly literalStarts: Int32Array
  readonly clausesOfLiterals: Int32Array
  readonly clauseStarts: Int32Array
  readonly conditionsOfClauses: Int32Array
  readonly clauseCounts: Int32Array
}

/**
 * Builds the one automaton for many conditions; ids are their indexes in the list. A condition without clauses never holds here: what it
 * stands for must always be tried.
 */
export function buildConditionTables(conditions: readonly LiteralCondition[]): ConditionTables {
  const literals = new Numbering()
  const clauses = new Numbering()
  const clausesOfLiterals: number[][] = []
  const conditionsOfClauses: number[][] = []
  for (const [condition, parts] of conditions.entries()) {
    for (const part of parts) {
      const clause = clauses.numberOf(part.join('\u0100'))
      if (clause === conditionsOfClauses.length) {
        conditionsOfClauses.push([])
        for (const literal of part) (clausesOfLiterals[literals.numberOf(literal)] ??= []).push(clause)
      }
      if (!conditionsOfClauses[clause].includes(condition)) conditionsOfClauses[clause].push(condition)
    }
  }
  const clauseCounts = conditions.map((parts) => new Set(parts.map((part) => part.join('\u0100'))).size)
  const lists = [...flatten(clausesOfLiterals), ...flatten(conditionsOfClauses), clauseCounts]
  return {
    automaton: buildAutomaton(literals.keys()),
    conditionCount: conditions.length,
    clauseCount: conditionsOfClauses.length,
    literalCount: clausesOfLiterals.length,
    links: pack(lists),
  }
}

/** Finds out in one pass over a value which of many conditions hold. Not reentrant: one for each thread. */
export class ConditionSet {
  readonly #automaton: Automaton
  readonly #links: Links
  /** Generation in which an output state, a clause, a condition was met last: nothing is cleared between values. */
  readonly #stateStamps: Uint32Array
  readonly #clauseStamps: Uint32Array
  readonly #conditionStamps: Uint32Array
  readonly #clausesMet: Uint16Array
  #generation = 0

  /** Ids of the conditions that hold for the last value, in the order in which that was seen; `scan` says how many. */
  readonly ids: Int32Array
  #count = 0

  constructor(tables: ConditionTables) {
    this.#automaton = openAutomaton(tables.automaton)
    this.#links = openLinks(tables)
    this.#stateStamps = new Uint32Array(this.#automaton.literalOf.length)
    this.#clauseStamps = new Uint32Array(tables.clauseCount)
    this.#conditionStamps = new Uint32Array(tables.conditionCount)
    this.#clausesMet = new Uint16Array(tables.conditionCount)
    this.ids = new Int32Array(tables.conditionCount)
  }

  /** Returns how many conditions hold for the value; their ids stand in `ids`. */
  scan(value: string): number {
    const { classOf, next, classCount, firstOutput } = this.#automaton
    this.#startGeneration()
    const stamps = this.#stateStamps
    const generation = this.#generation
    let state = 0
    for (let at = 0; at < value.length; at++) {
      state = next[state * classCount + classOf[value.charCodeAt(at) & 0xff]]
      if (state >= firstOutput && stamps[state - firstOutput] !== generation) this.#meet(state)
    }
    return this.#count
  }

  #startGeneration(): void {
    this.#count = 0
    this.#generation++
    if (this.#generation <= 0xffffffff) return
    for (const stamps of [this.#stateStamps, this.#clauseStamps, this.#conditionStamps]) stamps.fill(0)
    this.#generation = 1
  }

  /** Notes the literals that end at a state: its own, and those that are suffixes of it. */
  #meet(outputState: number): void {
    const { literalOf, linkOf, firstOutput } = this.#automaton
    for (let state = outputState; state !== 0; state = linkOf[state - firstOutput]) {
      const output = state - firstOutput
      if (this.#stateStamps[output] === this.#generation) return
      this.#stateStamps[output] = this.#generation
      if (literalOf[output] >= 0) this.#meetLiteral(literalOf[output])
    }
  }

  #meetLiteral(literal: number): void {
    const { literalStarts, clausesOfLiterals } = this.#links
    for (let at = literalStarts[literal]; at < literalStarts[literal + 1]; at++) {
      const clause = clausesOfLiterals[at]
      if (this.#clauseStamps[clause] === this.#generation) continue
      this.#clauseStamps[clause] = this.#generation
      this.#meetClause(clause)
    }
  }

  #meetClause(clause: number): void {
    const { clauseStarts, conditionsOfClauses, clauseCounts } = this.#links
    for (let at = clauseStarts[clause]; at < clauseStarts[clause + 1]; at++) {
      const condition = conditionsOfClauses[at]
      if (this.#conditionStamps[condition] !== this.#generation) {
        this.#conditionStamps[condition] = this.#generation
        this.#clausesMet[condition] = 0
      }
      if (++this.#clausesMet[condition] === clauseCounts[condition]) this.ids[this.#count++] = condition
    }
  }
}

class Numbering {
  readonly #numbers = new Map<string, number>()

  numberOf(key: string): number {
    const known = this.#numbers.get(key)
    if (known !== undefined) return known
    this.#numbers.set(key, this.#numbers.size)
    return this.#numbers.size - 1
  }

  keys(): readonly string[] {
    return [...this.#numbers.keys()]
  }
}

/** Lists of numbers as where each starts, and all of them in a row. */
function flatten(lists: readonly (readonly number[])[]): readonly [readonly number[], readonly number[]] {
  const starts = [0]
  for (const list of lists) starts.push(starts[starts.length - 1] + list.length)
  return [starts, lists.flat()]
}

function pack(lists: readonly (readonly number[])[]): SharedArrayBuffer {
  const flat = lists.flat()
  const buffer = new SharedArrayBuffer(flat.length * 4)
  new Int32Array(buffer).set(flat)
  return buffer
}

function openLinks({ links, literalCount, clauseCount, conditionCount }: ConditionTables): Links {
  let at = 0
  const take = (length: number): Int32Array => {
    const taken = new Int32Array(links, at * 4, length)
    at += length
    return taken
  }
  const literalStarts = take(literalCount + 1)
  const clausesOfLiterals = take(literalStarts[literalCount])
  const clauseStarts = take(clauseCount + 1)
  const conditionsOfClauses = take(clauseStarts[clauseCount])
  return { literalStarts, clausesOfLiterals, clauseStarts, conditionsOfClauses, clauseCounts: take(conditionCount) }
}
