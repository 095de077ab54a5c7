import { COLUMNS } from '#events'
import { TidegateError } from '#kernel'
import type { AttachedFile } from './database-files.ts'
import { identifier } from './sql-text.ts'

/** Microseconds since the epoch; the end is exclusive. */
export interface TimeRange {
  readonly sinceMicros: number
  readonly untilMicros: number
}

/** Files that hold events of a range of time. */
export function overlapping(files: readonly AttachedFile[], range: TimeRange): AttachedFile[] {
  return files.filter(
    (file) =>
      file.firstMicros !== undefined &&
      file.firstMicros < range.untilMicros &&
      (file.lastMicros ?? 0) >= range.sinceMicros,
  )
}

/** Condition that a row lies in a range of time. */
export function rangeSql(range: TimeRange): string {
  const since = Math.max(0, Math.ceil(range.sinceMicros))
  const until = Math.min(Number.MAX_SAFE_INTEGER, Math.ceil(range.untilMicros))
  return `"time" >= ${integer(since)} AND "time" < ${integer(until)}`
}

/** A file's table with the columns of today in their order: what an older version did not write is null. */
export function sourceSql(file: AttachedFile): string {
  const columns = COLUMNS[file.name.kind].map(({ name, type }) =>
    file.columns.get(name) === type ? identifier(name) : `NULL::${type} AS ${identifier(name)}`,
  )
  return `(SELECT ${columns.join(', ')}, rowid FROM ${file.table})`
}

/** A number from a plan as a whole number between `least` and `most`. Throws ERR_QUERY_INVALID for NaN and infinity. */
export function bounded(value: number, most: number, least = 1): number {
  if (Number.isFinite(value)) return Math.min(most, Math.max(least, Math.trunc(value)))
  throw new TidegateError('ERR_QUERY_INVALID', `${value} is no number of a query`, { source: 'client' })
}

/** A number as SQL digits. */
export function integer(value: number): string {
  return BigInt(bounded(value, Number.MAX_SAFE_INTEGER, 0)).toString()
}
