import { formatIp, type IpAddress } from '#wire'
import { literalText } from './literal-text.ts'
import { type Candidate, type Scales, separation } from './candidates/candidate.ts'
import type { Dimension } from './dimensions/dimension.ts'
import type { Attribute } from './report.ts'

const ATTRIBUTES = 60
const PER_FIELD = 4
/** Values and properties of one dimension. */
const PER_DIMENSION = 3
const VALUE_CHARACTERS = 200

interface Ranked {
  readonly attribute: Attribute
  readonly worth: number
  /** What it is about: a field, or a key of a map. */
  readonly root: string
  /** Of equal attributes the one with the lowest rank is shown. */
  readonly rank: number
}

/** What distinguishes the sides, most first: values, and the properties that `candidates` test. */
export function rankAttributes(
  dimensions: readonly Dimension[],
  candidates: ReadonlyMap<Dimension, readonly Candidate[]>,
  scales: Scales,
): Attribute[] {
  const ranked = dimensions
    .flatMap((dimension) => attributesOf(dimension, candidates.get(dimension) ?? [], scales))
    .filter(({ worth }) => worth > LEAST_WORTH)
    .toSorted((a, b) => b.worth - a.worth || a.rank - b.rank)
  const seen = new Set<string>()
  const perField = new Map<string, number>()
  const kept: Attribute[] = []
  for (const { attribute, root } of ranked) {
    // The same rows under another name: the length of a value, or that it is none of the others.
    const same = `${root}/${attribute.bad}/${attribute.good}`
    const count = perField.get(root) ?? 0
    if (seen.has(same) || count >= PER_FIELD) continue
    seen.add(same)
    perField.set(root, count + 1)
    kept.push(attribute)
  }
  return kept.slice(0, ATTRIBUTES)
}

const LEAST_WORTH = 0.001

function attributesOf(dimension: Dimension, candidates: readonly Candidate[], scales: Scales): Ranked[] {
  const values = valuesOf(dimension, scales)
  const properties = candidates
    .filter(({ when }) => !SINGLE_VALUE.test(when))
    .slice(0, PER_DIMENSION - 1)
    .map((candidate): Ranked => {
      const { when, bad, good } = candidate
      const shares = sharesOf(bad, good, scales)
      const attribute = { field: dimension.operand, value: when, ...shares, when }
      const rank = when.startsWith('not ') ? 2 : 1
      return { attribute, worth: separation(candidate, scales), root: rootOf(dimension), rank }
    })
  return [...values, ...properties].toSorted((a, b) => b.worth - a.worth).slice(0, PER_DIMENSION)
}

/** Conditions that are shown as a value. */
const SINGLE_VALUE = /^(?!not )[^{]* == |^(?!not )(?:any\(|ssl$|tcp\.flags\.)/

function valuesOf(dimension: Dimension, scales: Scales): Ranked[] {
  const { values, badCounts, goodCounts, operand, type } = dimension
  if (!dimension.use.values && type === 'String') return []
  const ranked: { code: number; worth: number }[] = []
  for (let code = 0; code < values.length; code++) {
    const counts = { bad: badCounts[code], good: goodCounts[code] }
    const rare = { bad: scales.bad - counts.bad, good: scales.good - counts.good }
    const worth = Math.max(separation(counts, scales), separation(rare, scales) / 2)
    if (counts.bad >= scales.leastBad || counts.good >= scales.good * 0.05) ranked.push({ code, worth })
  }
  return ranked
    .toSorted((a, b) => b.worth - a.worth)
    .slice(0, PER_DIMENSION)
    .map(({ code, worth }) => {
      const shares = sharesOf(badCounts[code], goodCounts[code], scales)
      const value = values[code] === undefined ? ABSENT : shown(values[code], type)
      const attribute = { field: operand, value, ...shares, ...usableOf(dimension, code) }
      return { attribute, worth, root: rootOf(dimension), rank: rankOf(operand, values[code]) }
    })
}

/** Of values that separate equally well, what is there comes before what is derived, and that before what is not there. */
function rankOf(operand: string, value: Dimension['values'][number]): number {
  if (value === undefined || value === false) return 3
  return operand.includes('(') || POSITION.test(operand) ? 1 : 0
}

/** A place in a list. */
const POSITION = /[^\]]\[\d+\]$/

/** What stands for a value that is not there. */
const ABSENT = '(absent)'

function shown(value: NonNullable<Dimension['values'][number]>, type: Dimension['type']): string | number | boolean {
  if (type === 'IP') return formatIp(value as IpAddress)
  if (typeof value === 'string')
    return value.length > VALUE_CHARACTERS ? `${value.slice(0, VALUE_CHARACTERS)}...` : value
  return typeof value === 'bigint' ? String(value) : value
}

function sharesOf(bad: number, good: number, scales: Scales): { readonly bad: number; readonly good: number } {
  return { bad: rounded(bad / Math.max(1, scales.bad)), good: rounded(good / Math.max(1, scales.good)) }
}

function rounded(share: number): number {
  return Math.round(share * 1e6) / 1e6
}

function usableOf({ use, operand, type, values }: Dimension, code: number): Pick<Attribute, 'when' | 'note'> {
  if (use.note !== undefined) return { note: use.note }
  const value = values[code]
  if (value === undefined || (typeof value === 'string' && value.length > VALUE_CHARACTERS)) return {}
  if (type === 'Bool') return { when: value === true ? operand : `not ${operand}` }
  if (type === 'IP') return { when: `${operand} in {${literalText(value, type)}}` }
  return { when: `${operand} == ${literalText(value, type)}` }
}

/** `http.request.headers["accept"]` of everything that is said about this entry; else the field. */
function rootOf({ operand, field }: Dimension): string {
  const key = /\["(?:[^"\\]|\\.)*"\]/.exec(operand)?.[0] ?? /== (".*")\)$/.exec(operand)?.[1] ?? ''
  return field.name + key
}
