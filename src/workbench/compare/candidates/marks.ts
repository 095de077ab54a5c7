import type { Dimension } from '../dimensions/dimension.ts'
import { isExcess, isLack } from '../search/significance.ts'
import type { Scales } from './candidate.ts'

/** True when the bad side holds a value so often that neither chance nor a few long flows explain it. */
export function isMark(dimension: Dimension, code: number, scales: Scales): boolean {
  const { badCounts, goodCounts, rowsPerFlow, boundToTime } = dimension
  if (boundToTime?.[code] === 1) return false
  const rows = rowsPerFlow?.bad[code] ?? 1
  return isExcess(badCounts[code] / rows, goodCounts[code] / rows, scales, badCounts.length)
}

/** True when the bad side lacks a value that the good side has, as `isMark`. */
export function isMissing({ badCounts, goodCounts, rowsPerFlow }: Dimension, code: number, scales: Scales): boolean {
  const rows = rowsPerFlow?.good[code] ?? 1
  return isLack(badCounts[code] / rows, goodCounts[code] / rows, scales, badCounts.length)
}
