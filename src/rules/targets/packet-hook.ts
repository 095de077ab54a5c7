import { compilePredicate } from '../compile/compile.ts'
import type { Predicate } from '../compile/environment.ts'
import type { Expression } from '../expression.ts'
import { printExpression } from '../print.ts'
import { fieldsOf, type Leaf } from '../tree.ts'

export const PACKET_DIRECTIONS = ['in', 'out'] as const

/** As seen from this machine. */
export type PacketDirection = (typeof PACKET_DIRECTIONS)[number]

/** A place that packets pass: an interface, in one direction. */
export interface PacketHook {
  readonly interfaceName: string
  readonly direction: PacketDirection
}

/** Why one expression alone does not say where it stands. */
export const NO_HOOK =
  'only the firewall knows interfaces and directions, each of which has rules of its own: trace packets with rules in force'

export const INTERFACE_FIELD = 'packet.interface'

/** Fields that are the same for all packets of a hook. */
const HOOK_FIELDS = {
  [INTERFACE_FIELD]: ({ interfaceName }: PacketHook) => interfaceName,
  'packet.direction': ({ direction }: PacketHook) => direction,
} as const

const ENVIRONMENT = { readers: { read: HOOK_FIELDS }, lists: new Map() }

/** Compiled conditions by their text: thousands of rules ask the same few. */
const COMPILED = new Map<string, Predicate<PacketHook>>()
const COMPILED_MOST = 256

/** True for a condition that asks for the hook of a packet and for nothing else. */
function isHookLeaf(leaf: Leaf): boolean {
  const fields = leaf.kind === 'ListMembership' ? [] : [...fieldsOf(leaf)]
  return fields.length > 0 && fields.every((field) => Object.hasOwn(HOOK_FIELDS, field))
}

/** True when an expression asks where packets pass. */
export function asksForHook(expression: Expression): boolean {
  return [...fieldsOf(expression)].some((field) => Object.hasOwn(HOOK_FIELDS, field))
}

/**
 * What an expression asks about the packets of one hook: each program of the kernel stands at one, so that it need not ask
 * for it. What is known is folded away; an expression that is always the same is a literal.
 */
export function atHook(expression: Expression, hook: PacketHook): Expression {
  return mapHookLeaves(expression, (leaf) => literal(compiled(leaf)(hook), leaf))
}

/**
 * The same for the packets of several interfaces in one direction: which interface it is, is asked for by its name, in the
 * simplest way.
 */
export function atInterfaces(
  expression: Expression,
  direction: PacketDirection,
  interfaceNames: readonly string[],
): Expression {
  return mapHookLeaves(expression, (leaf) => {
    const isTrue = compiled(leaf)
    const names = interfaceNames.filter((interfaceName) => isTrue({ interfaceName, direction }))
    if (names.length === 0 || names.length === interfaceNames.length) return literal(names.length > 0, leaf)
    const { span } = leaf
    return {
      kind: 'Membership',
      operand: { kind: 'Field', name: INTERFACE_FIELD, type: 'String', span },
      members: names.map((value) => ({ kind: 'Value', value, span })),
      span,
    }
  })
}

/** An expression in which whatever asks for the hook is a literal, so that the rest can be checked; nothing is folded away. */
export function withoutHooks(node: Expression): Expression {
  if (!asksForHook(node)) return node
  if (node.kind === 'Not') return { ...node, operand: withoutHooks(node.operand) }
  if (node.kind === 'Logical') return { ...node, operands: node.operands.map(withoutHooks) }
  return isHookLeaf(node) ? literal(true, node) : node
}

/** True for a literal that no packet makes true. */
export function isNever(expression: Expression): boolean {
  return valueOf(expression) === false
}

function compiled(leaf: Leaf): Predicate<PacketHook> {
  const text = printExpression(leaf)
  const known = COMPILED.get(text)
  if (known !== undefined) return known
  if (COMPILED.size >= COMPILED_MOST) COMPILED.clear()
  const predicate = compilePredicate(leaf, ENVIRONMENT)
  COMPILED.set(text, predicate)
  return predicate
}

function mapHookLeaves(node: Expression, replace: (leaf: Leaf) => Expression): Expression {
  if (!asksForHook(node)) return node
  if (node.kind === 'Not') {
    const operand = mapHookLeaves(node.operand, replace)
    const value = valueOf(operand)
    return value === undefined ? { ...node, operand } : literal(!value, node)
  }
  if (node.kind !== 'Logical') return isHookLeaf(node) ? replace(node) : node
  const operands = node.operands.map((operand) => mapHookLeaves(operand, replace))
  return node.operator === 'xor' ? parity(node, operands) : joined(node, operands)
}

type Logical = Expression & { readonly kind: 'Logical' }

function joined(node: Logical, operands: readonly Expression[]): Expression {
  const decisive = node.operator === 'or'
  if (operands.some((operand) => valueOf(operand) === decisive)) return literal(decisive, node)
  const open = operands.filter((operand) => valueOf(operand) === undefined)
  if (open.length === 0) return literal(!decisive, node)
  return open.length === 1 ? open[0] : { ...node, operands: open }
}

function parity(node: Logical, operands: readonly Expression[]): Expression {
  const isOdd = operands.filter((operand) => valueOf(operand) === true).length % 2 === 1
  const open = operands.filter((operand) => valueOf(operand) === undefined)
  if (open.length === 0) return literal(isOdd, node)
  const rest = open.length === 1 ? open[0] : { ...node, operands: open }
  return isOdd ? { kind: 'Not', operand: rest, span: node.span } : rest
}

function literal(value: boolean, { span }: Expression): Expression {
  return { kind: 'Truth', operand: { kind: 'Literal', type: 'Bool', value, span }, span }
}

function valueOf(node: Expression): boolean | undefined {
  return node.kind === 'Truth' && node.operand.kind === 'Literal' ? node.operand.value === true : undefined
}
