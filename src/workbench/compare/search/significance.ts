import type { Scales } from '../candidates/candidate.ts'

/** Chance that a comparison proposes something although nothing is there. */
const ERROR = 0.01
/** How far the share of a value may move between the baseline and the window by itself. */
const DRIFT = 1.3
const NORMAL_95 = 1.96

/**
 * True when the bad side holds so many more of something than the good side that chance does not explain it, given how many
 * such things were looked at (Chernoff's bound of the binomial tail, Bonferroni's correction).
 */
export function isExcess(bad: number, good: number, scales: Scales, tests: number): boolean {
  // With trusted labels nothing is there when both sides are drawn from the same traffic.
  const odds = scales.ratio > 0 ? scales.ratio * DRIFT : (scales.bad + 1) / (scales.good + 1)
  return isMoreThanChance(bad, good, odds, tests)
}

/** True when the bad side lacks something that the good side has, as `isExcess`. */
export function isLack(bad: number, good: number, scales: Scales, tests: number): boolean {
  const odds = scales.ratio > 0 ? DRIFT / scales.ratio : (scales.good + 1) / (scales.bad + 1)
  return isMoreThanChance(good, bad, odds, tests)
}

/** @param odds of one against the other when nothing is there */
function isMoreThanChance(one: number, other: number, odds: number, tests: number): boolean {
  const rows = one + other
  if (rows === 0) return false
  const chance = odds / (1 + odds)
  const share = one / rows
  if (share <= chance) return false
  const rest = share < 1 ? (1 - share) * Math.log((1 - share) / (1 - chance)) : 0
  return rows * (share * Math.log(share / chance) + rest) >= Math.log(Math.max(1, tests) / ERROR)
}

/** 95 % interval of a share (Wilson). */
export function shareInterval(hits: number, rows: number): readonly [number, number] {
  if (rows === 0) return [0, 1]
  const square = NORMAL_95 ** 2
  const share = hits / rows
  const centre = share + square / (2 * rows)
  const half = NORMAL_95 * Math.sqrt((share * (1 - share)) / rows + square / (4 * rows * rows))
  const scale = 1 + square / rows
  return [Math.max(0, (centre - half) / scale), Math.min(1, (centre + half) / scale)]
}
