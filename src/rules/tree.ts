import type { Expression, Operand, Span } from './expression.ts'

export type Node = Expression | Operand

/** The nodes directly below a node, in the order written. */
export function childrenOf(node: Node): readonly Node[] {
  switch (node.kind) {
    case 'Logical':
      return node.operands
    case 'Not':
    case 'Membership':
    case 'ListMembership':
    case 'Truth':
    case 'Index':
    case 'Each':
      return [node.operand]
    case 'Comparison':
      return [node.left, node.right]
    case 'Call':
      return node.arguments
    case 'Field':
    case 'Literal':
      return []
  }
}

/** Calls `visit` for a node and all nodes below it, parents first. */
export function walk(node: Node, visit: (node: Node) => void): void {
  visit(node)
  for (const child of childrenOf(node)) walk(child, visit)
}

/** Names of the fields that an expression or operand reads. */
export function fieldsOf(node: Node): ReadonlySet<string> {
  const names = new Set<string>()
  walk(node, (each) => {
    if (each.kind === 'Field') names.add(each.name)
  })
  return names
}

/** Names of the lists that an expression asks. */
export function listsOf(node: Node): ReadonlySet<string> {
  const names = new Set<string>()
  walk(node, (each) => {
    if (each.kind === 'ListMembership') names.add(each.list)
  })
  return names
}

/** True for `any(...)` and `all(...)`: the iteration of what stands inside ends there. */
export function isQuantifier(node: Node): boolean {
  return node.kind === 'Call' && (node.name === 'any' || node.name === 'all')
}

/**
 * The operand under the `[*]` that a node iterates over; undefined when the node has a single value. Inside one `any` or
 * `all` everything that iterates does so over the same operand, which the parser checks.
 */
export function iterationBase(node: Node): Operand | undefined {
  if (node.kind === 'Each') return node.operand
  if (isQuantifier(node)) return undefined
  for (const child of childrenOf(node)) {
    const base = iterationBase(child)
    if (base !== undefined) return base
  }
  return undefined
}

export function isExpression(node: Node): node is Expression {
  return !isOperand(node)
}

export function isOperand(node: Node): node is Operand {
  return (
    node.kind === 'Field' ||
    node.kind === 'Index' ||
    node.kind === 'Each' ||
    node.kind === 'Call' ||
    node.kind === 'Literal'
  )
}

export type Leaf = Exclude<Expression, { kind: 'Logical' | 'Not' }>

/** Freezes plain data through and through, so that nobody can change a rule after it was checked. */
export function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value
  for (const each of Object.values(value)) deepFreeze(each)
  return Object.freeze(value)
}

/** The smallest span that holds both. */
export function joinSpans(first: Span, last: Span): Span {
  return { start: first.start, end: last.end }
}
