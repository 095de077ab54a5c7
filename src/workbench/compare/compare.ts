import { TidegateError } from '#kernel'
import { adviseOn } from './advice.ts'
import { rankAttributes } from './attributes.ts'
import { kindOfRows } from './kind-of-rows.ts'
import { type ComparedLevel, levelsOf, type Sides, withPackets } from './levels.ts'
import { MemoryPopulation } from './population/memory-population.ts'
import type { Population, Sample } from './population/population.ts'
import { proposeRate } from './rates.ts'
import type { CompareKind, CompareReport, OnStep, UnseenReport } from './report.ts'
import { BLOCK_LIMIT, type Labels } from './scales.ts'
import { crossJudged } from './unseen.ts'
import { SampleSearch, type SampleSearchResult } from './sample-search.ts'

export interface CompareOptions {
  /** What the rows are; found out from their fields when absent. */
  readonly kind?: CompareKind | undefined
  /** `window`: the bad side holds good rows too. Default: `trusted`. */
  readonly labels?: Labels | undefined
  /** Chooses the rows that are searched. */
  readonly seed?: number | undefined
  /** Hears what is being done. */
  readonly onStep?: OnStep | undefined
}

/** Rows of each side that are searched; a window that hides a small attack is searched again with more. */
const SEARCHED = { bad: 10_000, good: 20_000 }
const SEARCHED_WINDOW = { bad: 40_000, good: 40_000 }
const SEARCHED_DEEP = { bad: 200_000, good: 200_000 }
const DEFAULT_SEED = 1

interface Settings {
  readonly kind: CompareKind | undefined
  readonly labels: Labels
  readonly seed: number
  readonly onStep: OnStep
}

/** A level that explains so much of the bad side is the answer. */
const ENOUGH_EXPLAINED = 0.9
/** What a later level must explain more to be preferred: messages say more about who sent them than packets. */
const WORTHWHILE = 0.1

/**
 * What tells the bad rows from the good ones, the filters that follow from it, counted on all rows, and what to do. Captures
 * are compared by the messages in them first, then by their packets.
 * @throws TidegateError ERR_QUERY_INVALID when a side holds no row
 */
export async function compare(bad: Population, good: Population, options: CompareOptions = {}): Promise<CompareReport> {
  const levels = await levelsOf({ bad, good }, options.kind)
  const tried: LevelResult[] = []
  let best: LevelResult | undefined
  for (const level of levels) {
    const report = await compareRows(level, { ...options, kind: level.kind })
    const explained = report.together.coverage * level.share
    const result = { report, level, explained }
    tried.push(result)
    if (best === undefined || explained > best.explained + WORTHWHILE) best = result
    if (best.explained >= ENOUGH_EXPLAINED) break
  }
  const { report, level } = best!
  if (level.name === undefined) return report
  const notes = [...report.notes, ...tried.filter((result) => result !== best).flatMap(otherLevelNotes)]
  const named = { ...report, level: level.name, notes }
  return level.name === 'packets' ? named : withPackets(named, { bad, good })
}

/** What was found at a level, and how much of the bad side that explains. */
interface LevelResult {
  readonly report: CompareReport
  readonly level: ComparedLevel
  readonly explained: number
}

/** A capture may hold an attack by packets and one by requests. */
function otherLevelNotes({ report: { filters, kind }, level: { name } }: LevelResult): string[] {
  if (filters.length === 0) return []
  return [`the ${name} differ too: ${filters.map(({ when }) => when).join(' or ')}; see --kind ${kind}`]
}

async function compareRows(sides: Sides, options: CompareOptions): Promise<CompareReport> {
  const { kind, labels = 'trusted', seed = DEFAULT_SEED, onStep = () => {} } = options
  const settings = { kind, labels, seed, onStep }
  const first = await searchSample(sides, labels === 'trusted' ? SEARCHED : SEARCHED_WINDOW, settings)
  const isFinal = labels === 'trusted' || first.result.verified.filters.length > 0 || first.isWhole
  const searched = isFinal ? first : await searchSample(sides, SEARCHED_DEEP, settings)
  return reportOf(sides, searched, await unseenOf(searched, settings), onStep)
}

/** What the filters hit of rows that were not searched for them. */
async function unseenOf(
  { result, kind, bad, good }: Searched,
  { labels }: Settings,
): Promise<UnseenReport | undefined> {
  const { unseen, filters } = result.verified
  if (unseen !== undefined || filters.length === 0) return unseen
  if (bad.rows.length + good.rows.length > CROSS_JUDGED) return undefined
  return crossJudged(bad, good, async (badHalf, goodHalf) => {
    const search = await SampleSearch.prepare(badHalf, goodHalf, { kind, labels, onStep: () => {} })
    const sides = { bad: new MemoryPopulation(badHalf.rows), good: new MemoryPopulation(goodHalf.rows) }
    return (await search.run(sides)).verified.filters
  })
}

/** More rows than these are not searched twice again. */
const CROSS_JUDGED = 100_000

interface Searched {
  readonly bad: Sample
  readonly good: Sample
  readonly result: SampleSearchResult
  readonly kind: CompareKind
  /** True when every row was searched. */
  readonly isWhole: boolean
}

async function searchSample(
  sides: Sides,
  size: { readonly bad: number; readonly good: number },
  { kind: wanted, labels, seed, onStep }: Settings,
): Promise<Searched> {
  onStep('choosing rows')
  const bad = await sides.bad.sample(size.bad, seed)
  const good = await sides.good.sample(size.good, seed + 1)
  refuseEmpty(bad, 'bad')
  refuseEmpty(good, 'good')
  const kind = wanted ?? kindOfRows(bad.rows)
  onStep('looking for filters')
  const search = await SampleSearch.prepare(bad, good, { kind, labels, onStep })
  const result = await search.run(sides)
  return { bad, good, result, kind, isWhole: bad.rows.length === bad.total && good.rows.length === good.total }
}

function refuseEmpty(sample: Sample, side: 'bad' | 'good'): void {
  if (sample.rows.length > 0) return
  throw new TidegateError('ERR_QUERY_INVALID', `the ${side} side holds no rows`, {
    source: 'client',
    remedy: 'Choose a longer time, or an expression that selects something.',
  })
}

/** Coverage from which on a rate limit has little to add. */
const ENOUGH_COVERAGE = 0.5
/** On all rows the filters may hit a little more than on the sample, and still be fit to block. */
const TOLERANCE = 1.5

async function reportOf(
  { bad, good }: Sides,
  { result, kind }: Searched,
  unseen: UnseenReport | undefined,
  onStep: OnStep,
): Promise<CompareReport> {
  const { labels, verified, excess, searched, dimensions, candidates, scales } = result
  const { filters, together } = verified
  const isExcess = labels === 'trusted' || filters.length > 0 || result.isExcess
  const wantsRate = isExcess && together.coverage < ENOUGH_COVERAGE
  if (wantsRate) onStep('looking for rates')
  const rate = wantsRate ? await proposeRate(bad, good, kind) : undefined
  const limit = BLOCK_LIMIT * TOLERANCE
  const sides = {
    bad: { rows: verified.bad.rows, weight: verified.bad.weight, searched: searched.bad },
    good: { rows: verified.good.rows, weight: verified.good.weight, searched: searched.good },
  }
  return {
    kind,
    ...sides,
    labels,
    ...(excess !== undefined && { excess }),
    attributes: rankAttributes(dimensions, candidates, scales),
    filters,
    together,
    ...(unseen !== undefined && { unseen }),
    ...adviseOn({ filters, together, unseen, good: sides.good, kind, rate, isExcess, limit, labels }),
    ...(rate !== undefined && { rate }),
    notes: [...new Set([...bad.notes(), ...good.notes()])],
  }
}
