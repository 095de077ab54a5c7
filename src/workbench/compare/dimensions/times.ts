import type { FactRow } from '../population/fact-row.ts'
import { isExcess } from '../search/significance.ts'
import type { Dimension, RowCounts } from './dimension.ts'

/** Rows and distinct values from which on a trend is no accident. */
const TREND_ROWS = 40
const TREND_VALUES = 10
/** Correlation of the ranks of values and times from which on a number is a clock. */
const CLOCK = 0.9
/** A value that is bound to a part of the time, but has so much of it, is a part of an attack. */
const PART_OF_ATTACK = 0.3
/** Share of the rare half of a value that is bound to the other. */
const REST = 0.1

/** When the rows of each side were sent: tells what marks a side from what only says when it was. */
export class Times {
  readonly #counts: RowCounts
  /** By row: its place in the order of time of its side. */
  readonly #ranks: Float64Array

  private constructor(ranks: Float64Array, counts: RowCounts) {
    this.#ranks = ranks
    this.#counts = counts
  }

  /** Undefined when rows have no times. */
  static of(rows: readonly FactRow[], counts: RowCounts): Times | undefined {
    if (rows.some(({ timeMicros }) => timeMicros === undefined)) return undefined
    const ranks = new Float64Array(rows.length)
    for (const [from, to] of [
      [0, counts.bad],
      [counts.bad, rows.length],
    ]) {
      const order = Int32Array.from({ length: to - from }, (_, at) => from + at)
      order.sort((a, b) => rows[a].timeMicros! - rows[b].timeMicros!)
      for (const [rank, row] of order.entries()) ranks[row] = rank
    }
    return new Times(ranks, counts)
  }

  /** True for a number that grows or falls with time on a side. */
  isClock(dimension: Dimension): boolean {
    if (dimension.type !== 'Int' || dimension.values.length <= TREND_VALUES) return false
    const { bad } = this.#counts
    const ranks = valueRanks(dimension)
    return this.#hasTrend(dimension, ranks, 0, bad) || this.#hasTrend(dimension, ranks, bad, dimension.codes.length)
  }

  #hasTrend({ codes }: Dimension, ranks: Float64Array, from: number, to: number): boolean {
    const rows: number[] = []
    const distinct = new Set<number>()
    for (let row = from; row < to; row++) {
      if (codes[row] === 0) continue
      rows.push(row)
      distinct.add(codes[row])
    }
    if (rows.length < TREND_ROWS || distinct.size < TREND_VALUES) return false
    const values = rows.map((row) => ranks[codes[row]])
    const times = rows.map((row) => this.#ranks[row])
    return Math.abs(correlation(values, times)) >= CLOCK
  }

  /** By code: 1 for values of the bad side that come only in one half of its time, and are a small part of that half. */
  boundValues({ codes, values }: Dimension): Uint8Array {
    const { bad } = this.#counts
    const halves = [new Float64Array(values.length), new Float64Array(values.length)]
    for (let row = 0; row < bad; row++) halves[this.#ranks[row] * 2 < bad ? 0 : 1][codes[row]]++
    const size = bad / 2
    const scales = { bad: size, good: size, ratio: 0, excess: size, leastBad: 0, limit: 0 }
    return Uint8Array.from(values, (_, code) => {
      const more = Math.max(halves[0][code], halves[1][code])
      const less = Math.min(halves[0][code], halves[1][code])
      if (more >= size * PART_OF_ATTACK || less > more * REST) return 0
      return isExcess(more, less, scales, values.length) ? 1 : 0
    })
  }
}

/** By code: the place of its value in the order of values. */
function valueRanks({ values }: Dimension): Float64Array {
  const order = Array.from({ length: values.length - 1 }, (_, at) => at + 1).toSorted(
    (a, b) => Number(values[a]) - Number(values[b]),
  )
  const ranks = new Float64Array(values.length)
  for (const [rank, code] of order.entries()) ranks[code] = rank
  return ranks
}

function correlation(one: readonly number[], other: readonly number[]): number {
  const mean = (list: readonly number[]): number => list.reduce((sum, value) => sum + value, 0) / list.length
  const [meanOne, meanOther] = [mean(one), mean(other)]
  let both = 0
  let squareOne = 0
  let squareOther = 0
  for (let at = 0; at < one.length; at++) {
    const [a, b] = [one[at] - meanOne, other[at] - meanOther]
    both += a * b
    squareOne += a * a
    squareOther += b * b
  }
  return squareOne === 0 || squareOther === 0 ? 0 : both / Math.sqrt(squareOne * squareOther)
}
