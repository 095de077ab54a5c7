import { FIELD_BY_NAME } from '#fields'
import { compilePredicate, parseExpression } from '#rules'
import { compare } from '../compare.ts'
import { FACT_READERS } from '../population/fact-readers.ts'
import type { FactRow } from '../population/fact-row.ts'
import { MemoryPopulation } from '../population/memory-population.ts'
import type { CompareReport } from '../report.ts'
import type { Mix, MixRows } from './mix.ts'

/** What filters are worth on rows that the search never saw. */
export interface Judgement {
  readonly report: CompareReport
  /** Share of the attack's rows that the filters select, and of the good rows. */
  readonly coverage: number
  readonly collateral: number
  /** Conditions of all filters together, and of the shortest known ones. */
  readonly conditions: number
  readonly knownConditions: number
  readonly cpuSeconds: number
}

export interface MixSize {
  readonly badRows: number
  readonly goodRows: number
}

/** Compares the rows of a mix, and judges what comes out of it on fresh rows of the same mix. */
export async function judgeMix(mix: Mix, seed: number, size: MixSize, sampleSeed = 1): Promise<Judgement> {
  const rows = mix.make(seed, size.badRows, size.goodRows)
  const before = process.cpuUsage()
  const report = await compare(new MemoryPopulation(rows.bad), new MemoryPopulation(rows.good), {
    labels: mix.labels,
    kind: mix.kind,
    seed: sampleSeed,
  })
  const { user, system } = process.cpuUsage(before)
  const fresh = mix.make(seed + 1_000_003, Math.round(size.badRows / 2), Math.round(size.goodRows / 2))
  const whens = report.filters.map(({ when }) => when)
  return {
    report,
    ...sharesOf(whens, fresh),
    conditions: report.filters.reduce((sum, { conjuncts }) => sum + conjuncts.length, 0),
    knownConditions: mix.known.reduce((sum, when) => sum + when.split(/ and (?!\d)/).length, 0),
    cpuSeconds: (user + system) / 1e6,
  }
}

/** What filters together select of the attack's and of the good rows. */
export function sharesOf(
  whens: readonly string[],
  rows: MixRows,
): { readonly coverage: number; readonly collateral: number } {
  const predicates = whens.map((when) => predicateOf(when))
  const isHit = (row: FactRow): boolean => predicates.some((predicate) => predicate(row))
  const attack = rows.bad.filter((_, row) => rows.isAttack?.(row) ?? true)
  const share = (list: readonly FactRow[]): number => (list.length === 0 ? 0 : list.filter(isHit).length / list.length)
  return { coverage: share(attack), collateral: share(rows.good) }
}

/** The condition of a filter as an enforcement point compiles it. */
export function predicateOf(when: string): (row: FactRow) => boolean {
  const parsed = parseExpression(when, { fields: FIELD_BY_NAME })
  if (!parsed.ok) throw new Error(`${when}: ${parsed.error.message}`)
  return compilePredicate(parsed.expression, { readers: FACT_READERS, lists: new Map() })
}
