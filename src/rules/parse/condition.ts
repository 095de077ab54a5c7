import type { ScalarType } from '#fields'
import type { ComparisonOperator, Expression, Operand, Span } from '../expression.ts'
import { nearestName } from '../nearest.ts'
import { RuleFault } from '../rule-error.ts'
import { iterationBase, joinSpans } from '../tree.ts'
import { type Cursor, describeToken } from './cursor.ts'
import { literalType, parseLiteral } from './literal.ts'
import { parseMembers } from './members.ts'
import { parseOperand, scalarTypeOf, unitOf } from './operand.ts'
import { acceptComparison, acceptLogical, LOGICAL_LEVELS, OPERAND_TYPES } from './operators.ts'
import type { StringUse } from './string-literal.ts'

/** Takes a whole condition: the loosest operator down to single comparisons. */
export function parseCondition(cursor: Cursor, level = 0): Expression {
  const logical = LOGICAL_LEVELS[level]
  if (logical === undefined) return parseUnary(cursor)
  const first = parseCondition(cursor, level + 1)
  if (!acceptLogical(cursor, logical)) return first
  const operands = [first]
  do operands.push(parseCondition(cursor, level + 1))
  while (acceptLogical(cursor, logical))
  const span = { start: first.span.start, end: cursor.previous().end }
  return { kind: 'Logical', operator: logical.operator, operands, span }
}

function parseUnary(cursor: Cursor): Expression {
  const token = cursor.peek()
  if (cursor.isWord('not') || cursor.isSign('!')) {
    cursor.next()
    const operand = cursor.nested(() => parseUnary(cursor))
    return { kind: 'Not', operand, span: joinSpans(token, cursor.previous()) }
  }
  if (!cursor.accept('(')) return parseComparison(cursor)
  const inner = cursor.nested(() => parseCondition(cursor))
  cursor.expect(')', 'to close the parenthesis')
  const after = cursor.peek()
  if (acceptComparison(cursor) !== undefined || cursor.isWord('in')) {
    throw new RuleFault(
      'syntax',
      'parentheses group conditions, not values',
      after,
      'remove the parentheses around the value',
    )
  }
  return inner
}

function parseComparison(cursor: Cursor): Expression {
  if (literalType(cursor.peek()) === 'Bool') {
    const operand = parseLiteral(cursor, 'Bool')
    return { kind: 'Truth', operand, span: operand.span }
  }
  const left = parseOperand(cursor)
  const leaf = parseRest(cursor, left)
  if (cursor.quantifiers === 0 && iterationBase(leaf) !== undefined) {
    throw new RuleFault(
      'type',
      '`[*]` gives several values',
      leaf.span,
      'put the comparison inside `any(...)` or `all(...)`',
    )
  }
  return leaf
}

function parseRest(cursor: Cursor, left: Operand): Expression {
  const operatorToken = cursor.peek()
  const operator = acceptComparison(cursor)
  if (operator !== undefined) return parseRight(cursor, left, operator, operatorToken)
  if (cursor.isWord('not') && cursor.isWord('in', 1)) {
    cursor.next()
    const operand = parseIn(cursor, left)
    return { kind: 'Not', operand, span: operand.span }
  }
  if (cursor.isWord('in')) return parseIn(cursor, left)
  return parseTruth(cursor, left)
}

function parseTruth(cursor: Cursor, operand: Operand): Expression {
  if (operand.type === 'Bool') return { kind: 'Truth', operand, span: operand.span }
  if (operand.type === 'Array<Bool>' && cursor.quantifiers > 0) {
    return { kind: 'Truth', operand: { kind: 'Each', operand, type: 'Bool', span: operand.span }, span: operand.span }
  }
  const next = cursor.peek()
  const message = `expected an operator after a value of type ${operand.type}, found ${describeToken(next)}`
  throw new RuleFault(
    'syntax',
    message,
    next,
    cursor.isSign(')') ? 'parentheses group conditions, not values' : undefined,
  )
}

const STRING_USES: Readonly<Partial<Record<ComparisonOperator, StringUse>>> = {
  matches: 'regex',
  wildcard: 'wildcard',
  strict_wildcard: 'wildcard',
}

function parseRight(cursor: Cursor, left: Operand, operator: ComparisonOperator, operatorSpan: Span): Expression {
  const type = scalarTypeOf(left)
  if (!OPERAND_TYPES[operator].includes(type)) {
    const message = `this operator compares ${OPERAND_TYPES[operator].join(', ')}, the left side is ${type}`
    throw new RuleFault('type', message, operatorSpan)
  }
  const use = STRING_USES[operator]
  const isLiteral = use !== undefined || literalType(cursor.peek()) !== undefined || cursor.peek().kind !== 'word'
  const right = isLiteral ? parseLiteral(cursor, type, unitOf(cursor, left), use) : parseRightOperand(cursor, type)
  const span = joinSpans(left.span, cursor.previous())
  return { kind: 'Comparison', operator, left, right, span }
}

function parseRightOperand(cursor: Cursor, type: ScalarType): Operand {
  const right = parseOperand(cursor)
  if (scalarTypeOf(right) === type) return right
  throw new RuleFault('type', `the left side is ${type}, this is ${right.type}`, right.span)
}

function parseIn(cursor: Cursor, operand: Operand): Expression {
  cursor.next()
  const type = scalarTypeOf(operand)
  const token = cursor.peek()
  if (token.kind !== 'list') {
    const members = parseMembers(cursor, type, unitOf(cursor, operand))
    return { kind: 'Membership', operand, members, span: joinSpans(operand.span, cursor.previous()) }
  }
  cursor.next()
  const listType = cursor.options.lists?.get(token.text)
  if (cursor.options.lists !== undefined && listType === undefined) {
    const nearest = nearestName(token.text, cursor.options.lists.keys())
    const suggestion = nearest === undefined ? undefined : `did you mean \`$${nearest}\`?`
    throw new RuleFault('unknown-list', `there is no list \`$${token.text}\``, token, suggestion)
  }
  if (type === 'Bool' || (listType !== undefined && listType !== type)) {
    const what =
      listType === undefined
        ? 'lists hold addresses, strings or integers'
        : `the list \`$${token.text}\` holds ${listType}`
    throw new RuleFault('type', `${what}, the left side is ${type}`, joinSpans(operand.span, token))
  }
  return { kind: 'ListMembership', operand, list: token.text, span: joinSpans(operand.span, token) }
}
