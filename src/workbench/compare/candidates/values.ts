import { literalText } from '../literal-text.ts'
import type { Dimension } from '../dimensions/dimension.ts'
import { type Candidate, candidateOf, type Scales, separation } from './candidate.ts'
import { isMark, isMissing } from './marks.ts'

/** Longest text of a value in a filter, in characters. */
const VALUE_CHARACTERS = 200
const SINGLE_VALUES = 8
/** A set of more values is a list that somebody has to keep. */
const SET_VALUES = 12
const EXCLUDED_VALUES = 32

function equals({ operand, type, values }: Dimension, code: number): string {
  return type === 'IP'
    ? `${operand} in {${literalText(values[code]!, type)}}`
    : `${operand} == ${literalText(values[code]!, type)}`
}

function within({ operand, type, values }: Dimension, codes: readonly number[]): string {
  return `${operand} in {${codes.map((code) => literalText(values[code]!, type)).join(' ')}}`
}

function isWritable({ values }: Dimension, code: number): boolean {
  const value = values[code]
  return value !== undefined && (typeof value !== 'string' || value.length <= VALUE_CHARACTERS)
}

/**
 * True for values such as tokens and ids, of which each row has its own: that one is frequent on the bad side says which
 * token was used, and the next wave has another.
 */
function isIdentifier(dimension: Dimension): boolean {
  if (dimension.type !== 'String') return false
  const present = dimension.goodCounts.reduce((sum, count) => sum + count, -dimension.goodCounts[0])
  let distinct = 0
  for (let code = 1; code < dimension.values.length; code++) if (dimension.goodCounts[code] > 0) distinct++
  return present >= 50 && distinct / present > 0.5
}

/** Single values and sets of them, positive and negative, and absence. */
export function valueCandidates(dimension: Dimension, scales: Scales): Candidate[] {
  const candidates = presence(dimension)
  if (!dimension.use.values || isIdentifier(dimension)) return candidates
  const codes = Array.from({ length: dimension.values.length - 1 }, (_, i) => i + 1).filter((code) =>
    isWritable(dimension, code),
  )
  candidates.push(...singleValues(dimension, codes, scales), ...valueSet(dimension, codes, scales))
  candidates.push(...exclusions(dimension, codes, scales))
  return candidates
}

/** Absent values, and values that are there. */
function presence(dimension: Dimension): Candidate[] {
  const { operand, type, codes, values } = dimension
  if (!codes.includes(0) || values.some((value) => typeof value === 'number' && value < 0)) return []
  const list = /^(.*)\[0\]$/.exec(operand)?.[1]
  const test = list === undefined ? PRESENCE[type]?.(operand) : `len(${list}) > 0`
  if (test === undefined) return []
  return [
    candidateOf(dimension, test, (code) => code > 0, PRESENCE_PRICE),
    candidateOf(dimension, `not ${test}`, (code) => code === 0, NEGATION_PRICE),
  ]
}

/** What a value is says more than that there is one. */
const PRESENCE_PRICE = 0.0012

/** A condition that every value fulfils, and an absent one does not. */
const PRESENCE: Readonly<Record<string, (operand: string) => string>> = {
  String: (operand) => `len(${operand}) >= 0`,
  Int: (operand) => `${operand} >= 0`,
}

function singleValues(dimension: Dimension, codes: readonly number[], scales: Scales): Candidate[] {
  const { badCounts } = dimension
  return codes
    .filter((code) => badCounts[code] >= scales.leastBad)
    .filter((code) => isMark(dimension, code, scales))
    .map((code) => candidateOf(dimension, equals(dimension, code), (other) => other === code))
    .toSorted((a, b) => separation(b, scales) - separation(a, scales))
    .slice(0, SINGLE_VALUES)
}

/** Least lift of a value that is taken into a set. */
const SET_LIFT = 5

/** The values that are most overrepresented, as many as pay. */
function valueSet(dimension: Dimension, codes: readonly number[], scales: Scales): Candidate[] {
  const { badCounts, goodCounts } = dimension
  const lift = (code: number): number =>
    badCounts[code] / Math.max(1, scales.bad) / ((goodCounts[code] + 0.5) / (scales.good + 1))
  const chosen = codes
    .filter((code) => lift(code) >= SET_LIFT && isMark(dimension, code, scales))
    .toSorted((a, b) => badCounts[b] - badCounts[a])
    .slice(0, SET_VALUES)
  if (chosen.length < 2) return []
  const sorted = chosen.toSorted((a, b) => compareValues(dimension, a, b))
  const set = new Set(sorted)
  const price = set.size * MEMBER_PRICE
  const candidate = candidateOf(dimension, within(dimension, sorted), (code) => set.has(code), price, set.size)
  return candidate.bad >= scales.leastBad ? [candidate] : []
}

/** Each further value makes a filter longer to read and easier to leave. */
const MEMBER_PRICE = 0.001
function compareValues({ values }: Dimension, a: number, b: number): number {
  return values[a]! < values[b]! ? -1 : 1
}

/** A value that good rows have is left out when less than this share of it is met on the bad side, by lift. */
const EXCLUDED_LIFT = 0.05
const EXCLUDED_SHARE = 0.002

/** Everything but the values that good rows have and bad rows lack. */
function exclusions(dimension: Dimension, codes: readonly number[], scales: Scales): Candidate[] {
  if (dimension.type === 'Bool' || dimension.type === 'IP') return []
  const { badCounts, goodCounts } = dimension
  const lacking = codes
    .filter((code) => {
      const [bad, good] = [badCounts[code], goodCounts[code]]
      const goodShare = good / Math.max(1, scales.good)
      if (goodShare < EXCLUDED_SHARE || bad / Math.max(1, scales.bad) > goodShare * EXCLUDED_LIFT) return false
      return isMissing(dimension, code, scales)
    })
    .toSorted((a, b) => goodCounts[b] - goodCounts[a])
    .slice(0, EXCLUDED_VALUES)
  if (lacking.length === 0) return []
  const [most] = lacking
  const single = candidateOf(dimension, `not ${equals(dimension, most)}`, (code) => code !== most, NEGATION_PRICE)
  if (lacking.length === 1) return [single]
  const sorted = lacking.toSorted((a, b) => compareValues(dimension, a, b))
  const set = new Set(sorted)
  const price = NEGATION_PRICE + set.size * MEMBER_PRICE
  const others = candidateOf(dimension, `not ${within(dimension, sorted)}`, (code) => !set.has(code), price, set.size)
  return [single, others]
}

/** What is excluded today may be what a new client sends tomorrow. */
const NEGATION_PRICE = 0.002

/** A condition that holds or not. */
export function truthCandidates(dimension: Dimension): Candidate[] {
  const isTrue = (code: number): boolean => dimension.values[code] === true
  return [
    candidateOf(dimension, dimension.operand, isTrue),
    candidateOf(dimension, `not ${dimension.operand}`, (code) => !isTrue(code), NEGATION_PRICE / 4),
  ]
}
