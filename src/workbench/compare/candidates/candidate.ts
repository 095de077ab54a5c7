import type { Dimension } from '../dimensions/dimension.ts'

/** A condition on one dimension: the codes that fulfil it. */
export interface Candidate {
  /** In the rules language. */
  readonly when: string
  readonly dimension: Dimension
  /** By code: 1 where the value fulfils the condition. */
  readonly members: Uint8Array
  /** Rows of each side that fulfil it. */
  readonly bad: number
  readonly good: number
  /** What the condition costs besides the length of the filter. */
  readonly price: number
  /** Values that its text names. */
  readonly valuesNamed: number
}

/** What a search for candidates has to know of the populations. */
export interface Scales {
  /** Rows of each side in the sample. */
  readonly bad: number
  readonly good: number
  /** Expected good rows on the bad side, for each row of the good side; 0 where labels are trusted. */
  readonly ratio: number
  /** Rows of the bad side that are to be explained. */
  readonly excess: number
  /** A condition that holds for fewer bad rows is not looked at. */
  readonly leastBad: number
  /** Tolerated share of good rows. */
  readonly limit: number
}

export function candidateOf(
  dimension: Dimension,
  when: string,
  isMember: (code: number) => boolean,
  extraPrice = 0,
  valuesNamed = 1,
): Candidate {
  const members = new Uint8Array(dimension.values.length)
  let bad = 0
  let good = 0
  for (let code = 0; code < members.length; code++) {
    if (!isMember(code)) continue
    members[code] = 1
    bad += dimension.badCounts[code]
    good += dimension.goodCounts[code]
  }
  return { when, dimension, members, bad, good, price: dimension.price + extraPrice, valuesNamed }
}

/** As `candidateOf`, of the codes that fulfil the condition. */
export function candidateOfCodes(dimension: Dimension, when: string, codes: Int32Array, extraPrice: number): Candidate {
  const members = new Uint8Array(dimension.values.length)
  let bad = 0
  let good = 0
  for (const code of codes) {
    members[code] = 1
    bad += dimension.badCounts[code]
    good += dimension.goodCounts[code]
  }
  return { when, dimension, members, bad, good, price: dimension.price + extraPrice, valuesNamed: 1 }
}

/** How much of what is to be explained a condition selects, less what it selects of the good. */
export function excessOf(bad: number, good: number, { ratio }: Scales): number {
  return bad - good * ratio
}

/**
 * How well a condition tells the sides apart, whether alone or as a part of a filter: its share of the bad rows, times the
 * logarithm of how much larger that is than its share of the good rows.
 */
export function separation({ bad, good }: Pick<Candidate, 'bad' | 'good'>, scales: Scales): number {
  const badShare = Math.max(0, excessOf(bad, good, scales)) / Math.max(1, scales.excess)
  const goodShare = (good + 0.5) / (scales.good + 1)
  return Math.min(1, badShare) * Math.log(Math.max(1, badShare / goodShare))
}
