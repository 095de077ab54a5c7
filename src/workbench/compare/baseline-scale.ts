import type { Dimension, RowCounts } from './dimensions/dimension.ts'

/** Good rows that a value must have to say something about the scale: a share, and a number. */
const LEAST_SHARE = 0.004
const LEAST_ROWS = 40
/** Values whose ratios differ by less belong together: in logarithms, about a tenth. */
const BANDWIDTH = 0.1
/** A crowd of values counts when it is this large, compared with the largest. */
const CROWD = 0.3

interface Ratio {
  /** Logarithm of the rows in the window over those in the baseline. */
  readonly log: number
  readonly weight: number
}

/**
 * By what the baseline has to be multiplied so that it stands for the good rows of the window, without knowing which rows
 * those are. The values of every dimension have ratios of their rows in the window to those in the baseline. Values that only
 * good rows have crowd at the true ratio, values that an attack has lie above: the lowest crowd is taken.
 *
 * @returns rows of the window a row of the baseline; 0 when no value is frequent enough
 */
export function baselineScale(dimensions: readonly ScaledDimension[], rows: RowCounts): number {
  const ratios = dimensions.flatMap((dimension) => ratiosOf(dimension, rows)).toSorted((a, b) => a.log - b.log)
  if (ratios.length === 0) return 0
  const crowds = ratios.map(({ log }) => weightAround(ratios, log))
  const largest = Math.max(...crowds)
  const lowest = ratios[crowds.findIndex((crowd) => crowd >= largest * CROWD)].log
  const peak = peakAbove(ratios, crowds, lowest)
  const inside = ratios.filter(({ log }) => Math.abs(log - peak) <= BANDWIDTH)
  const weight = inside.reduce((sum, ratio) => sum + ratio.weight, 0)
  return Math.exp(inside.reduce((sum, ratio) => sum + ratio.log * ratio.weight, 0) / weight)
}

/** What of a dimension says by what the baseline is to be multiplied. */
export type ScaledDimension = Pick<Dimension, 'operand' | 'field' | 'badCounts' | 'goodCounts'>

function ratiosOf({ operand, field, badCounts, goodCounts }: ScaledDimension, rows: RowCounts): Ratio[] {
  // Lengths and positions say the same again as the field that they are of.
  if (operand !== field.name) return []
  const least = Math.max(LEAST_ROWS, rows.good * LEAST_SHARE)
  const ratios: Ratio[] = []
  for (let code = 0; code < goodCounts.length; code++) {
    if (goodCounts[code] < least) continue
    ratios.push({ log: Math.log((badCounts[code] + 0.5) / goodCounts[code]), weight: goodCounts[code] / rows.good })
  }
  return ratios
}

function weightAround(ratios: readonly Ratio[], log: number): number {
  return ratios.reduce((sum, ratio) => (Math.abs(ratio.log - log) <= BANDWIDTH ? sum + ratio.weight : sum), 0)
}

/** From where the lowest crowd begins, up to its densest place. */
function peakAbove(ratios: readonly Ratio[], crowds: readonly number[], lowest: number): number {
  let peak = lowest
  let most = 0
  for (const [at, { log }] of ratios.entries()) {
    if (log < lowest || log > lowest + 2 * BANDWIDTH || crowds[at] <= most) continue
    most = crowds[at]
    peak = log
  }
  return peak
}
