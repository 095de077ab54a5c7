import type { DuckDBValue } from '@duckdb/node-api'
import type { Estimate } from './plan.ts'

/** A row with the columns `estimate`, `variance` and `entries`. */
export type EstimateRow = Readonly<Record<string, DuckDBValue>>

/** Half of the 95 % interval is this many standard deviations. */
const INTERVAL = 1.96

/** What a sum of weights says about the number of events. */
export function estimateOf(row: EstimateRow): Estimate {
  return estimate(Number(row.estimate ?? 0), Number(row.variance ?? 0), Number(row.entries ?? 0))
}

/** The rows together. */
export function sumEstimates(rows: readonly EstimateRow[]): Estimate {
  const sum = (column: string): number => rows.reduce((total, row) => total + Number(row[column] ?? 0), 0)
  return estimate(sum('estimate'), sum('variance'), sum('entries'))
}

function estimate(count: number, variance: number, rows: number): Estimate {
  return { count, error: INTERVAL * Math.sqrt(Math.max(0, variance)), rows }
}
