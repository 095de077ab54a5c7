import type { FieldType } from '#fields'
import type { Expression, Operand } from '../expression.ts'
import { locateFault, type RuleError, RuleFault } from '../rule-error.ts'
import { deepFreeze, iterationBase, type Node } from '../tree.ts'
import { parseCondition } from './condition.ts'
import { Cursor, describeToken, type Grammar, type ParseOptions } from './cursor.ts'
import { literalType, parseLiteral } from './literal.ts'
import { parseOperand as takeOperand } from './operand.ts'
import { meantOperator } from './operators.ts'

const GRAMMAR: Grammar = { condition: (cursor) => parseCondition(cursor), operand: takeOperand }

export type ParseResult =
  | { readonly ok: true; readonly expression: Expression }
  | { readonly ok: false; readonly error: RuleError }

export type OperandResult =
  | { readonly ok: true; readonly operand: Operand }
  | { readonly ok: false; readonly error: RuleError }

/**
 * Parses and type-checks an expression of type Bool, at most 64 KiB and 100 levels deep, in time linear in its length.
 * Never throws: a fault comes back with its place and a suggestion.
 */
export function parseExpression(text: string, options: ParseOptions): ParseResult {
  const result = parseWhole(text, options, (cursor) => parseCondition(cursor))
  return 'error' in result ? { ok: false, error: result.error } : { ok: true, expression: result.node }
}

/** Parses a single value of the expected type, such as the text of a rewrite: a literal, a field or a function call. */
export function parseOperand(text: string, expectedType: FieldType, options: ParseOptions): OperandResult {
  const result = parseWhole(text, options, (cursor): Operand => {
    const found = literalType(cursor.peek())
    const operand = found === undefined ? takeOperand(cursor) : parseLiteral(cursor, found)
    if (iterationBase(operand) !== undefined)
      throw new RuleFault('type', '`[*]` gives several values, one is needed', operand.span)
    if (operand.type === expectedType) return operand
    const hint =
      expectedType === 'String' && (operand.type === 'Int' || operand.type === 'IP')
        ? 'convert it with `to_string(...)`'
        : undefined
    throw new RuleFault(
      'type',
      `a value of type ${expectedType} is needed, this is ${operand.type}`,
      operand.span,
      hint,
    )
  })
  return 'error' in result ? { ok: false, error: result.error } : { ok: true, operand: result.node }
}

function parseWhole<Result extends Node>(
  text: string,
  options: ParseOptions,
  parse: (cursor: Cursor) => Result,
): { readonly node: Result } | { readonly error: RuleError } {
  try {
    const cursor = new Cursor(text, options, GRAMMAR)
    const node = parse(cursor)
    const rest = cursor.peek()
    if (rest.kind !== 'end') throw unexpectedRest(cursor)
    return { node: deepFreeze(node) }
  } catch (fault) {
    if (fault instanceof RuleFault) return { error: locateFault(fault, text) }
    throw fault
  }
}

function unexpectedRest(cursor: Cursor): RuleFault {
  const token = cursor.peek()
  const message = `expected \`and\`, \`or\`, \`xor\` or the end, found ${describeToken(token)}`
  return new RuleFault('syntax', message, token, token.kind === 'word' ? meantOperator(token.text) : undefined)
}
