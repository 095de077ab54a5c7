import { isChanceGap } from './chance.ts'
import { NO_CODE, type CodedColumn } from './code-table.ts'
import { type Column, type ColumnKind, COLUMNS } from './columns.ts'
import type { Condition, ValueRange } from './condition.ts'

/** Rows that are left while a signature grows: of the attack and of the good packets, as places in the coded columns. */
export interface Cluster {
  readonly attack: Int32Array
  readonly good: Int32Array
  /** What part of the attack's rows are good packets, as far as can be expected. */
  readonly goodShare: number
  /** Who sent each row, when that is known. */
  readonly sources: CodedColumn | undefined
  /** The good packets are of those who are attacked: values that they do not have are strange. */
  readonly areGoodValuesKnown: boolean
  /** Networks that good packets come from, when these are known. */
  readonly familiarNetworks: readonly number[] | undefined
}

/** A condition that could be added. Shares are of what is left. */
export interface Candidate {
  readonly condition: Condition
  readonly attackShare: number
  readonly goodShare: number
  readonly score: number
}

const SET_LIMIT = 12
const SET_SHARE_LEAST = 0.03
/** A value that a handful of packets have is chance. */
const SET_ROWS_LEAST = 6
/** Each of several bytes is a test of its own for the kernel. */
const SET_LIMITS: Readonly<Partial<Record<ColumnKind, number>>> = { source: 256, bytes: 4 }
/** Bots are many; each of their addresses is sure with fewer packets than another value. */
const SOURCE_SHARE_LEAST = 0.001
const SOURCE_ROWS_LEAST = 4
/** A column has at most so many good values for the rest to be called strange, known from so many packets. */
const CLOSED_VALUES_MOST = 24
const CLOSED_ROWS_LEAST = 100
const CLOSED_UNSEEN_MOST = 0.1
const KNOWN_ROWS_LEAST = 2
/** Good packets that have more values than this have others tomorrow. */
const CHANGING_VALUES_LEAST = 16
/** Then a few values say something only when they are so much more than the few most frequent ones of the good packets. */
const CONCENTRATION_FACTOR = 3
/** A number that is usually different in each packet means something when it is the same in so many. */
const IDENTITY_SHARE_LEAST = 0.6
const WIDTH_COST = 0.05
/** Of numbers that lie side by side, many apart are picked by chance sooner than a range is. */
const APART_COST = 0.02
/** Sources change sooner than what makes the packets. */
const SOURCE_COST = 0.15
/** Who has not come yet may come yet. */
const STRANGER_COST = 0.2
/** A range goes on by what so many more rows could have shown. */
const MARGIN_ROWS = 5

/** Counts of one column over a cluster. */
interface Counts {
  readonly coded: CodedColumn
  readonly attack: Float64Array
  readonly good: Float64Array
  readonly cluster: Cluster
  readonly goodMissing: number
}

/** The best condition on a column that tells the attack of a cluster from the good packets; undefined when there is none. */
export function bestCandidate(coded: CodedColumn, cluster: Cluster): Candidate | undefined {
  const counts = countCodes(coded, cluster)
  const { kind, isClosed } = COLUMNS[coded.column]
  if (kind === 'identity') return equals(counts, IDENTITY_SHARE_LEAST)
  const candidates = [equals(counts, 0), setOf(counts)]
  if (kind === 'range') candidates.push(rangeOf(counts))
  if (isClosed === true && kind === 'source') candidates.push(strangers(counts))
  else if (isClosed === true && cluster.areGoodValuesKnown) candidates.push(outsideOfGood(counts))
  let best: Candidate | undefined
  for (const candidate of candidates) {
    if (candidate === undefined || (best !== undefined && candidate.score <= best.score)) continue
    if (kind !== 'range' || candidate.condition.isOutside || !isGap(counts, candidate)) best = candidate
  }
  return best
}

function isGap({ coded, attack, good, cluster }: Counts, { condition }: Candidate): boolean {
  const { sources, good: goodRows } = cluster
  return isChanceGap({ coded, sources, goodRows, good, attack, ranges: condition.ranges })
}

/** Counts how often each value occurs in a cluster. */
function countCodes(coded: CodedColumn, cluster: Cluster): Counts {
  const { codes, values } = coded
  const attack = new Float64Array(values.length)
  const good = new Float64Array(values.length)
  let goodMissing = 0
  for (const row of cluster.attack) if (codes[row] !== NO_CODE) attack[codes[row]]++
  for (const row of cluster.good) {
    if (codes[row] === NO_CODE) goodMissing++
    else good[codes[row]]++
  }
  return { coded, attack, good, cluster, goodMissing }
}

/** What part of the attack proper has a value, and what part of the good packets. */
function sharesOf(counts: Counts, attackRows: number, goodRows: number): readonly [attack: number, good: number] {
  const { attack, good, goodShare } = counts.cluster
  const share = good.length === 0 ? 0 : goodRows / good.length
  return [properShare(attackRows / attack.length, share, goodShare), share]
}

/** The share of the attack proper when good packets are mixed in. */
export function properShare(mixed: number, good: number, mixedIn: number): number {
  return Math.max(0, Math.min(1, (mixed - mixedIn * good) / (1 - mixedIn)))
}

function candidateOf(counts: Counts, ranges: readonly ValueRange[], attackRows: number, goodRows: number): Candidate {
  const column = COLUMNS[counts.coded.column]
  const [attackShare, goodShare] = sharesOf(counts, attackRows, goodRows)
  const condition = { column: counts.coded.column, ranges, isOutside: false }
  const apart = column.kind === 'range' ? (ranges.length - 1) * APART_COST : 0
  const score = scoreOf(column, attackShare, goodShare, widthOf(column, ranges)) - apart
  return { condition, attackShare, goodShare, score }
}

function scoreOf({ kind }: Column, attackShare: number, goodShare: number, width: number): number {
  const cost = WIDTH_COST * width + (kind === 'source' ? SOURCE_COST : 0)
  return attackShare * (attackShare - goodShare) - cost
}

/** From 0 for one value to 1 for all there can be, on a logarithmic scale. */
export function widthOf({ domain }: Column, ranges: readonly ValueRange[]): number {
  const values = ranges.reduce((sum, [first, last]) => sum + last - first + 1, 0)
  return Math.log2(values) / Math.log2(domain)
}

function equals(counts: Counts, leastShare: number): Candidate | undefined {
  let best = -1
  for (let code = 0; code < counts.attack.length; code++) {
    if (best < 0 || balance(counts, code) > balance(counts, best)) best = code
  }
  if (best < 0 || counts.attack[best] <= leastShare * counts.cluster.attack.length) return undefined
  if (isUsualConcentration(counts, 1, counts.attack[best])) return undefined
  const value = counts.coded.values[best]
  if (COLUMNS[counts.coded.column].kind === 'flag') return flagCandidate(counts, value, best)
  return candidateOf(counts, [[value, value]], counts.attack[best], counts.good[best])
}

function flagCandidate(counts: Counts, value: number, code: number): Candidate {
  const candidate = candidateOf(counts, [[1, 1]], counts.attack[code], counts.good[code])
  if (value === 1) return candidate
  return { ...candidate, condition: { ...candidate.condition, isOutside: true } }
}

/** By how much a value is more frequent in the attack. */
function balance({ attack, good, cluster }: Counts, code: number): number {
  const mixedIn = cluster.goodShare
  const goodShare = cluster.good.length === 0 ? 0 : good[code] / cluster.good.length
  const proper = (attack[code] / cluster.attack.length - mixedIn * goodShare) / (1 - mixedIn)
  return (proper > 0 ? proper : 0) - goodShare
}

/** The few values that each are a notable part of the attack. */
function setOf(counts: Counts): Candidate | undefined {
  const { kind } = COLUMNS[counts.coded.column]
  const isSource = kind === 'source'
  const leastShare = isSource ? SOURCE_SHARE_LEAST : SET_SHARE_LEAST
  const leastRows = isSource ? SOURCE_ROWS_LEAST : SET_ROWS_LEAST
  const least = Math.max(leastRows, leastShare * counts.cluster.attack.length)
  const chosen: number[] = []
  for (let code = 0; code < counts.attack.length; code++) {
    if (counts.attack[code] >= least && balance(counts, code) > 0) chosen.push(code)
  }
  if (kind === 'flag' || chosen.length < 2) return undefined
  chosen.sort((left, right) => balance(counts, right) - balance(counts, left))
  chosen.length = Math.min(chosen.length, SET_LIMITS[kind] ?? SET_LIMIT)
  chosen.sort((left, right) => left - right)
  let [attackRows, goodRows] = [0, 0]
  for (const code of chosen) {
    attackRows += counts.attack[code]
    goodRows += counts.good[code]
  }
  if (isUsualConcentration(counts, chosen.length, attackRows)) return undefined
  const ranges = mergedRanges(chosen.map((code) => counts.coded.values[code]))
  return candidateOf(counts, ranges, attackRows, goodRows)
}

/**
 * True when a column changes with every caller or connection, and good packets are as much of a few of them as those of the
 * attack are: that they are of others than before is no sign of an attack.
 */
function isUsualConcentration({ good, cluster }: Counts, values: number, attackRows: number): boolean {
  if (cluster.good.length === 0) return false
  const frequent = good.filter((count) => count > 0).sort()
  if (frequent.length <= CHANGING_VALUES_LEAST) return false
  let rows = 0
  for (const count of frequent.subarray(-values)) rows += count
  const usual = rows / cluster.good.length
  return attackRows / cluster.attack.length < usual * CONCENTRATION_FACTOR
}

/** Neighbouring whole numbers become one range. */
function mergedRanges(values: readonly number[]): ValueRange[] {
  const ranges: [number, number][] = []
  for (const value of values) {
    const before = ranges.at(-1)
    if (before !== undefined && before[1] + 1 === value) before[1] = value
    else ranges.push([value, value])
  }
  return ranges
}

/** The range in which the attack outweighs the good packets most (maximum sum, Kadane). */
function rangeOf(counts: Counts): Candidate | undefined {
  let [sum, start, best, first, last] = [0, 0, 0, -1, -1]
  for (let code = 0; code < counts.attack.length; code++) {
    if (sum <= 0) {
      sum = 0
      start = code
    }
    sum += balance(counts, code)
    if (sum > best) {
      best = sum
      first = start
      last = code
    }
  }
  if (first < 0 || first === last) return undefined
  let [attackRows, goodRows] = [0, 0]
  for (let code = first; code <= last; code++) {
    attackRows += counts.attack[code]
    goodRows += counts.good[code]
  }
  return candidateOf(counts, [widened(counts, first, last, attackRows)], attackRows, goodRows)
}

/** A range seen in few rows is probably wider; it stops before values of good packets. */
function widened({ coded, good }: Counts, first: number, last: number, rows: number): ValueRange {
  const { values, column } = coded
  const margin = Math.ceil(((values[last] - values[first]) * MARGIN_ROWS) / rows)
  let below = first - 1
  while (below >= 0 && good[below] === 0) below--
  let above = last + 1
  while (above < values.length && good[above] === 0) above++
  const least = below < 0 ? 0 : values[below] + 1
  const most = above === values.length ? COLUMNS[column].domain - 1 : values[above] - 1
  return [Math.max(least, values[first] - margin), Math.min(most, values[last] + margin)]
}

/** Whatever the good packets do not have, or so seldom that the next one has another value (as Good and Turing estimate). */
function outsideOfGood(counts: Counts): Candidate | undefined {
  const { coded, good, cluster } = counts
  if (cluster.good.length < CLOSED_ROWS_LEAST) return undefined
  const known = coded.values.filter((_, code) => good[code] >= KNOWN_ROWS_LEAST)
  if (known.length === 0 || known.length > CLOSED_VALUES_MOST) return undefined
  const candidate = outside(counts, [...known], 0)
  return candidate.goodShare > CLOSED_UNSEEN_MOST ? undefined : candidate
}

/** Whoever comes from networks that good packets do not come from. */
function strangers(counts: Counts): Candidate | undefined {
  const { familiarNetworks } = counts.cluster
  return familiarNetworks === undefined ? undefined : outside(counts, familiarNetworks, STRANGER_COST)
}

/** All but some values, ascending. */
function outside(counts: Counts, known: readonly number[], cost: number): Candidate {
  const { coded, attack, good, goodMissing } = counts
  const isKnown = new Set(known)
  let [strangeRows, strangeGood] = [0, goodMissing]
  for (const [code, value] of coded.values.entries()) {
    if (isKnown.has(value)) continue
    strangeRows += attack[code]
    strangeGood += good[code]
  }
  const [attackShare, goodShare] = sharesOf(counts, strangeRows, strangeGood)
  const condition = { column: coded.column, ranges: mergedRanges(known), isOutside: true }
  return { condition, attackShare, goodShare, score: scoreOf(COLUMNS[coded.column], attackShare, goodShare, 1) - cost }
}
