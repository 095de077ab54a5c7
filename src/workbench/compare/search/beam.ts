import { FIELDS, type PointName } from '#fields'
import { Dice } from '../../waf/dice.ts'
import { excessOf, type Scales } from '../candidates/candidate.ts'
import { type BitRows, intersect, type RowBits, type RowTotals } from './bits.ts'
import type { Clients } from './clients.ts'
import type { Crowd } from './crowd.ts'
import { commonPoints, type Condition } from './searchable.ts'
import { isExcess } from './significance.ts'

/** Conditions of one filter at most. */
const LENGTH = 5
/** Unfinished filters that are kept of each length, by each of the orders. */
const WIDTH = 20
/** Price of a condition: what it must gain, as a share of the rows to be explained, and in rows, since some come by chance. */
const LENGTH_SHARE = 0.003
const LENGTH_ROWS = 3
/** Price of the share of good rows: 0.1 % of them weigh as much as 1 % of the bad rows. */
export const COLLATERAL_PRICE = 10
/** What is beyond half of the limit weighs this much more while the filter is unfinished. */
const EXCESS_PRICE = 60
/** How much more often a filter must select bad rows than good ones. */
const LEAST_LIFT = 50
/** Filters that the search looks at, in order of magnitude: by chance one of so many looks good. */
const LOOKS = 1e6

/** A conjunction, finished or not. */
export interface Conjunction {
  readonly conditions: readonly Condition[]
  readonly bits: RowBits
  readonly points: readonly PointName[]
  /** Rows of each side among those that no earlier filter selects. */
  readonly bad: number
  readonly good: number
  readonly score: number
  /** Sum of the marks of its conditions: equal for equal sets of them. */
  readonly mark: number
}

/** What a filter must reach. */
export interface Demand {
  readonly scales: Scales
  /** Least share of the rows to be explained that a filter adds. */
  readonly leastGain: number
  /** Good rows that may still be hit, as a share of all. */
  readonly collateral: number
  /** Undefined where nothing names the client of a row. */
  readonly clients: Clients | undefined
  readonly rows: BitRows
  /** Of windows: undefined where every bad row counts as bad. */
  readonly crowd: Crowd | undefined
}

/** A conjunction of which only the counts are known yet. */
interface Draft {
  readonly parent: Conjunction
  readonly index: number
  readonly bad: number
  readonly good: number
  readonly score: number
  readonly purity: number
}

/**
 * The conjunctions of at most five conditions that select most of `rest` and hardly any good rows, best first (beam search
 * that keeps both the best of each length and the purest, so that narrow but pure beginnings survive).
 */
export function findConjunctions(
  conditions: readonly Condition[],
  rest: RowBits,
  rows: BitRows,
  demand: Demand,
  keep: number,
): Conjunction[] {
  const allPoints = [...new Set(conditions.flatMap(({ points }) => points))]
  const start: Conjunction = { conditions: [], bits: rest, points: allPoints, bad: 0, good: 0, score: 0, mark: 0 }
  const found: Conjunction[] = []
  const dice = new Dice(conditions.length)
  const marks = conditions.map(() => Math.floor(dice.fraction() * MARKS))
  let front: readonly Conjunction[] = [start]
  for (let length = 1; length <= LENGTH && front.length > 0; length++) {
    const drafts = extensionsOf(front, { conditions, marks }, rows, demand)
    const next = chosenDrafts(drafts).map((draft) => finish(draft, conditions, marks))
    found.push(...next.filter((conjunction) => isAcceptable(conjunction, demand)))
    front = next
    const best = found.reduce((most, { score }) => Math.max(most, score), 0)
    if (best >= 1 - lengthPrice(length + 1, demand.scales)) break
  }
  return found
    .map(inWrittenOrder)
    .toSorted((a, b) => b.score - a.score || compareTexts(a, b))
    .slice(0, keep)
}

const FIELD_ORDER: ReadonlyMap<string, number> = new Map(FIELDS.map(({ name }, at) => [name, at]))

/** Conditions as a person would write them, whichever was found first: in the order of the schema, payloads from their beginning. */
function inWrittenOrder(conjunction: Conjunction): Conjunction {
  const place = ({ candidate: { dimension } }: Condition): number => FIELD_ORDER.get(dimension.field.name) ?? 0
  const conditions = conjunction.conditions.toSorted(
    (a, b) =>
      place(a) - place(b) ||
      a.candidate.dimension.operand.localeCompare(b.candidate.dimension.operand, 'en', { numeric: true }),
  )
  return { ...conjunction, conditions }
}

/** What so many conditions cost. */
export function lengthPrice(conditions: number, { excess }: Pick<Scales, 'excess'>): number {
  return conditions * (LENGTH_SHARE + LENGTH_ROWS / Math.max(1, excess))
}

function compareTexts(a: Conjunction, b: Conjunction): number {
  return textOf(a) < textOf(b) ? -1 : 1
}

/** The filter in the rules language. */
export function textOf({ conditions }: Pick<Conjunction, 'conditions'>): string {
  return conditions.map(({ candidate }) => candidate.when).join(' and ')
}

/** True when a finished filter is pure enough, large enough and no work of chance. */
function isAcceptable({ bad, good, bits, conditions }: Conjunction, demand: Demand): boolean {
  const { scales } = demand
  const gain = excessOf(bad, good, scales) / Math.max(1, scales.excess)
  const collateral = good / Math.max(1, scales.good)
  if (gain < demand.leastGain || collateral > demand.collateral) return false
  if (conditions.every(({ isTarget }) => isTarget)) return false
  const lift = bad / Math.max(1, scales.bad) / Math.max(collateral, 1e-12)
  if (lift < LEAST_LIFT || !isExcess(bad, good, scales, LOOKS)) return false
  if (demand.crowd?.isCrowd(conditions) === true) return false
  return demand.clients === undefined || isMark({ bits, conditions, good }, gain, demand.clients, demand)
}

/** True when what some rows have in common is no accident of the clients that they are of. */
function isMark(
  { bits, conditions, good }: Pick<Conjunction, 'bits' | 'conditions' | 'good'>,
  gain: number,
  clients: Clients,
  { scales, rows }: Demand,
): boolean {
  if (gain >= LARGE && clients.isLargeSure && clients.areBusy(bits)) return true
  if (clients.isLargeSure && scales.ratio === 0 && gain >= ALL && good === 0 && isOneValue(conditions)) return true
  const hit = clients.of(rows, bits)
  // A condition that names nearly as many values as there are clients is a list of these clients.
  const named = conditions.reduce((most, { candidate }) => Math.max(most, candidate.valuesNamed), 0)
  if (clients.isLargeSure && hit.bad < named * CLIENTS_PER_VALUE) return false
  // The scale of a window is an estimate of rows; of clients all are counted.
  const ofClients = { ...scales, ...clients.all, ratio: 0 }
  return isExcess(hit.bad, hit.good, scales, LOOKS) && isExcess(hit.bad, hit.good, ofClients, LOOKS)
}

/**
 * True for one value, wherever it is asked for. Where all that somebody marked as bad has it, and nothing else, it is what
 * there is to tell, however few the clients are.
 */
function isOneValue(conditions: readonly Condition[]): boolean {
  const marks = conditions.filter(({ isTarget }) => !isTarget)
  return marks.length === 1 && marks[0].candidate.valuesNamed === 1
}

/** Share of the rows to be explained that is nearly all. */
const ALL = 0.9

/** Share of the rows to be explained that cannot be the work of some clients among many. */
const LARGE = 0.3

/** Clients for each value that a condition names. */
const CLIENTS_PER_VALUE = 3

/** Sums of five of them are still whole numbers. */
const MARKS = 2 ** 50

function extensionsOf(
  front: readonly Conjunction[],
  { conditions, marks }: { readonly conditions: readonly Condition[]; readonly marks: readonly number[] },
  rows: BitRows,
  demand: Demand,
): Draft[] {
  const drafts: Draft[] = []
  const seen = new Set<number>()
  const totals: RowTotals = { bad: 0, good: 0 }
  for (const parent of front) {
    const used = parent.conditions.map(({ candidate }) => candidate.dimension.operand)
    for (let index = 0; index < conditions.length; index++) {
      const condition = conditions[index]
      if (used.includes(condition.candidate.dimension.operand)) continue
      if (commonPoints(parent.points, condition.points).length === 0) continue
      const mark = parent.mark + marks[index]
      if (seen.has(mark)) continue
      seen.add(mark)
      rows.countBoth(parent.bits, condition.bits, totals)
      const draft = draftOf(parent, index, totals, condition, demand)
      if (draft !== undefined) drafts.push(draft)
    }
  }
  return drafts
}

function draftOf(
  parent: Conjunction,
  index: number,
  { bad, good }: RowTotals,
  condition: Condition,
  { scales, leastGain, collateral }: Demand,
): Draft | undefined {
  const gain = excessOf(bad, good, scales) / Math.max(1, scales.excess)
  if (gain < leastGain) return undefined
  // A condition that takes off nothing only makes the filter longer.
  if (parent.conditions.length > 0 && bad === parent.bad && good === parent.good) return undefined
  const share = good / Math.max(1, scales.good)
  const price = parent.conditions.reduce((sum, { candidate }) => sum + candidate.price, condition.candidate.price)
  const length = parent.conditions.length + 1
  const over = Math.max(0, share - collateral / 2)
  const prices = COLLATERAL_PRICE * share + EXCESS_PRICE * over + lengthPrice(length, scales) + price
  const score = Math.min(1, gain) - prices
  const badShare = bad / Math.max(1, scales.bad)
  const purity = Math.min(1, gain) * Math.log(Math.max(1, badShare / (share + 0.5 / (scales.good + 1)))) - price
  return { parent, index, bad, good, score, purity }
}

function chosenDrafts(drafts: Draft[]): Draft[] {
  const order = (a: Draft, b: Draft): number => a.index - b.index
  const byScore = drafts.toSorted((a, b) => b.score - a.score || order(a, b)).slice(0, WIDTH)
  const byPurity = drafts.toSorted((a, b) => b.purity - a.purity || order(a, b)).slice(0, WIDTH)
  return [...new Set([...byScore, ...byPurity])]
}

function finish(
  { parent, index, bad, good, score }: Draft,
  conditions: readonly Condition[],
  marks: readonly number[],
): Conjunction {
  const condition = conditions[index]
  return {
    conditions: [...parent.conditions, condition],
    bits: intersect(parent.bits, condition.bits),
    points: commonPoints(parent.points, condition.points),
    bad,
    good,
    score,
    mark: parent.mark + marks[index],
  }
}
