import type { FieldType, FieldValue } from '#fields'
import { compileOperand, compilePredicate } from './compile/compile.ts'
import type { CompileEnvironment } from './compile/environment.ts'
import type { Expression, LogicalNode, Operand } from './expression.ts'
import { elementConditions } from './explain-elements.ts'
import { printExpression, printOperand } from './print.ts'
import { childrenOf, iterationBase, type Leaf, type Node } from './tree.ts'

export interface ExplainEnvironment<Context> extends CompileEnvironment<Context> {
  /**
   * False for a field whose value was not kept, so that nothing can be said about it; with `key` for one entry of a map.
   * Without it every field is known.
   */
  readonly recorded?: (field: string, key?: string) => boolean
}

/** A condition with its value; the conditions it is made of are its children. */
export interface ExplainNode {
  readonly text: string
  /** Undefined when it cannot be decided, because a field was not recorded. */
  readonly value: boolean | undefined
  /** The value of the operand on the left, or of the array that `any` or `all` ran over; absent when there is none. */
  readonly operandValue?: FieldValue | undefined
  /** Type of `operandValue`, without which an IPv4 address and an integer look the same. */
  readonly operandType?: FieldType | undefined
  readonly children: readonly ExplainNode[]
}

/**
 * Says for every part of an expression whether it holds. With fields that were not recorded, a part is undecided unless
 * the rest decides: a false condition decides an `and`, a true one an `or`. Agrees with `compilePredicate`.
 */
export function explainExpression<Context>(
  expression: Expression,
  environment: ExplainEnvironment<Context>,
  context: Context,
): ExplainNode {
  switch (expression.kind) {
    case 'Logical': {
      const children = expression.operands.map((operand) => explainExpression(operand, environment, context))
      const value = joined(
        expression.operator,
        children.map((child) => child.value),
      )
      return { text: printExpression(expression), value, children }
    }
    case 'Not': {
      const child = explainExpression(expression.operand, environment, context)
      const value = child.value === undefined ? undefined : !child.value
      return { text: printExpression(expression), value, children: [child] }
    }
    case 'Comparison':
    case 'Membership':
    case 'ListMembership':
    case 'Truth':
      return explainLeaf(expression, environment, context)
  }
}

function joined(operator: LogicalNode['operator'], values: readonly (boolean | undefined)[]): boolean | undefined {
  if (operator === 'xor')
    return values.includes(undefined) ? undefined : values.filter((value) => value === true).length % 2 === 1
  const decisive = operator === 'or'
  if (values.includes(decisive)) return decisive
  return values.includes(undefined) ? undefined : !decisive
}

/** True when `known` holds for every field that a node reads: for the entry alone where it reads one entry of a map. */
function everyRead(node: Node, known: (field: string, key?: string) => boolean): boolean {
  if (node.kind === 'Field') return known(node.name)
  if (node.kind === 'Index' && node.operand.kind === 'Field' && typeof node.index === 'string') {
    return known(node.operand.name, node.index)
  }
  return childrenOf(node).every((child) => everyRead(child, known))
}

function explainLeaf<Context>(leaf: Leaf, environment: ExplainEnvironment<Context>, context: Context): ExplainNode {
  const text = printExpression(leaf)
  const { recorded } = environment
  const isKnown = recorded === undefined || everyRead(leaf, recorded)
  if (!isKnown) return { text, value: undefined, children: [] }
  const value = compilePredicate(leaf, environment)(context)
  const conditions = leaf.kind === 'Truth' ? elementConditions(leaf.operand, environment, context) : undefined
  if (conditions !== undefined) {
    const children = conditions.conditions.map((condition) => explainExpression(condition, environment, context))
    return { text, value, operandValue: conditions.elements, children }
  }
  const { type: operandType } = leftOperand(leaf)
  return {
    text,
    value,
    operandValue: leftValue(leaf, environment, context),
    operandType,
    children: rightChild(leaf, environment, context),
  }
}

function leftOperand(leaf: Leaf): Operand {
  return leaf.kind === 'Comparison' ? leaf.left : leaf.operand
}

function leftValue<Context>(
  leaf: Leaf,
  environment: CompileEnvironment<Context>,
  context: Context,
): FieldValue | undefined {
  const operand = leftOperand(leaf)
  return iterationBase(operand) === undefined ? compileOperand(operand, environment)(context) : undefined
}

/** The right side of a comparison, when it is read from the context. */
function rightChild<Context>(
  leaf: Leaf,
  environment: CompileEnvironment<Context>,
  context: Context,
): readonly ExplainNode[] {
  if (leaf.kind !== 'Comparison' || leaf.right.kind === 'Literal') return []
  const operandValue = compileOperand(leaf.right, environment)(context)
  return [
    {
      text: printOperand(leaf.right),
      value: operandValue !== undefined,
      operandValue,
      operandType: leaf.right.type,
      children: [],
    },
  ]
}
