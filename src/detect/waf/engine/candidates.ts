import type { FilteredRule } from './prefilter-plan.ts'
import type { SecValue } from './sec-value.ts'

/** For one request: the values that each filtered rule has to look at. */
export class Candidates {
  readonly #values: (SecValue[] | undefined)[]
  /** Numbers of the rules that have values, by phase. */
  readonly #hits: number[][] = [[], [], [], [], [], []]

  /** @param none a list of as many `undefined` as there are filtered rules: copying one is much cheaper than making one */
  constructor(none: readonly undefined[]) {
    this.#values = none.slice()
  }

  add({ number, rule }: FilteredRule, value: SecValue): void {
    const values = this.#values[number]
    if (values === undefined) {
      this.#values[number] = [value]
      this.#hits[rule.phase].push(number)
    } else if (values[values.length - 1] !== value) {
      values.push(value)
    }
  }

  /** Numbers of the rules of a phase that have values, in the order in which they run. */
  ofPhase(phase: number): readonly number[] {
    const hits = this.#hits[phase]
    if (hits.length > 1) hits.sort(ascending)
    return hits
  }

  valuesOf(number: number): readonly SecValue[] {
    return this.#values[number] ?? []
  }

  /** Forgets the values of a phase that has run. */
  clear(phase: number): void {
    for (const number of this.#hits[phase]) this.#values[number] = undefined
    this.#hits[phase] = []
  }
}

function ascending(one: number, other: number): number {
  return one - other
}
