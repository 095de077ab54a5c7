import type { Dimension } from '../dimensions/dimension.ts'
import { type Candidate, candidateOf, type Scales } from './candidate.ts'

/** Codes of a number in ascending order of value, with the rows of each side. */
interface Ladder {
  readonly numbers: readonly number[]
  readonly bad: readonly number[]
  readonly good: readonly number[]
}

function ladderOf({ values, badCounts, goodCounts }: Dimension): Ladder {
  const order = Array.from({ length: values.length - 1 }, (_, i) => i + 1).toSorted(
    (a, b) => Number(values[a]) - Number(values[b]),
  )
  return {
    numbers: order.map((code) => Number(values[code])),
    bad: order.map((code) => badCounts[code]),
    good: order.map((code) => goodCounts[code]),
  }
}

/** What of the bad rows may lie outside of a range, on each side of it. */
const TAILS = [0, 0.0005, 0.005, 0.03]

/** Ranges of a number that hold most bad rows, and the range that separates the sides best. */
export function rangeCandidates(dimension: Dimension, scales: Scales): Candidate[] {
  if (!dimension.use.ranges) return []
  const ladder = ladderOf(dimension)
  if (ladder.numbers.length < 3) return []
  const total = ladder.bad.reduce((sum, count) => sum + count, 0)
  if (total < scales.leastBad) return []
  const spans = TAILS.map((tail): Span => [quantile(ladder.bad, total * tail), quantileBack(ladder.bad, total * tail)])
  const best = steepestSpan(ladder, scales)
  if (best !== undefined) spans.push(best)
  const seen = new Set<string>()
  const candidates: Candidate[] = []
  for (const span of spans) {
    for (const candidate of candidatesOf(dimension, ladder, span, scales)) {
      if (seen.has(candidate.when) || candidate.bad < scales.leastBad) continue
      seen.add(candidate.when)
      candidates.push(candidate)
    }
  }
  return candidates
}

/** First and last step of the ladder. */
type Span = readonly [number, number]

function quantile(counts: readonly number[], below: number): number {
  let sum = 0
  for (let step = 0; step < counts.length; step++) {
    sum += counts[step]
    if (sum > below) return step
  }
  return counts.length - 1
}

function quantileBack(counts: readonly number[], above: number): number {
  let sum = 0
  for (let step = counts.length - 1; step >= 0; step--) {
    sum += counts[step]
    if (sum > above) return step
  }
  return 0
}

/** The run of steps on which the share of the bad exceeds that of the good by most (Kadane). */
function steepestSpan({ bad, good }: Ladder, scales: Scales): Span | undefined {
  let best = 0
  let span: Span | undefined
  let sum = 0
  let start = 0
  for (let step = 0; step < bad.length; step++) {
    sum += (bad[step] - good[step] * scales.ratio) / Math.max(1, scales.excess) - good[step] / Math.max(1, scales.good)
    if (sum > best) {
      best = sum
      span = [start, step]
    } else if (sum <= 0) {
      sum = 0
      start = step + 1
    }
  }
  return span
}

function candidatesOf(dimension: Dimension, ladder: Ladder, [first, last]: Span, scales: Scales): Candidate[] {
  const { numbers } = ladder
  if (first > last) return []
  if (first === last) return []
  const low = roundBound(ladder, first, -1, scales)
  const high = roundBound(ladder, last, 1, scales)
  const { operand, values } = dimension
  const number = (code: number): number => Number(values[code])
  const isThere = (code: number): boolean => code > 0
  const candidates: Candidate[] = []
  const add = (when: string, isMember: (code: number) => boolean): void => {
    candidates.push(candidateOf(dimension, when, (code) => isThere(code) && isMember(code), RANGE_PRICE))
  }
  if (first > 0) add(`${operand} >= ${low}`, (code) => number(code) >= low)
  if (last < numbers.length - 1) add(`${operand} <= ${high}`, (code) => number(code) <= high)
  if (first > 0 && last < numbers.length - 1) {
    add(`${operand} in {${low}..${high}}`, (code) => number(code) >= low && number(code) <= high)
  }
  return candidates
}

/** A bound can be crossed by a step: an equal filter with a fixed value is better. */
const RANGE_PRICE = 0.0015

/**
 * A bound as a person would write it: moved outwards to a round number while that takes in hardly any good row. The same
 * bound then comes out of another sample.
 */
function roundBound({ numbers, good }: Ladder, step: number, direction: -1 | 1, scales: Scales): number {
  const bound = numbers[step]
  const tolerated = scales.good * scales.limit * 0.1
  const size = 10 ** Math.floor(Math.log10(Math.max(1, Math.abs(bound))))
  for (const unit of [size, size / 2, size / 5, size / 10, size / 20, size / 50, size / 100]) {
    if (unit < 2) break
    const round = direction < 0 ? Math.floor(bound / unit) * unit : Math.ceil(bound / unit) * unit
    if (round === bound) return bound
    if (!Number.isInteger(round) || Math.abs(round - bound) > Math.abs(bound) * 0.1) continue
    let taken = 0
    for (let at = step + direction; at >= 0 && at < numbers.length; at += direction) {
      if (direction < 0 ? numbers[at] < round : numbers[at] > round) break
      taken += good[at]
    }
    if (taken <= tolerated) return round
  }
  return bound
}
