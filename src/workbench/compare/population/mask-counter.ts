import type { Readers } from '#fields'
import { compilePredicates, type Expression, type NamedLists, type PredicateProgram } from '#rules'
import type { Tally } from './population.ts'

const NO_LISTS: NamedLists = new Map()
/** Up to so many conditions, an array holds the weight of every combination. */
const ARRAY_CONDITIONS = 16

/** Counts which of some conditions hold together, row by row. */
export class MaskCounter<Context> {
  readonly #program: PredicateProgram<Context>
  readonly #array: Float64Array | undefined
  readonly #map = new Map<number, number>()
  #rows = 0
  #weight = 0

  constructor(conditions: readonly Expression[], readers: Readers<Context>) {
    this.#program = compilePredicates(conditions, { readers, lists: NO_LISTS })
    this.#array = conditions.length <= ARRAY_CONDITIONS ? new Float64Array(2 ** conditions.length) : undefined
  }

  add(row: Context, weight = 1): void {
    this.#program.reset()
    const { predicates } = this.#program
    let mask = 0
    for (let at = 0; at < predicates.length; at++) if (predicates[at](row)) mask |= 1 << at
    if (this.#array !== undefined) this.#array[mask] += weight
    else this.#map.set(mask, (this.#map.get(mask) ?? 0) + weight)
    this.#rows++
    this.#weight += weight
  }

  tally(): Tally {
    const masks = new Map(this.#map)
    this.#array?.forEach((weight, mask) => {
      if (weight > 0) masks.set(mask, weight)
    })
    return { masks, rows: this.#rows, weight: this.#weight }
  }
}
