import type { Scales } from '../candidates/candidate.ts'
import { COLLATERAL_PRICE, type Conjunction, type Demand, findConjunctions, lengthPrice } from './beam.ts'
import { add, type BitRows, intersect, type RowBits, subtract } from './bits.ts'
import { scoped } from './scope.ts'
import type { Condition } from './searchable.ts'

/** Filters at most: several vectors of one attack. */
const FILTERS = 6
/** Ways to explain the same rows that are counted on all rows, the best of which is proposed. */
const ALTERNATIVES = 3

/** One vector of an attack: filters that select about the same rows, best first. */
export type Vector = readonly Conjunction[]

export interface Cover {
  readonly vectors: readonly Vector[]
  /** What the filters are worth together: what they explain, less what they hit and how long they are. */
  readonly score: number
  /** Rows that no filter selects. */
  readonly rest: RowBits
}

/** The conditions that filters for some rows can be made of. */
export type FindConditions = (rest: RowBits) => readonly Condition[]

/**
 * Finds filters one after the other, each for what those before it left (sequential covering). Conditions are looked for anew
 * each time: those of a small vector are not seen beside a large one.
 */
export function coverRows(
  findConditions: FindConditions,
  rows: BitRows,
  { scales, leastGain, clients, crowd }: Omit<Demand, 'collateral' | 'rows'>,
): Cover {
  const rest = rows.all()
  // What a crowd sends is not to be explained, and its marks are not those of an attack.
  const crowds = crowd === undefined ? [] : findConditions(rest).filter((condition) => crowd.isCrowd([condition]))
  for (const { bits } of crowds) subtract(rest, bits)
  const vectors: Vector[] = []
  let explained = 0
  let collateral = scales.limit
  // Less than a filter must gain is left. How much there is in a window is an estimate that a second vector proves wrong.
  const enough = scales.ratio > 0 ? Infinity : (1 - leastGain) * scales.excess
  while (vectors.length < FILTERS && explained < enough) {
    const demand: Demand = { scales, leastGain, collateral, rows, clients, crowd }
    const conditions = findConditions(rest)
    const found = findConjunctions(conditions, rest, rows, demand, ALTERNATIVES).map((conjunction) =>
      scoped(conjunction, conditions, rows),
    )
    if (found.length === 0) break
    vectors.push(found)
    const [best] = found
    explained += best.bad - best.good * scales.ratio
    collateral = Math.max(0, collateral - best.good / Math.max(1, scales.good))
    subtract(rest, rowsOf(best.conditions))
  }
  const price = vectors.reduce((sum, [best]) => sum + priceOf(best, scales), 0)
  for (const { bits } of crowds) add(rest, bits)
  for (const [best] of vectors) subtract(rest, rowsOf(best.conditions))
  return { vectors, rest, score: Math.min(1, explained / scales.excess) - price }
}

/** Each further value that a filter names, as a part of a condition. */
const VALUE_PRICE = 0.002

function priceOf({ conditions, good }: Conjunction, scales: Scales): number {
  const values = conditions.reduce((sum, { candidate }) => sum + candidate.valuesNamed - 1, 0)
  const collateral = good / Math.max(1, scales.good)
  return lengthPrice(conditions.length, scales) + values * VALUE_PRICE + collateral * COLLATERAL_PRICE
}

/** True when a filter names many values: perhaps several filters that each name few are clearer. */
export function namesMany({ vectors }: Cover, most: number): boolean {
  return vectors.some(([{ conditions }]) => conditions.some(({ candidate }) => candidate.valuesNamed > most))
}

function rowsOf(conditions: readonly Condition[]): RowBits {
  return conditions.slice(1).reduce((bits, condition) => intersect(bits, condition.bits), conditions[0].bits)
}
