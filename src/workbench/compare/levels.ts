import { FIELD_BY_NAME } from '#fields'
import { type Expression, parseExpression } from '#rules'
import { kindOfRows } from './kind-of-rows.ts'
import type { Level, Population, Tally } from './population/population.ts'
import type { CompareKind, CompareReport, RowLevel, Shares } from './report.ts'

/** Both sides of a comparison. */
export interface Sides {
  readonly bad: Population
  readonly good: Population
}

/** Both sides at one level. */
export interface ComparedLevel extends Sides {
  readonly name: RowLevel | undefined
  readonly kind: CompareKind | undefined
  /** Share of the bad side that it can explain. */
  readonly share: number
}

/** Messages of the bad side that must be there to compare them, and the share of its packets that belong to them. */
const LEAST_MESSAGES = 20
const LEAST_SHARE = 0.1

/**
 * At which levels two sides can be compared, those first that may explain most of the bad side; packets come last. What is
 * no capture has one level only.
 *
 * @param kind what is wanted, if anything
 */
export async function levelsOf({ bad, good }: Sides, kind: CompareKind | undefined): Promise<readonly ComparedLevel[]> {
  const [ofBad, ofGood] = [await bad.levels?.(), await good.levels?.()]
  const plain = { name: undefined, kind, bad, good, share: 1 }
  if (ofBad === undefined && ofGood === undefined) return [plain]
  if (ofBad === undefined || ofGood === undefined) {
    const events = ofBad === undefined ? bad : good
    const wanted = kind ?? kindOfRows((await events.sample(KIND_ROWS, 1)).rows)
    const levels = (ofBad ?? ofGood ?? []).filter((level) => level.kind === wanted && level.rows > 0)
    const compared = levels.map((level): ComparedLevel => {
      const { name, share, population } = level
      return ofBad === undefined
        ? { name, kind: wanted, bad, good: population, share: 1 }
        : { name, kind: wanted, bad: population, good, share }
    })
    return compared.length > 0 ? compared : [plain]
  }
  const pairs = ofBad.flatMap((level) => pairOf(level, ofGood, kind))
  const messages = pairs.filter(({ name }) => name !== 'packets').toSorted((a, b) => b.share - a.share)
  const wanted = [...messages, ...pairs.filter(({ name }) => name === 'packets')].filter(
    (pair) => kind === undefined || pair.kind === kind,
  )
  return wanted.length > 0 ? wanted : [{ ...plain, name: 'packets' }]
}

const KIND_ROWS = 500

function pairOf(level: Level, others: readonly Level[], wanted: CompareKind | undefined): ComparedLevel[] {
  const other = others.find(({ name }) => name === level.name)
  if (other === undefined) return []
  const { name, kind, share } = level
  const pair = { name, kind, bad: level.population, good: other.population, share }
  if (name === 'packets') return [pair]
  const isEnough = kind === wanted ? level.rows > 0 : level.rows >= LEAST_MESSAGES && share >= LEAST_SHARE
  return isEnough && other.rows > 0 ? [pair] : []
}

/** The report of messages with what its filters select of all packets; exported flows have none in the capture. */
export async function withPackets(report: CompareReport, { bad, good }: Sides): Promise<CompareReport> {
  const { filters, level } = report
  if (filters.length === 0 || level === 'flows') return report
  const expressions = filters.map(({ when }) => expressionOf(when))
  const [ofBad, ofGood] = [await bad.tally(expressions), await good.tally(expressions)]
  const packetsOf = (at: number): Shares => ({ coverage: shareOf(ofBad, at), collateral: shareOf(ofGood, at) })
  return { ...report, filters: filters.map((filter, at) => ({ ...filter, packets: packetsOf(at) })) }
}

function expressionOf(when: string): Expression {
  const parsed = parseExpression(when, { fields: FIELD_BY_NAME })
  if (!parsed.ok) throw parsed.error
  return parsed.expression
}

function shareOf({ masks, weight }: Tally, at: number): number {
  let hits = 0
  for (const [mask, each] of masks) if ((mask & (1 << at)) !== 0) hits += each
  return weight === 0 ? 0 : Math.round((hits / weight) * 1e7) / 1e7
}
