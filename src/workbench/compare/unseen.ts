import { FIELD_BY_NAME } from '#fields'
import { parseExpression } from '#rules'
import { Dice } from '../waf/dice.ts'
import { MemoryPopulation } from './population/memory-population.ts'
import type { FactRow } from './population/fact-row.ts'
import type { Sample, Tally } from './population/population.ts'
import type { FilterReport, UnseenReport } from './report.ts'
import type { BitRows } from './search/bits.ts'
import type { Condition } from './search/searchable.ts'
import { shareInterval } from './search/significance.ts'

/** What is left of a count of all good rows when those that were searched are taken out of it. */
export function withoutSearched(
  all: Tally,
  conditions: readonly Condition[],
  rows: BitRows,
  searched: readonly FactRow[],
): Tally {
  const masks = new Map(all.masks)
  let weight = all.weight
  for (const [row, { weight: each = 1 }] of searched.entries()) {
    let mask = 0
    for (const [at, { bits }] of conditions.entries()) if (rows.isGood(bits, row)) mask |= 1 << at
    masks.set(mask, Math.max(0, (masks.get(mask) ?? 0) - each))
    weight -= each
  }
  return { masks, rows: Math.max(0, all.rows - searched.length), weight: Math.max(0, weight) }
}

/** What filters hit of rows that were not searched for them. */
export function unseenReport(hitWeight: number, { rows, weight }: Pick<Tally, 'rows' | 'weight'>): UnseenReport {
  const collateral = weight === 0 ? 0 : hitWeight / weight
  const [low, high] = shareInterval(collateral * rows, rows)
  return { rows, collateral: rounded(collateral), interval: [rounded(low), rounded(high)] }
}

function rounded(share: number): number {
  return Math.min(1, Math.round(share * 1e7) / 1e7)
}

interface Halves {
  readonly searched: Sample
  readonly unseen: readonly FactRow[]
}

/** Finds filters of samples as the comparison did. */
type FindFilters = (bad: Sample, good: Sample) => Promise<readonly FilterReport[]>

const SEED = 1

/**
 * Where every row was searched, no row is left to judge filters by. Instead the search is done again with each half of the
 * rows, and what it finds is judged by the other half (two-fold cross-validation): what filters found in this way hit of rows
 * that were not searched for them.
 *
 * @returns undefined when no half has enough rows to find anything
 */
export async function crossJudged(bad: Sample, good: Sample, find: FindFilters): Promise<UnseenReport | undefined> {
  const ofBad = halvesOf(bad.rows)
  const ofGood = halvesOf(good.rows)
  let rows = 0
  let hits = 0
  for (const fold of [0, 1] as const) {
    if (ofBad[fold].searched.total === 0 || ofGood[fold].searched.total === 0) continue
    const filters = await find(ofBad[fold].searched, ofGood[fold].searched)
    if (filters.length === 0) continue
    const { masks } = await new MemoryPopulation(ofGood[fold].unseen).tally(filters.map(({ when }) => parsed(when)))
    rows += ofGood[fold].unseen.length
    for (const [mask, weight] of masks) if (mask !== 0) hits += weight
  }
  return rows === 0 ? undefined : unseenReport(hits, { rows, weight: rows })
}

function halvesOf(rows: readonly FactRow[]): readonly [Halves, Halves] {
  const dice = new Dice(SEED)
  const sides: [FactRow[], FactRow[]] = [[], []]
  for (const row of rows) sides[dice.fraction() < 0.5 ? 0 : 1].push(row)
  const half = (searched: FactRow[], unseen: FactRow[]): Halves => ({
    searched: { rows: searched, total: searched.length },
    unseen,
  })
  return [half(sides[0], sides[1]), half(sides[1], sides[0])]
}

function parsed(when: string) {
  const result = parseExpression(when, { fields: FIELD_BY_NAME })
  if (!result.ok) throw result.error
  return result.expression
}
