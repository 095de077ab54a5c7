import type { Expression } from '#rules'
import type { CompareKind, RowLevel } from '../report.ts'
import type { FactRow } from './fact-row.ts'

/** Some rows of a population, chosen at random. */
export interface Sample {
  readonly rows: readonly FactRow[]
  /** Rows that the population has, of which these are a sample. */
  readonly total: number
}

/** How often each combination of conditions held: bit `i` of a mask stands for the condition `i`. */
export interface Tally {
  /** Weight by mask. */
  readonly masks: ReadonlyMap<number, number>
  readonly rows: number
  readonly weight: number
}

/** A key and a period by which rows are counted. */
export interface RateQuestion {
  readonly key: readonly string[]
  readonly periodSeconds: number
}

/** How many keys had how many rows in a period. */
export interface RateCounts {
  readonly question: RateQuestion
  /** Number of keys, summed over all periods, by their number of rows. */
  readonly keysBySize: ReadonlyMap<number, number>
}

/** What the rows of a population can be: its packets, or the messages in them. */
export interface Level {
  readonly name: RowLevel
  readonly kind: CompareKind
  readonly population: Population
  readonly rows: number
  /** Share of the packets that are of flows with such messages. */
  readonly share: number
}

/** One side of a comparison. It is asked several times, and answers the same each time. */
export interface Population {
  /** About `limit` rows, each as likely as another; equal seeds give equal samples. */
  sample(limit: number, seed: number): Promise<Sample>
  /** True when `tally` can decide this condition for every row. */
  canDecide(condition: Expression): boolean
  /** Evaluates at most 30 conditions on every row. */
  tally(conditions: readonly Expression[]): Promise<Tally>
  /** Counts rows by key and period; undefined when rows have no time or cannot be counted so. */
  rates(questions: readonly RateQuestion[]): Promise<readonly RateCounts[] | undefined>
  /** Of captures: at which levels its rows can be compared, packets last. */
  levels?(): Promise<readonly Level[]>
  /** What could not be read or was left out, in words. */
  notes(): readonly string[]
}

/** Most conditions of one `tally`: bits of a small integer. */
export const TALLY_CONDITIONS = 30
