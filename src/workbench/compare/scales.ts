import { baselineScale } from './baseline-scale.ts'
import { type Candidate, excessOf, type Scales } from './candidates/candidate.ts'
import { type Dimension, recounted, type RowCounts } from './dimensions/dimension.ts'
import { type BitRows, holdsBad, type RowBits } from './search/bits.ts'

/** Whether every bad row counts as bad, or only what exceeds the good side. */
export type Labels = 'trusted' | 'window'

/** Good rows that a filter to block with may hit, and those of a filter to challenge with. */
export const BLOCK_LIMIT = 0.001
export const CHALLENGE_LIMIT = 0.008
/** Share of the rows to be explained that a filter must add. */
export const LEAST_GAIN = { trusted: 0.01, window: 0.02 } as const
/** The scale of the baseline may be wrong by so much. */
const SCALE_ERROR = 0.1
/** Rows of a window that are worth looking for. */
const LEAST_EXCESS = 20

/** What a search measures conditions by. */
export function scalesOf(dimensions: readonly Dimension[], { bad, good }: RowCounts, labels: Labels): Scales {
  const leastBad = (excess: number): number => Math.max(5, excess * LEAST_GAIN[labels] * 0.5)
  const common = { bad, good, limit: BLOCK_LIMIT }
  if (labels === 'trusted') return { ...common, ratio: 0, excess: bad, leastBad: leastBad(bad) }
  const ratio = Math.max(LEAST_RATIO, baselineScale(dimensions, { bad, good }))
  const sure = Math.max(LEAST_EXCESS, bad - good * ratio * (1 + SCALE_ERROR) - 3 * Math.sqrt(bad))
  return { ...common, ratio, excess: sure, leastBad: leastBad(sure) }
}

/** A window always holds some good rows; zero stands for trusted labels. */
const LEAST_RATIO = 1e-9

/** A small attack is lost in the error of the scale; what only it has says how large it is at least. */
export function withPureExcess(scales: Scales, candidates: Iterable<readonly Candidate[]>): Scales {
  if (scales.ratio === 0) return scales
  const pure = [...candidates]
    .flat()
    .filter(({ good }) => good <= scales.good * scales.limit)
    .reduce((most, { bad, good }) => Math.max(most, excessOf(bad, good, scales)), 0)
  return { ...scales, excess: Math.max(scales.excess, pure) }
}

/**
 * The scales of a window once filters have taken their rows out of it: what is left is nearer to good traffic, so the scale
 * of the baseline, and with it the size of the attack, is known better.
 */
export function refinedScales(
  scales: Scales,
  dimensions: readonly Dimension[],
  counts: RowCounts,
  rest: RowBits,
  bits: BitRows,
): Scales {
  if (scales.ratio === 0) return scales
  const remaining = dimensions
    .filter(({ operand, field }) => operand === field.name)
    .map((dimension) => recounted(dimension, counts, holdsBad(rest)))
  const ratio = Math.max(LEAST_RATIO, baselineScale(remaining, counts))
  const totals = { bad: 0, good: 0 }
  bits.countBoth(rest, rest, totals)
  const explained = counts.bad - totals.bad - (counts.good - totals.good) * ratio
  const left = totals.bad - totals.good * ratio
  // Less than the error of the scale is not known to be there.
  const unexplained = left > totals.bad * SCALE_ERROR ? left : 0
  return { ...scales, ratio, excess: Math.max(1, explained + unexplained) }
}

/** True when a window holds more than the error of the scale explains. */
export function isSureExcess({ bad, excess, ratio }: Scales): boolean {
  return ratio === 0 || excess > Math.max(LEAST_EXCESS, bad * SCALE_ERROR)
}
