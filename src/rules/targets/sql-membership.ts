import type { SqlDialect } from './dialect.ts'
import type { Block } from './ip-blocks.ts'
import { type MemberSet, prefixGroups } from './member-set.ts'
import type { SqlParameters } from './sql-parameters.ts'

// Measured in DuckDB over 1 M rows: 20 parameters cost what one packed parameter costs (about 15 ms), 100 six times that.
const INLINE_VALUES = 20
const INLINE_RANGES = 20

/** True when the test needs a subquery, which the function that is applied to each element may not hold. */
export function needsSubquery(set: MemberSet): boolean {
  return set.values.length > INLINE_VALUES || needsPrefixes(set)
}

/** SQL that is true when `operand` is in the set; null or false otherwise, which are one to the caller. */
export function membershipSql(operand: string, set: MemberSet, dialect: SqlDialect, parameters: SqlParameters): string {
  const conditions = (value: string): string => {
    const ranges = needsPrefixes(set)
      ? prefixConditions(value, set, dialect, parameters)
      : set.ranges.map((range) => rangeCondition(value, range, set, dialect, parameters))
    const values = set.values.length === 0 ? [] : [valuesCondition(value, set.values, set, dialect, parameters)]
    return [...values, ...ranges].join(' OR ') || dialect.boolean(false)
  }
  const isRepeated = set.ranges.length + Math.min(set.values.length, 1) > 1
  return isRepeated && !needsSubquery(set) ? dialect.once(operand, conditions) : conditions(operand)
}

function needsPrefixes(set: MemberSet): boolean {
  return set.type === 'IP' && set.ranges.length > INLINE_RANGES
}

function rangeCondition(
  operand: string,
  range: Block,
  set: MemberSet,
  dialect: SqlDialect,
  parameters: SqlParameters,
): string {
  const first = parameters.add(String(range.first), set.type)
  return dialect.between(operand, first, parameters.add(String(range.last), set.type))
}

function valuesCondition(
  operand: string,
  values: readonly string[],
  set: MemberSet,
  dialect: SqlDialect,
  parameters: SqlParameters,
): string {
  if (values.length > INLINE_VALUES) {
    return dialect.inPacked(operand, parameters.add(dialect.pack(values), 'String'), set.type)
  }
  return dialect.inValues(
    operand,
    values.map((text) => parameters.add(text, set.type)),
  )
}

/** Prefixes of one length are one hash lookup of the masked address, whatever their number. */
function prefixConditions(operand: string, set: MemberSet, dialect: SqlDialect, parameters: SqlParameters): string[] {
  return prefixGroups(set).map(({ mask, firsts }) =>
    valuesCondition(dialect.masked(operand, parameters.add(mask, 'IP')), firsts, set, dialect, parameters),
  )
}
