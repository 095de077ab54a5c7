import type { ScalarValue } from '#fields'
import type { RowCounts } from './dimension.ts'

/** Longest text that is taken for a name. */
const NAME_CHARACTERS = 100
/** Rows of one side that must have a name, as a share of it. */
const LEAST_SHARE = 0.005
/** Names that are counted before the rare ones are forgotten: clients can invent as many as they like. */
const COUNTED_NAMES = 20_000

/**
 * The texts that stand in many of the lists of one side, those first whose shares on both sides differ most; at most
 * `limit`. A text that a rule could not hold as it is is left out.
 */
export function frequentKeys(
  lists: readonly (readonly ScalarValue[])[],
  listCounts: { readonly badCounts: Float64Array; readonly goodCounts: Float64Array },
  rows: RowCounts,
  limit: number,
): string[] {
  const counts = new Map<string, { bad: number; good: number }>()
  for (let at = 0; at < lists.length; at++) {
    for (const key of new Set(lists[at])) {
      if (typeof key !== 'string' || !PLAIN.test(key)) continue
      let count = counts.get(key)
      if (count === undefined) {
        if (counts.size >= COUNTED_NAMES) continue
        count = { bad: 0, good: 0 }
        counts.set(key, count)
      }
      count.bad += listCounts.badCounts[at]
      count.good += listCounts.goodCounts[at]
    }
  }
  return [...counts]
    .map(([key, { bad, good }]) => ({ key, bad: bad / Math.max(1, rows.bad), good: good / Math.max(1, rows.good) }))
    .filter(({ bad, good }) => Math.max(bad, good) >= LEAST_SHARE)
    .toSorted((a, b) => Math.abs(b.bad - b.good) - Math.abs(a.bad - a.good) || (a.key < b.key ? -1 : 1))
    .slice(0, limit)
    .map(({ key }) => key)
}

const PLAIN = new RegExp(`^[\\x20-\\x7e]{1,${NAME_CHARACTERS}}$`)
