import type { ScalarType } from '#fields'
import type { ComparisonOperator, LogicalOperator } from '../expression.ts'
import type { Cursor } from './cursor.ts'

/** Both spellings of every comparison. `strict wildcard` is two words. */
const COMPARISONS: Readonly<Record<string, ComparisonOperator>> = {
  eq: 'eq',
  '==': 'eq',
  ne: 'ne',
  '!=': 'ne',
  lt: 'lt',
  '<': 'lt',
  le: 'le',
  '<=': 'le',
  gt: 'gt',
  '>': 'gt',
  ge: 'ge',
  '>=': 'ge',
  contains: 'contains',
  matches: 'matches',
  '~': 'matches',
  wildcard: 'wildcard',
  '&': 'bit_test',
}

const ORDERED: readonly ScalarType[] = ['Int', 'String', 'IP']

/** Types that an operator compares. */
export const OPERAND_TYPES: Readonly<Record<ComparisonOperator, readonly ScalarType[]>> = {
  eq: ['Bool', ...ORDERED],
  ne: ['Bool', ...ORDERED],
  lt: ORDERED,
  le: ORDERED,
  gt: ORDERED,
  ge: ORDERED,
  contains: ['String'],
  matches: ['String'],
  wildcard: ['String'],
  strict_wildcard: ['String'],
  bit_test: ['Int'],
}

/** Logical operators from the loosest to the tightest. */
export const LOGICAL_LEVELS: readonly {
  readonly operator: LogicalOperator
  readonly word: string
  readonly sign: string
}[] = [
  { operator: 'or', word: 'or', sign: '||' },
  { operator: 'xor', word: 'xor', sign: '^^' },
  { operator: 'and', word: 'and', sign: '&&' },
]

/** Takes a comparison operator when one is next. */
export function acceptComparison(cursor: Cursor): ComparisonOperator | undefined {
  if (cursor.isWord('strict') && cursor.isWord('wildcard', 1)) {
    cursor.next()
    cursor.next()
    return 'strict_wildcard'
  }
  const token = cursor.peek()
  const isOperator = (token.kind === 'word' || token.kind === 'sign') && Object.hasOwn(COMPARISONS, token.text)
  if (!isOperator) return undefined
  cursor.next()
  return COMPARISONS[token.text]
}

/** Takes a logical operator of one level when it is next. */
export function acceptLogical(cursor: Cursor, level: { readonly word: string; readonly sign: string }): boolean {
  if (!cursor.isWord(level.word) && !cursor.isSign(level.sign)) return false
  cursor.next()
  return true
}

/** What a word in another spelling was meant to be: for suggestions. */
export function meantOperator(word: string): string | undefined {
  const lowered = word.toLowerCase()
  const words = [...Object.keys(COMPARISONS), 'and', 'or', 'xor', 'not', 'in', 'strict']
  return lowered !== word && words.includes(lowered) ? `operators are lower case: write \`${lowered}\`` : undefined
}
