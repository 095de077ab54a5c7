import type { FieldType } from '#fields'
import type { CallNode, Expression, LiteralNode, Operand } from '../expression.ts'
import { isScalar } from '../field-type.ts'
import type { FunctionDefinition, FunctionParameter } from '../functions/function.ts'
import { FUNCTIONS } from '../functions/index.ts'
import { nearestName } from '../nearest.ts'
import { printOperand } from '../print.ts'
import { RuleFault } from '../rule-error.ts'
import { childrenOf, isQuantifier, iterationBase, joinSpans, type Node } from '../tree.ts'
import type { Cursor } from './cursor.ts'
import { literalType, parseLiteral } from './literal.ts'
import type { Token } from './token.ts'

/** Takes a function call; the cursor is at its name. */
export function parseCall(cursor: Cursor): CallNode {
  const name = cursor.next()
  const definition = FUNCTIONS.get(name.text)
  if (definition === undefined) throw unknownFunction(name)
  cursor.next()
  return cursor.nested(() =>
    name.text === 'any' || name.text === 'all'
      ? parseQuantifier(cursor, name)
      : parseOrdinary(cursor, name, definition),
  )
}

function unknownFunction(name: Token): RuleFault {
  const nearest = nearestName(name.text, FUNCTIONS.keys())
  const suggestion = nearest === undefined ? undefined : `did you mean \`${nearest}\`?`
  return new RuleFault('unknown-function', `there is no function \`${name.text}\``, name, suggestion)
}

function parseQuantifier(cursor: Cursor, name: Token): CallNode {
  cursor.quantifiers++
  const condition: Expression = cursor.grammar.condition(cursor)
  cursor.quantifiers--
  const closing = cursor.expect(')', `after the condition of \`${name.text}\``)
  checkOneBase(condition, name)
  return { kind: 'Call', name: name.text, arguments: [condition], type: 'Bool', span: joinSpans(name, closing) }
}

function checkOneBase(condition: Expression, name: Token): void {
  const bases = basesOf(condition, [])
  if (bases.length === 0) {
    const suggestion = `write \`${name.text}(field[*] == ...)\``
    throw new RuleFault('type', `nothing inside \`${name.text}\` iterates`, condition.span, suggestion)
  }
  const first = printOperand(bases[0])
  const other = bases.find((base) => printOperand(base) !== first)
  if (other === undefined) return
  throw new RuleFault(
    'type',
    `everything inside one \`${name.text}\` iterates over the same array, here \`${first}\``,
    other.span,
  )
}

function basesOf(node: Node, found: Operand[]): readonly Operand[] {
  if (node.kind === 'Each') found.push(node.operand)
  else if (!isQuantifier(node)) for (const child of childrenOf(node)) basesOf(child, found)
  return found
}

function parseOrdinary(cursor: Cursor, name: Token, definition: FunctionDefinition): CallNode {
  const operands: Operand[] = []
  while (!cursor.isSign(')')) {
    if (operands.length > 0) cursor.expect(',', 'or `)` after an argument')
    const parameter = parameterAt(definition, operands.length)
    if (parameter === undefined) throw wrongCount(definition, operands.length + 1, name)
    operands.push(parseArgument(cursor, definition, parameter, operands))
  }
  const span = joinSpans(name, cursor.next())
  const least = definition.parameters.filter((parameter) => parameter.optional !== true).length
  if (operands.length < least) throw wrongCount(definition, operands.length, name)
  const literals = operands.map((operand) => (operand.kind === 'Literal' ? operand.value : undefined))
  const fault = definition.checkLiterals?.(literals)
  if (fault !== undefined) throw new RuleFault('literal', fault, span)
  const types = operands.map((operand) => operand.type)
  const type = typeof definition.result === 'function' ? definition.result(types) : definition.result
  if (!isScalar(type) && operands.some((operand) => iterationBase(operand) !== undefined)) {
    throw new RuleFault('type', `\`${name.text}\` gives an array and cannot be applied to each element`, span)
  }
  return { kind: 'Call', name: name.text, arguments: operands, type, span }
}

function parameterAt(definition: FunctionDefinition, position: number): FunctionParameter | undefined {
  const last = definition.parameters.at(-1)
  return definition.parameters[position] ?? (last?.variadic === true ? last : undefined)
}

function parseArgument(
  cursor: Cursor,
  definition: FunctionDefinition,
  parameter: FunctionParameter,
  before: readonly Operand[],
): Operand {
  const found = literalType(cursor.peek())
  const operand = found === undefined ? cursor.grammar.operand(cursor) : parseLiteral(cursor, found)
  const wanted = parameter.sameType === true && before.length > 0 ? [before[0].type] : parameter.types
  if (!wanted.includes(operand.type)) throw wrongType(definition, parameter, operand, wanted)
  if (parameter.literal === true) checkLiteral(definition, parameter, operand)
  return operand
}

function wrongType(
  definition: FunctionDefinition,
  parameter: FunctionParameter,
  operand: Operand,
  wanted: readonly FieldType[],
): RuleFault {
  const message = `\`${parameter.name}\` of \`${definition.name}\` is ${wanted.slice(0, 4).join(' or ')}, this is ${operand.type}`
  const each =
    !isScalar(operand.type) && wanted.some(isScalar)
      ? 'apply it to one element with `[0]`, or to each with `[*]`'
      : undefined
  const text =
    wanted.includes('String') && (operand.type === 'Int' || operand.type === 'IP')
      ? 'convert it with `to_string(...)`'
      : undefined
  return new RuleFault('type', message, operand.span, each ?? text)
}

function checkLiteral(
  definition: FunctionDefinition,
  parameter: FunctionParameter,
  operand: Operand,
): asserts operand is LiteralNode {
  if (operand.kind !== 'Literal') {
    throw new RuleFault('type', `\`${parameter.name}\` of \`${definition.name}\` must be a literal`, operand.span)
  }
  const fault = parameter.check?.(operand.value)
  if (fault !== undefined) throw new RuleFault('literal', fault, operand.span)
}

function wrongCount(definition: FunctionDefinition, found: number, name: Token): RuleFault {
  const names = definition.parameters.map((parameter) => {
    const shown = `${parameter.name}${parameter.variadic === true ? '...' : ''}`
    return parameter.optional === true ? `[${shown}]` : shown
  })
  return new RuleFault('type', `\`${definition.name}\` takes (${names.join(', ')}), found ${found} arguments`, name)
}
