import type { Expression } from '#rules'

/** The SQL of an expression without `and`, `or`, `not`; undefined when SQL cannot say it. */
export type LeafSql = (leaf: Expression) => string | undefined

/** A condition that every row fulfils for which the expression is true, and perhaps some more. */
export function supersetSql(expression: Expression, leaf: LeafSql): string {
  return relaxed(expression, leaf, 'TRUE')
}

/** What SQL cannot say counts as `unsaid`: TRUE asks for too many rows, FALSE, inside of `not`, for too few. */
function relaxed(expression: Expression, leaf: LeafSql, unsaid: 'TRUE' | 'FALSE'): string {
  if (expression.kind === 'Not') {
    return `(NOT ${relaxed(expression.operand, leaf, unsaid === 'TRUE' ? 'FALSE' : 'TRUE')})`
  }
  if (expression.kind === 'Logical' && expression.operator !== 'xor') {
    const operands = expression.operands.map((operand) => relaxed(operand, leaf, unsaid))
    return `(${operands.join(expression.operator === 'and' ? ' AND ' : ' OR ')})`
  }
  return leaf(expression) ?? unsaid
}
