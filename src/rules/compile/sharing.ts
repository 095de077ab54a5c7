import type { Expression } from '../expression.ts'
import { childrenOf, iterationBase, type Node } from '../tree.ts'
import { Interner } from './interner.ts'

const COSTLY_OPERATORS: ReadonlySet<string> = new Set(['contains', 'matches', 'wildcard', 'strict_wildcard'])

/** Sets up to this size are as cheap to ask as a stored answer. */
const SMALL_SET = 4

/** Finds the sub-expressions that occur more than once and cost more than remembering their value. */
export class Sharing {
  readonly #interner = new Interner()
  readonly #counts = new Map<number, number>()

  constructor(expressions: readonly Expression[]) {
    for (const expression of expressions) this.#count(expression)
  }

  /** The number of a shared node, the same for equal ones; undefined when the node is computed where it stands. */
  idOf(node: Node): number | undefined {
    const id = this.#interner.idOf(node)
    return (this.#counts.get(id) ?? 0) > 1 && isCostly(node) && iterationBase(node) === undefined ? id : undefined
  }

  #count(node: Node): void {
    const id = this.#interner.idOf(node)
    const count = this.#counts.get(id) ?? 0
    this.#counts.set(id, count + 1)
    // What stands below a repeated node is computed once with it.
    if (count === 0) for (const child of childrenOf(node)) this.#count(child)
  }
}

function isCostly(node: Node): boolean {
  switch (node.kind) {
    case 'Logical':
    case 'ListMembership':
    case 'Call':
    case 'Index':
      return true
    case 'Comparison':
      return COSTLY_OPERATORS.has(node.operator)
    case 'Membership':
      return node.members.length > SMALL_SET
    case 'Not':
    case 'Truth':
    case 'Each':
    case 'Field':
    case 'Literal':
      return false
  }
}
