import {
  type CallNode,
  type ComparisonNode,
  type Expression,
  isOperand,
  type LiteralNode,
  type Member,
  type MembershipNode,
  type Operand,
} from '#rules'
import { blockProbes, EXACT_LIMIT } from './blocks.ts'
import { everyGate, type Gate, someGate, type Subject, type ValueProbe } from './gate.ts'
import { type Reading, readingOf } from './subject.ts'
import { ANYWHERE, literalGate, regexGate, wildcardGate, WHOLE } from './text-gate.ts'

const VALUE_CHANCE = 0.02
const BOOL_CHANCE = 0.5
const LIST_CHANCE = 0.1
const INT_RANGE_CHANCE = 0.3
/** A network holds more of the traffic than its share of all addresses. */
const NETWORK_WEIGHT = 4

type GateByOperator<Value> = Partial<
  Record<ComparisonNode['operator'], (subject: Subject, value: Value) => Gate | undefined>
>

/** The gate of a rule's expression; undefined when none is known, so that the rule must be evaluated always. */
export function gateOf(expression: Expression): Gate | undefined {
  return gateOfSide(expression, true)
}

/** `wanted` false asks for what must hold when the expression is false. */
function gateOfSide(expression: Expression, wanted: boolean): Gate | undefined {
  if (expression.kind === 'Not') return gateOfSide(expression.operand, !wanted)
  if (expression.kind !== 'Logical') {
    // A condition that fails tells nothing: the value may be any other, or absent.
    return wanted ? gateOfLeaf(expression) : undefined
  }
  if (expression.operator === 'xor') return undefined
  const gates = expression.operands.map((operand) => gateOfSide(operand, wanted))
  return (expression.operator === 'and') === wanted ? everyGate(gates) : someGate(gates)
}

function gateOfLeaf(leaf: Exclude<Expression, { kind: 'Logical' | 'Not' }>): Gate | undefined {
  switch (leaf.kind) {
    case 'Comparison':
      return gateOfComparison(leaf)
    case 'Membership':
      return gateOfMembership(leaf)
    case 'ListMembership': {
      const reading = readingOf(leaf.operand)
      if (reading === undefined || reading.isFolded) return undefined
      const { subject } = reading
      return { kind: 'list', subject, id: `${subject.key} list ${leaf.list}`, chance: LIST_CHANCE, list: leaf.list }
    }
    case 'Truth':
      return gateOfTruth(leaf.operand)
  }
}

function gateOfComparison({ operator, left, right }: ComparisonNode): Gate | undefined {
  if (operator === 'eq' && left.kind === 'Literal') return gateOfLiteral(right, operator, left)
  return right.kind === 'Literal' ? gateOfLiteral(left, operator, right) : undefined
}

function gateOfLiteral(operand: Operand, operator: ComparisonNode['operator'], literal: LiteralNode): Gate | undefined {
  const reading = readingOf(operand)
  if (reading === undefined) return undefined
  const { value } = literal
  if (operator === 'eq') return valueGate(reading, value)
  if (typeof value === 'string') return TEXT_GATES[operator]?.(reading.subject, value)
  if (typeof value === 'number' && literal.type === 'Int') return ORDER_GATES[operator]?.(reading.subject, value)
  return undefined
}

/** Gates of the comparisons of a text with a literal; the others have none. */
const TEXT_GATES: GateByOperator<string> = {
  contains: (subject, text) => literalGate(subject, text, ANYWHERE),
  wildcard: wildcardGate,
  strict_wildcard: wildcardGate,
  matches: regexGate,
}

const ORDER_GATES: GateByOperator<number> = {
  lt: (subject, limit) => intRangeGate(subject, -EXACT_LIMIT, limit - 1),
  le: (subject, limit) => intRangeGate(subject, -EXACT_LIMIT, limit),
  gt: (subject, limit) => intRangeGate(subject, limit + 1, EXACT_LIMIT),
  ge: (subject, limit) => intRangeGate(subject, limit, EXACT_LIMIT),
}

/** Values beyond the exact integers open every gate of a subject, so a range may end there. */
function intRangeGate(subject: Subject, first: number, last: number): Gate | undefined {
  const low = Math.max(first, -EXACT_LIMIT)
  const high = Math.min(last, EXACT_LIMIT)
  return low > high ? undefined : someGate(blockProbes(subject, low, high, INT_RANGE_CHANCE))
}

function gateOfMembership({ operand, members }: MembershipNode): Gate | undefined {
  const reading = readingOf(operand)
  return reading === undefined ? undefined : someGate(members.map((member) => gateOfMember(reading, member)))
}

function gateOfMember(reading: Reading, member: Member): Gate | undefined {
  switch (member.kind) {
    case 'Value':
      return valueGate(reading, member.value)
    case 'IntRange':
      return intRangeGate(reading.subject, member.first, member.last)
    case 'IpRange': {
      const { first, last } = member.range
      const bits = typeof first === 'number' ? 32 : 128
      const share = Number(BigInt(last) - BigInt(first) + 1n) / 2 ** bits
      return someGate(
        blockProbes(reading.subject, first, last, Math.min(0.5, VALUE_CHANCE / 10 + share * NETWORK_WEIGHT)),
      )
    }
  }
}

function valueGate({ subject, isFolded }: Reading, value: ValueProbe['value']): Gate | undefined {
  // Without the case of its letters a text can only be compared as a text probe does.
  if (isFolded) return typeof value === 'string' ? literalGate(subject, value, WHOLE) : undefined
  const chance = typeof value === 'boolean' ? BOOL_CHANCE : VALUE_CHANCE
  return { kind: 'value', subject, id: `${subject.key} ${typeof value} ${String(value)}`, chance, value }
}

function gateOfTruth(operand: Operand): Gate | undefined {
  if (operand.kind === 'Call') return gateOfCall(operand)
  const reading = readingOf(operand)
  return reading === undefined ? undefined : valueGate(reading, true)
}

function gateOfCall(call: CallNode): Gate | undefined {
  const [first, second] = call.arguments
  if (first === undefined) return undefined
  // What holds for some element opens the gate of that element.
  if (call.name === 'any') return isOperand(first) ? gateOfTruth(first) : gateOf(first)
  const reading = isOperand(first) ? readingOf(first) : undefined
  if (reading === undefined) return undefined
  switch (call.name) {
    case 'starts_with':
      return argumentGate(reading, second, { atStart: true, atEnd: false })
    case 'ends_with':
      return argumentGate(reading, second, { atStart: false, atEnd: true })
    case 'contains_any':
      return someGate(call.arguments.slice(1).map((argument) => argumentGate(reading, argument, ANYWHERE)))
    default:
      return undefined
  }
}

function argumentGate(
  { subject }: Reading,
  argument: CallNode['arguments'][number] | undefined,
  anchors: typeof ANYWHERE,
): Gate | undefined {
  if (argument?.kind !== 'Literal' || typeof argument.value !== 'string') return undefined
  return literalGate(subject, argument.value, anchors)
}
