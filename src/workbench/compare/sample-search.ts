import { setImmediate as pause } from 'node:timers/promises'
import { type Candidate, type Scales, separation } from './candidates/candidate.ts'
import { findCandidates } from './candidates/find-candidates.ts'
import { buildDimensions } from './dimensions/build-dimensions.ts'
import { type Dimension, recounted, type RowCounts } from './dimensions/dimension.ts'
import { Flows } from './dimensions/flows.ts'
import { withOrigins } from './dimensions/origins.ts'
import type { FactRow } from './population/fact-row.ts'
import type { Population, Sample } from './population/population.ts'
import type { CompareKind, CompareReport, OnStep } from './report.ts'
import {
  BLOCK_LIMIT,
  CHALLENGE_LIMIT,
  isSureExcess,
  type Labels,
  LEAST_GAIN,
  refinedScales,
  scalesOf,
  withPureExcess,
} from './scales.ts'
import { BitRows, holdsBad, type RowBits } from './search/bits.ts'
import { Clients, type SampleFactors } from './search/clients.ts'
import { Crowd } from './search/crowd.ts'
import { type Cover, coverRows, namesMany } from './search/cover.ts'
import { type CanDecide, type Condition, type KnownTests, searchableConditions } from './search/searchable.ts'
import { type Verified, verifyFilters } from './verify.ts'

type Sides = Readonly<Record<'bad' | 'good', Population>>

export interface SampleSearchResult {
  readonly labels: Labels
  readonly verified: Verified
  readonly dimensions: readonly Dimension[]
  readonly candidates: ReadonlyMap<Dimension, readonly Candidate[]>
  readonly scales: Scales
  readonly searched: RowCounts
  /** Of a window: what exceeds the baseline. */
  readonly excess: CompareReport['excess']
  readonly isExcess: boolean
}

/** Filters that explain less are compared with filters that hit a few more good rows. */
const GOOD_COVERAGE = 0.9
/** What those must gain to be preferred. */
const WORTHWHILE_GAIN = 0.1

interface SearchSettings {
  readonly kind: CompareKind
  readonly labels: Labels
  readonly onStep: OnStep
}

interface SampleParts {
  readonly counts: RowCounts
  readonly totals: RowCounts
  readonly candidates: ReadonlyMap<Dimension, readonly Candidate[]>
  readonly clients: Clients | undefined
  readonly goodRows: readonly FactRow[]
}

/** One search for filters on samples of both sides. It gives way between its steps, so that a server goes on answering. */
export class SampleSearch {
  readonly #labels: Labels
  readonly #onStep: OnStep
  readonly #counts: RowCounts
  readonly #totals: RowCounts
  readonly #dimensions: readonly Dimension[]
  readonly #candidates: ReadonlyMap<Dimension, readonly Candidate[]>
  readonly #clients: Clients | undefined
  readonly #scales: Scales
  readonly #goodRows: readonly FactRow[]
  readonly #knownTests: KnownTests = new Map()

  private constructor(
    { labels, onStep }: Pick<SearchSettings, 'labels' | 'onStep'>,
    { counts, totals, candidates, clients, goodRows }: SampleParts,
    scales: Scales,
  ) {
    this.#labels = labels
    this.#onStep = onStep
    this.#clients = clients
    this.#counts = counts
    this.#goodRows = goodRows
    this.#totals = totals
    this.#dimensions = [...candidates.keys()]
    this.#candidates = candidates
    this.#scales = scales
  }

  /** Takes the samples apart and finds the conditions that filters can be made of. */
  static async prepare(bad: Sample, good: Sample, { kind, labels, onStep }: SearchSettings): Promise<SampleSearch> {
    const counts = { bad: bad.rows.length, good: good.rows.length }
    const totals = { bad: bad.total, good: good.total }
    const rows = [...bad.rows, ...good.rows]
    const flows = kind === 'packet' ? Flows.of(rows, counts) : undefined
    const dimensions = withOrigins(await buildDimensions(rows, counts, kind), { rows, counts, kind, flows })
    const scales = scalesOf(dimensions, counts, labels)
    const candidates = new Map<Dimension, readonly Candidate[]>()
    for (const [at, dimension] of dimensions.entries()) {
      candidates.set(dimension, findCandidates(dimension, scales))
      if (at % PAUSE_DIMENSIONS === 0) await pause()
    }
    const factors = { bad: totals.bad / Math.max(1, counts.bad), good: totals.good / Math.max(1, counts.good) }
    const clients = clientsOf(dimensions, { counts, factors }, kind, flows)
    return new SampleSearch(
      { labels, onStep },
      { counts, totals, candidates, clients, goodRows: good.rows },
      withPureExcess(scales, candidates.values()),
    )
  }

  /** Filters that may block; where these explain little, filters that hit a few more good rows. */
  async run(sides: Sides): Promise<SampleSearchResult> {
    const strict = await this.#search(sides, BLOCK_LIMIT)
    if (strict.verified.together.coverage >= GOOD_COVERAGE) return strict
    const loose = await this.#search(sides, CHALLENGE_LIMIT)
    const gain = loose.verified.together.coverage - strict.verified.together.coverage
    return gain >= WORTHWHILE_GAIN ? loose : strict
  }

  async #search(sides: Sides, limit: number): Promise<SampleSearchResult> {
    const counts = this.#counts
    const leastGain = LEAST_GAIN[this.#labels]
    const rows = new BitRows(counts)
    const canDecide: CanDecide = (condition) => sides.bad.canDecide(condition) && sides.good.canDecide(condition)
    const { vectors, rest } = await this.#cover(rows, limit, canDecide)
    await pause()
    const scales = refinedScales(this.#scales, this.#dimensions, counts, rest, rows)
    const badFactor = this.#totals.bad / Math.max(1, counts.bad)
    const goodFactor = this.#totals.good / Math.max(1, counts.good)
    const ratio = (scales.ratio * badFactor) / goodFactor
    const excess = this.#labels === 'trusted' ? undefined : scales.excess * badFactor
    this.#onStep('counting all rows')
    const verified = await verifyFilters(
      vectors,
      sides,
      { ratio, excess, limit, leastGain },
      { bits: rows, good: this.#goodRows },
    )
    return {
      labels: this.#labels,
      verified,
      dimensions: this.#dimensions,
      candidates: this.#candidates,
      scales,
      searched: counts,
      isExcess: isSureExcess(scales),
      excess: excess === undefined ? undefined : excessReport(excess, scales, ratio),
    }
  }

  /** Filters as they are found; where they name many values, those that name few are tried, and the better ones kept. */
  async #cover(rows: BitRows, limit: number, canDecide: CanDecide): Promise<Cover> {
    const first = this.#coverBy(rows, limit, canDecide, Infinity)
    if (!namesMany(first, FEW_VALUES)) return first
    await pause()
    const second = this.#coverBy(rows, limit, canDecide, FEW_VALUES)
    return second.score > first.score ? second : first
  }

  #coverBy(rows: BitRows, limit: number, canDecide: CanDecide, mostValues: number): Cover {
    let isFirst = true
    const findConditions = (rest: RowBits): readonly Condition[] => {
      const candidates = isFirst ? this.#candidates : this.#candidatesFor(rest)
      isFirst = false
      return this.#conditions(candidates, rows, canDecide, mostValues)
    }
    const scales = { ...this.#scales, limit }
    const crowd = this.#labels === 'window' ? new Crowd(this.#dimensions, rows, scales, this.#clients) : undefined
    const leastGain = LEAST_GAIN[this.#labels]
    return coverRows(findConditions, rows, { scales, leastGain, clients: this.#clients, crowd })
  }

  /** What is to be found in the rows that are left. */
  #candidatesFor(rest: RowBits): ReadonlyMap<Dimension, readonly Candidate[]> {
    const isLeft = holdsBad(rest)
    let bad = 0
    for (let row = 0; row < this.#counts.bad; row++) if (isLeft(row)) bad++
    const scales = { ...this.#scales, bad, excess: Math.min(this.#scales.excess, bad) }
    const left = this.#dimensions.map((dimension) => recounted(dimension, this.#counts, isLeft))
    return new Map(left.map((dimension) => [dimension, findCandidates(dimension, scales)]))
  }

  #conditions(
    candidates: ReadonlyMap<Dimension, readonly Candidate[]>,
    rows: BitRows,
    canDecide: CanDecide,
    mostValues: number,
  ): readonly Condition[] {
    const ranked = [...candidates.values()]
      .flat()
      .filter(({ valuesNamed }) => valuesNamed <= mostValues)
      .map((candidate) => ({ candidate, worth: separation(candidate, this.#scales) }))
      .toSorted((a, b) => b.worth - a.worth)
      .map(({ candidate }) => candidate)
    return searchableConditions(ranked, rows, canDecide, this.#knownTests)
  }
}

/** The source of a packet may be forged: not that names the client of a packet, but its flow. */
function clientsOf(
  dimensions: readonly Dimension[],
  { counts, factors }: { readonly counts: RowCounts; readonly factors: SampleFactors },
  kind: CompareKind,
  flows: Flows | undefined,
): Clients | undefined {
  if (flows?.isTelling === true)
    return new Clients({ codes: flows.codes, size: flows.size, isLargeSure: false }, counts, factors)
  const source = kind === 'http' ? dimensions.find(({ operand }) => operand === 'ip.src') : undefined
  if (source === undefined) return undefined
  return new Clients({ codes: source.codes, size: source.values.length, isLargeSure: true }, counts, factors)
}

const PAUSE_DIMENSIONS = 16
/** More values than these in one condition are hard to read, and perhaps the work of several vectors. */
const FEW_VALUES = 4

function excessReport(excess: number, scales: Scales, ratio: number): NonNullable<CompareReport['excess']> {
  return {
    rows: Math.round(excess),
    share: Math.round((scales.excess / scales.bad) * 1e6) / 1e6,
    baselineScale: Math.round(ratio * 1e4) / 1e4,
  }
}
