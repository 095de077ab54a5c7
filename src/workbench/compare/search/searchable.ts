import { FIELD_BY_NAME, type PointName } from '#fields'
import { checkBpf, type Expression, parseExpression } from '#rules'
import type { Candidate } from '../candidates/candidate.ts'
import { enforcingPoints, isTarget } from '../field-use.ts'
import { type BitRows, fingerprint, type RowBits } from './bits.ts'

/** A candidate that may become a part of a filter. */
export interface Condition {
  readonly candidate: Candidate
  readonly expression: Expression
  /** Points that can enforce it. */
  readonly points: readonly PointName[]
  readonly bits: RowBits
  /** Says no more than where the traffic goes. */
  readonly isTarget: boolean
}

/** Candidates that go into the search. */
const CONDITIONS = 360

/** True when a source of rows can evaluate a condition. */
export type CanDecide = (condition: Expression) => boolean

/** What follows from the text of a condition alone, whatever rows are left. */
interface Tested extends Omit<Condition, 'candidate'> {
  /** Of its rows: equal for conditions that select the same. */
  readonly print: number
}

/** Conditions that an earlier search over the same rows tested, by their texts; undefined for those of no use. */
export type KnownTests = Map<string, Tested | undefined>

/**
 * The candidates that some point can enforce, the most separating first; of several that select the same rows in the sample
 * the one that is best to enforce.
 */
export function searchableConditions(
  candidates: readonly Candidate[],
  rows: BitRows,
  canDecide: CanDecide,
  known: KnownTests,
): readonly Condition[] {
  const kept = new Map<string, Condition>()
  for (const candidate of candidates.slice(0, CONDITIONS)) {
    const { when } = candidate
    const tested = known.has(when) ? known.get(when) : testOf(candidate, rows, canDecide)
    known.set(when, tested)
    if (tested === undefined) continue
    const condition = { candidate, ...tested }
    const key = `${tested.print}/${candidate.bad}/${candidate.good}/${condition.points.join()}`
    const other = kept.get(key)
    if (other === undefined || isBetter(candidate, other.candidate)) kept.set(key, condition)
  }
  return [...kept.values()]
}

function isBetter(one: Candidate, other: Candidate): boolean {
  if (one.price !== other.price) return one.price < other.price
  return one.when.length < other.when.length || (one.when.length === other.when.length && one.when < other.when)
}

function testOf(candidate: Candidate, rows: BitRows, canDecide: CanDecide): Tested | undefined {
  const parsed = parseExpression(candidate.when, { fields: FIELD_BY_NAME, stage: 'request' })
  if (!parsed.ok) return undefined
  const points = enforcedBy(candidate, parsed.expression)
  if (points.length === 0 || !canDecide(parsed.expression)) return undefined
  const { field } = candidate.dimension
  const bits = rows.of(candidate)
  return { expression: parsed.expression, points, bits, isTarget: isTarget(field), print: fingerprint(bits) }
}

/** The kernel's programs cannot ask everything that a rule can. */
function enforcedBy({ dimension: { field } }: Candidate, expression: Expression): readonly PointName[] {
  return enforcingPoints(field).filter((point) => point !== 'firewall' || checkBpf(expression) === undefined)
}

/** Points that can enforce both. */
export function commonPoints(first: readonly PointName[], second: readonly PointName[]): readonly PointName[] {
  return first.filter((point) => second.includes(point))
}
