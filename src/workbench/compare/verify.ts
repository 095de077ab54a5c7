import type { Population, Tally } from './population/population.ts'
import { TALLY_CONDITIONS } from './population/population.ts'
import type { FactRow } from './population/fact-row.ts'
import type { ConjunctReport, FilterReport, Shares, UnseenReport } from './report.ts'
import { COLLATERAL_PRICE, type Conjunction, lengthPrice, textOf } from './search/beam.ts'
import type { BitRows } from './search/bits.ts'
import type { Vector } from './search/cover.ts'
import type { Condition } from './search/searchable.ts'
import { shareInterval } from './search/significance.ts'
import { unseenReport, withoutSearched } from './unseen.ts'

/** What the counts of all rows are measured against. */
export interface VerifyScales {
  /** Good rows on the bad side for each row of the good side. */
  readonly ratio: number
  /** Rows of the bad side that are to be explained; all of them where labels are trusted. */
  readonly excess: number | undefined
  readonly limit: number
  readonly leastGain: number
}

export interface Verified {
  readonly filters: readonly FilterReport[]
  readonly together: Shares
  readonly bad: Tally
  readonly good: Tally
  /** By good rows that were not searched; undefined when these are few. */
  readonly unseen: UnseenReport | undefined
}

/** The good rows that were searched. */
export interface SearchedRows {
  readonly bits: BitRows
  readonly good: readonly FactRow[]
}

/** On all rows a filter may hit this much more than the search allowed on its sample; else it is dropped. */
const TOLERANCE = 1.5

/**
 * Counts filters on all rows of both sides, by the expressions compiled as an enforcement point compiles them. Of the filters
 * of one vector the best is kept; what adds nothing to those before it is dropped.
 */
export async function verifyFilters(
  vectors: readonly Vector[],
  sides: { readonly bad: Population; readonly good: Population },
  scales: VerifyScales,
  searched: SearchedRows,
): Promise<Verified> {
  const { conditions, conjunctions } = countable(vectors)
  const expressions = conditions.map(({ expression }) => expression)
  const [bad, good] = await Promise.all([sides.bad.tally(expressions), sides.good.tally(expressions)])
  const rest = withoutSearched(good, conditions, searched.bits, searched.good)
  const isRestEnough = rest.rows >= Math.min(UNSEEN_ROWS, good.rows / 2)
  const counts = new Counts(bad, good, scales, isRestEnough ? rest : good)
  const masks = new Map<Conjunction, number>()
  for (const conjunction of conjunctions) masks.set(conjunction, maskOf(conjunction, conditions))
  const chosen: Marginal[] = []
  for (const vector of vectors) {
    const before = chosen.map(({ mask }) => mask)
    const tried = vector
      .filter((conjunction) => masks.has(conjunction))
      .map((conjunction) => counts.marginal(conjunction, masks.get(conjunction)!, before))
      .filter(({ gain, collateral }) => gain >= scales.leastGain * 0.5 && collateral <= scales.limit * TOLERANCE)
      .filter(({ mask }) => counts.sharesOfAny([...before, mask]).collateral <= scales.limit * TOLERANCE)
      .toSorted((a, b) => b.score - a.score)
    if (tried.length > 0) chosen.push(tried[0])
  }
  const needed = withoutRedundant(chosen, counts)
  const wanted = needed.map(({ mask }) => mask)
  const filters = needed.map(({ conjunction, mask, gain }) => counts.report(conjunction, mask, gain, conditions))
  return {
    filters: filters.toSorted((a, b) => b.coverage - a.coverage),
    together: counts.sharesOfAny(wanted),
    bad,
    good,
    unseen: isRestEnough && wanted.length > 0 ? unseenReport(weightOfAny(rest, wanted), rest) : undefined,
  }
}

/** Rows that were not searched are enough to judge by when there are so many of them, or half of all. */
const UNSEEN_ROWS = 5_000

/** A filter that adds less than this to all the others is left out. */
const REDUNDANT = 0.003

/** A filter that came first may be made of what later ones select better, each with fewer words. */
function withoutRedundant(chosen: readonly Marginal[], counts: Counts): readonly Marginal[] {
  let kept = chosen
  const costliest = chosen.toSorted((a, b) => textOf(b.conjunction).length - textOf(a.conjunction).length)
  for (const filter of costliest) {
    const others = kept.filter((other) => other !== filter)
    const masks = (list: readonly Marginal[]): number[] => list.map(({ mask }) => mask)
    if (others.length === 0) break
    const lost = counts.sharesOfAny(masks(kept)).coverage - counts.sharesOfAny(masks(others)).coverage
    if (lost < REDUNDANT) kept = others
  }
  return kept
}

/** The filters whose conditions fit into one count: first the best of each vector, then the others. */
function countable(vectors: readonly Vector[]): {
  readonly conditions: readonly Condition[]
  readonly conjunctions: readonly Conjunction[]
} {
  const depth = vectors.reduce((most, vector) => Math.max(most, vector.length), 0)
  const ordered = Array.from({ length: depth }, (_, rank) => vectors.flatMap((vector) => vector[rank] ?? [])).flat()
  const conditions = new Set<Condition>()
  const conjunctions: Conjunction[] = []
  for (const conjunction of ordered) {
    const more = conjunction.conditions.filter((condition) => !conditions.has(condition))
    if (conditions.size + more.length > TALLY_CONDITIONS) continue
    for (const condition of more) conditions.add(condition)
    conjunctions.push(conjunction)
  }
  return { conditions: [...conditions], conjunctions }
}

function maskOf({ conditions }: Conjunction, all: readonly Condition[]): number {
  return conditions.reduce((mask, condition) => mask | (1 << all.indexOf(condition)), 0)
}

interface Marginal {
  readonly conjunction: Conjunction
  readonly mask: number
  readonly gain: number
  readonly collateral: number
  readonly score: number
}

/** Shares of all rows from the combinations that were counted. */
class Counts {
  readonly #bad: Tally
  readonly #good: Tally
  readonly #judged: Tally
  readonly #scales: VerifyScales

  /** @param judged good rows by which it is estimated what a filter hits */
  constructor(bad: Tally, good: Tally, scales: VerifyScales, judged: Tally) {
    this.#judged = judged
    this.#bad = bad
    this.#good = good
    this.#scales = scales
  }

  shares(bad: number, good: number): Shares {
    const expected = good * this.#scales.ratio
    const whole = this.#scales.excess ?? this.#bad.weight
    return {
      coverage: whole === 0 ? 0 : share(Math.max(0, bad - expected) / whole),
      collateral: this.#good.weight === 0 ? 0 : share(good / this.#good.weight),
    }
  }

  /** What holds under every condition of a mask. */
  sharesOf(mask: number): Shares {
    return this.sharesOfAny([mask])
  }

  sharesOfAny(masks: readonly number[]): Shares {
    return this.shares(weightOfAny(this.#bad, masks), weightOfAny(this.#good, masks))
  }

  marginal(conjunction: Conjunction, mask: number, before: readonly number[]): Marginal {
    const isNew = (other: number): boolean =>
      (other & mask) === mask && !before.some((earlier) => (other & earlier) === earlier)
    const gained = this.shares(weightOf(this.#bad, isNew), weightOf(this.#good, isNew))
    const { collateral } = this.sharesOf(mask)
    const { conditions } = conjunction
    const price = conditions.reduce((sum, { candidate }) => sum + candidate.price, 0)
    const length = lengthPrice(conditions.length, { excess: this.#scales.excess ?? this.#bad.weight })
    const score = gained.coverage - collateral * COLLATERAL_PRICE - price - length
    return { conjunction, mask, gain: gained.coverage, collateral, score }
  }

  report(conjunction: Conjunction, mask: number, gain: number, all: readonly Condition[]): FilterReport {
    const isHit = (other: number): boolean => (other & mask) === mask
    const goodRows = weightOf(this.#good, isHit)
    const shares = this.sharesOf(mask)
    return {
      when: textOf(conjunction),
      ...shares,
      collateralInterval: interval(weightOf(this.#judged, isHit), this.#judged),
      gain,
      badRows: Math.round(weightOf(this.#bad, isHit)),
      goodRows: Math.round(goodRows),
      conjuncts: conjunction.conditions.map((condition) => this.#conjunct(condition, mask, shares, all)),
      points: conjunction.points,
    }
  }

  #conjunct(condition: Condition, mask: number, whole: Shares, all: readonly Condition[]): ConjunctReport {
    const bit = 1 << all.indexOf(condition)
    const without = this.sharesOf(mask & ~bit)
    return {
      when: condition.candidate.when,
      about: condition.candidate.dimension.field.help,
      alone: this.sharesOf(bit),
      removes: {
        coverage: share(without.coverage - whole.coverage),
        collateral: share(without.collateral - whole.collateral),
      },
    }
  }
}

function weightOf({ masks }: Tally, isHit: (mask: number) => boolean): number {
  let weight = 0
  for (const [mask, each] of masks) if (isHit(mask)) weight += each
  return weight
}

/** What holds under every condition of any of some masks. */
function weightOfAny(tally: Tally, wanted: readonly number[]): number {
  return weightOf(tally, (mask) => wanted.some((each) => (mask & each) === each))
}

function share(value: number): number {
  return Math.min(1, Math.round(value * 1e7) / 1e7)
}

/** In a sampled log fewer rows stand behind a weight: the interval is that of the rows. */
function interval(weight: number, { rows, weight: whole }: Tally): readonly [number, number] {
  const hits = whole === 0 ? 0 : (weight / whole) * rows
  const [low, high] = shareInterval(hits, rows)
  return [share(low), share(high)]
}
