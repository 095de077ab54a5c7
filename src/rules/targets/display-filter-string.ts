import type { ComparisonOperator } from '../expression.ts'
import { quoted, quotedPattern, quotedWildcard } from './display-filter-text.ts'

/** A string of a packet. */
export interface StringTerm {
  readonly text: string
  /** The filter that is true when the string is there. */
  readonly present: string
}

const SIGN: Readonly<Partial<Record<ComparisonOperator, string>>> = {
  eq: '==',
  lt: '<',
  le: '<=',
  gt: '>',
  ge: '>=',
  contains: 'contains',
}

/** The filter that compares a string with a literal; undefined for one that Wireshark cannot hold. */
export function stringComparison(term: StringTerm, operator: ComparisonOperator, literal: string): string | undefined {
  if (operator === 'matches') return matched(term, quotedPattern(literal))
  if (operator === 'wildcard' || operator === 'strict_wildcard') {
    return matched(term, quotedWildcard(literal, operator === 'strict_wildcard'))
  }
  // Wireshark finds the empty string nowhere.
  if (operator === 'contains' && literal === '') return term.present
  const value = quoted(literal)
  if (value === undefined) return undefined
  if (operator === 'ne') return `(${term.present} && !(${term.text} == ${value}))`
  const sign = SIGN[operator]
  return sign === undefined ? undefined : `${term.text} ${sign} ${value}`
}

/** The filter for `starts_with` and `ends_with`. */
export function affixFilter(term: StringTerm, affix: string, place: 'start' | 'end'): string | undefined {
  const literal = affix.replace(/[\\*]/g, (character) => `\\${character}`)
  return stringComparison(term, 'strict_wildcard', place === 'start' ? `${literal}*` : `*${literal}`)
}

/** The filter for membership of a string. */
export function stringMembership(term: StringTerm, values: readonly string[]): string | undefined {
  const filters = values.map((value) => stringComparison(term, 'eq', value))
  return filters.includes(undefined) ? undefined : `(${filters.join(' || ')})`
}

function matched(term: StringTerm, pattern: string | undefined): string | undefined {
  return pattern === undefined ? undefined : `${term.text} matches ${pattern}`
}
