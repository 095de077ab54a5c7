import { TidegateError } from '#kernel'
import type { AttachedFile } from './database-files.ts'
import { integer, overlapping, rangeSql, sourceSql, type TimeRange } from './source-sql.ts'

const FIRST_WINDOW_MICROS = 300_000_000
const WINDOW_GROWTH = 8

/**
 * Ranges of time from the end of a range back to its start, each larger than the one before, with the files that hold
 * events of it: the usual question (the last hundred) reads minutes and not the whole range.
 */
export function* windowsBack(sinceMicros: number, untilMicros: number, files: readonly AttachedFile[]) {
  const known = overlapping(files, { sinceMicros, untilMicros })
  if (known.length === 0) return
  const first = Math.max(sinceMicros, Math.min(...known.map((file) => file.firstMicros ?? Infinity)))
  let end = Math.min(untilMicros, Math.max(...known.map((file) => file.lastMicros ?? 0)) + 1)
  for (let size = FIRST_WINDOW_MICROS; end > first; size *= WINDOW_GROWTH) {
    const window = { sinceMicros: Math.max(first, end - size), untilMicros: end }
    const inside = overlapping(known, window)
    if (inside.length > 0) yield { ...window, files: inside }
    end = window.sinceMicros
  }
}

/** The newest rows that fulfil a condition, whole. They are found by few columns first; only the found ones are read. */
export function newestSql(files: readonly AttachedFile[], range: TimeRange, where: string, limit: number): string {
  const order = `ORDER BY "time" DESC, "ray" DESC LIMIT ${integer(limit)}`
  const union = files.map((file) => {
    const source = sourceSql(file)
    return `SELECT * FROM ${source} WHERE rowid IN
      (SELECT rowid FROM ${source} WHERE ${rangeSql(range)} AND ${where} ${order})`
  })
  return `SELECT * FROM (${union.join(' UNION ALL ')}) ${order}`
}

/** Where a page ended. */
export interface Cursor {
  readonly timeMicros: number
  readonly ray: string
}

/** Throws ERR_QUERY_INVALID for a text that no page returned. */
export function parseCursor(text: string): Cursor {
  const match = /^(\d{1,16})\.([0-9a-z]{1,64})$/.exec(text)
  if (match === null) {
    throw new TidegateError('ERR_QUERY_INVALID', 'the cursor is not one that an earlier page returned', {
      source: 'client',
      remedy: 'Give the cursor back as it was, or none to start at the newest event.',
    })
  }
  return { timeMicros: Number(match[1]), ray: match[2] }
}

export function beforeCursor(cursor: Cursor): string {
  const time = integer(cursor.timeMicros)
  return `("time" < ${time} OR ("time" = ${time} AND "ray" < '${cursor.ray}'))`
}

const DIGITS = '0123456789abcdefghjkmnpqrstvwxyz'
const RAY_TIME_DIGITS = 9

/** When a ray was made, microseconds since the epoch; 0 for what is no ray. */
export function rayMicros(ray: string): number {
  let ms = 0
  for (const digit of ray.slice(0, RAY_TIME_DIGITS)) ms = ms * 32 + Math.max(0, DIGITS.indexOf(digit))
  return Math.min(ms * 1000, Number.MAX_SAFE_INTEGER / 2)
}
