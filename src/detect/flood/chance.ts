import { type CodedColumn, NO_CODE } from './code-table.ts'
import type { ValueRange } from './condition.ts'

/** An attack that is so many times denser in a range than over all good values is not merely everywhere. */
const DENSITY_LEAST = 10
/** What is missing from a range has to be so many standard deviations of what chance would leave there. */
const DEVIATIONS_LEAST = 3

interface GapQuestion {
  readonly coded: CodedColumn
  readonly sources: CodedColumn | undefined
  /** Rows of the good packets, and how many of these and of the attack have each value. */
  readonly goodRows: Int32Array
  readonly good: Float64Array
  readonly attack: Float64Array
  readonly ranges: readonly ValueRange[]
}

/**
 * True when ranges lie between values of good packets, an attack is in them only because it has all values, and good packets
 * are not there only because they are of few senders: what each of these sends alike, as its TTL, counts once.
 */
export function isChanceGap(question: GapQuestion): boolean {
  const { coded, good, attack, ranges } = question
  const lowest = coded.values[good.findIndex((rows) => rows > 0)]
  const highest = coded.values[good.findLastIndex((rows) => rows > 0)]
  if (lowest === undefined || highest === undefined) return false
  let between = 0
  for (const [first, last] of ranges) between += Math.max(0, Math.min(last, highest) - Math.max(first, lowest) + 1)
  const share = between / (highest - lowest + 1)
  const isIn = (value: number): boolean => ranges.some(([first, last]) => value >= first && value <= last)
  let [inRanges, inBoth, inHull] = [0, 0, 0]
  for (const [code, value] of coded.values.entries()) {
    const isBetween = value >= lowest && value <= highest
    const isMatched = isIn(value)
    if (isMatched) inRanges += attack[code]
    if (isBetween) inHull += attack[code]
    if (isMatched && isBetween) inBoth += attack[code]
  }
  if (inBoth * 2 < inRanges || inBoth >= inHull * share * DENSITY_LEAST) return false
  const [sent, sentThere] = countSent(question, isIn)
  const expected = sent * share
  return expected - sentThere < DEVIATIONS_LEAST * Math.sqrt(expected)
}

/** How many different values good senders sent, and how many of these lie in the ranges. */
function countSent(
  { coded, sources, goodRows }: GapQuestion,
  isIn: (value: number) => boolean,
): readonly [all: number, there: number] {
  const seen = new Set<number>()
  let there = 0
  for (const row of goodRows) {
    const code = coded.codes[row]
    if (code === NO_CODE) continue
    const key = (sources?.codes[row] ?? 0) * NO_CODE + code
    if (seen.has(key)) continue
    seen.add(key)
    if (isIn(coded.values[code])) there++
  }
  return [seen.size, there]
}
