import type { FieldType } from '#fields'
import { formatIp, type IpAddress, type IpRange } from '#wire'
import type { ComparisonNode, Expression, Member, Operand } from './expression.ts'
import { printRegex, printString } from './parse/string-literal.ts'
import { prefixOf } from './prefix.ts'
import { isExpression } from './tree.ts'

const OPERATORS: Readonly<Record<ComparisonNode['operator'], string>> = {
  eq: '==',
  ne: '!=',
  lt: '<',
  le: '<=',
  gt: '>',
  ge: '>=',
  contains: 'contains',
  matches: 'matches',
  wildcard: 'wildcard',
  strict_wildcard: 'strict wildcard',
  bit_test: '&',
}

/** The text of an expression; parsing it gives an equal tree. */
export function printExpression(expression: Expression): string {
  switch (expression.kind) {
    case 'Logical':
      return expression.operands.map(printInner).join(` ${expression.operator} `)
    case 'Not':
      return `not ${printInner(expression.operand)}`
    case 'Truth':
      return printOperand(expression.operand)
    case 'Comparison':
      return `${printOperand(expression.left)} ${OPERATORS[expression.operator]} ${printRight(expression)}`
    case 'ListMembership':
      return `${printOperand(expression.operand)} in $${expression.list}`
    case 'Membership': {
      const type = expression.operand.type
      return `${printOperand(expression.operand)} in {${expression.members.map((member) => printMember(member, type)).join(' ')}}`
    }
  }
}

/** Below another operator, what joins conditions stands in parentheses. */
function printInner(expression: Expression): string {
  return expression.kind === 'Logical' ? `(${printExpression(expression)})` : printExpression(expression)
}

function printRight({ operator, right }: ComparisonNode): string {
  return operator === 'matches' && right.kind === 'Literal' ? printRegex(String(right.value)) : printOperand(right)
}

/** The text of an operand. */
export function printOperand(operand: Operand): string {
  switch (operand.kind) {
    case 'Field':
      return operand.name
    case 'Index':
      return `${printOperand(operand.operand)}[${typeof operand.index === 'string' ? printString(operand.index) : operand.index}]`
    case 'Each':
      return `${printOperand(operand.operand)}[*]`
    case 'Literal':
      return printValue(operand.value, operand.type)
    case 'Call': {
      const printed = operand.arguments.map((argument) =>
        isExpression(argument) ? printExpression(argument) : printOperand(argument),
      )
      return `${operand.name}(${printed.join(', ')})`
    }
  }
}

function printMember(member: Member, type: FieldType): string {
  if (member.kind === 'Value') return printValue(member.value, type)
  if (member.kind === 'IntRange') return `${member.first}..${member.last}`
  return printRange(member.range)
}

function printRange(range: IpRange): string {
  const length = range.first === range.last ? undefined : prefixOf(range)
  return length === undefined
    ? `${formatIp(range.first)}..${formatIp(range.last)}`
    : `${formatIp(range.first)}/${length}`
}

function printValue(value: string | number | boolean | IpAddress, type: FieldType): string {
  if (type === 'IP') return formatIp(value as IpAddress)
  return typeof value === 'string' ? printString(value) : String(value)
}
