import type { Expression } from '../../expression.ts'
import { packetLeaf } from '../packet-leaf.ts'
import { type Dimension, dimensionSet, wholeDimension } from './dimension.ts'
import { difference, type EdgeSet, intersection, union } from './edge-set.ts'
import type { PacketSlot } from './slots.ts'

/** What a conjunction asks along one dimension. */
export interface Constraint {
  readonly dimension: Dimension
  readonly edges: EdgeSet
  /** The same as conditions: all of them must be true. */
  readonly conditions: readonly Expression[]
}

/** Packets for which every constraint holds, and every one of the other conditions is true. */
export interface Conjunction {
  readonly constraints: ReadonlyMap<PacketSlot, Constraint>
  readonly rest: readonly Expression[]
}

/**
 * The same packets as an expression selects, as conjunctions of which at least one holds; none when it is true for no
 * packet. Where more than `limit` would be needed, parts of the expression stay whole, among the other conditions.
 */
export function conjunctionsOf(expression: Expression, limit: number): readonly Conjunction[] {
  return new Splitter(limit).split(expression, false)
}

/** A conjunction that is still being written. */
interface Draft {
  readonly constraints: Map<PacketSlot, Constraint>
  readonly rest: Expression[]
}

/** What one condition says: along a dimension, by itself, or always the same. */
type Condition = Constraint | Expression | boolean

class Splitter {
  readonly #limit: number

  constructor(limit: number) {
    this.#limit = limit
  }

  split(node: Expression, isNegated: boolean): readonly Conjunction[] {
    switch (node.kind) {
      case 'Not':
        return this.split(node.operand, !isNegated)
      case 'Logical':
        if (node.operator === 'xor') return whole(node, isNegated)
        return (node.operator === 'and') === isNegated ? this.#any(node, isNegated) : this.#all(node, isNegated)
      default: {
        const draft = { constraints: new Map(), rest: [] }
        return addCondition(draft, conditionOf(node, isNegated)) ? [draft] : []
      }
    }
  }

  #all(node: Expression & { kind: 'Logical' }, isNegated: boolean): readonly Conjunction[] {
    let products: Draft[] = [{ constraints: new Map(), rest: [] }]
    for (const operand of node.operands) {
      if (operand.kind !== 'Not' && operand.kind !== 'Logical') {
        // Most conditions are of this kind: nothing is copied for them.
        const condition = conditionOf(operand, isNegated)
        products = products.filter((product) => addCondition(product, condition))
      } else {
        products = this.#times(products, operand, isNegated)
      }
    }
    return products
  }

  #times(products: readonly Draft[], operand: Expression, isNegated: boolean): Draft[] {
    const alternatives = this.split(operand, isNegated)
    const isTooMany = alternatives.length > 1 && products.length * alternatives.length > this.#limit
    const factors = isTooMany ? whole(operand, isNegated) : alternatives
    return products.flatMap((product) => factors.flatMap((factor) => both(product, factor)))
  }

  #any(node: Expression & { kind: 'Logical' }, isNegated: boolean): readonly Conjunction[] {
    const alternatives = node.operands.flatMap((operand) => this.split(operand, isNegated))
    // One that asks along no dimension would be asked for every packet: then all may be, together.
    if (alternatives.some(({ constraints }) => constraints.size === 0)) return whole(node, isNegated)
    const merged = mergeSingle(alternatives)
    return merged.length > this.#limit ? whole(node, isNegated) : merged
  }
}

function whole(node: Expression, isNegated: boolean): readonly Conjunction[] {
  return [{ constraints: new Map(), rest: [signed(node, isNegated)] }]
}

function signed(node: Expression, isNegated: boolean): Expression {
  return isNegated ? { kind: 'Not', operand: node, span: node.span } : node
}

function conditionOf(node: Exclude<Expression, { kind: 'Not' | 'Logical' }>, isNegated: boolean): Condition {
  const leaf = packetLeaf(node)
  if (leaf.kind === 'Constant') return leaf.value !== isNegated
  const set = dimensionSet(leaf)
  if (set === undefined) return signed(node, isNegated)
  const { dimension } = set
  // What a packet does not have makes the condition false: without it the negation is true.
  const edges = isNegated ? difference(wholeDimension(dimension), set.edges) : set.edges
  return edges.length > 0 && { dimension, edges, conditions: [signed(node, isNegated)] }
}

/** Adds a condition; false when then no packet is left. */
function addCondition({ constraints, rest }: Draft, condition: Condition): boolean {
  if (typeof condition === 'boolean') return condition
  if ('kind' in condition) {
    rest.push(condition)
    return true
  }
  const { slot } = condition.dimension
  const other = constraints.get(slot)
  const constraint = other === undefined ? condition : overlap(other, condition)
  constraints.set(slot, constraint)
  return constraint.edges.length > 0
}

function overlap(left: Constraint, right: Constraint): Constraint {
  const edges = intersection(left.edges, right.edges)
  return { ...left, edges, conditions: [...left.conditions, ...right.conditions] }
}

/** The conjunction of two; nothing when they exclude each other. */
function both(left: Draft, right: Conjunction): readonly Draft[] {
  const draft = { constraints: new Map(left.constraints), rest: [...left.rest, ...right.rest] }
  const isPossible = [...right.constraints.values()].every((constraint) => addCondition(draft, constraint))
  return isPossible ? [draft] : []
}

/** Alternatives that ask along the same dimension and nothing else are one. */
function mergeSingle(alternatives: readonly Conjunction[]): readonly Conjunction[] {
  const single = new Map<PacketSlot, Constraint>()
  const others: Conjunction[] = []
  for (const alternative of alternatives) {
    const { constraints, rest } = alternative
    if (constraints.size > 1 || rest.length > 0) {
      others.push(alternative)
      continue
    }
    for (const [slot, constraint] of constraints) {
      const before = single.get(slot)
      single.set(slot, before === undefined ? constraint : either(before, constraint))
    }
  }
  return [...[...single].map((entry) => ({ constraints: new Map([entry]), rest: [] })), ...others]
}

function either(left: Constraint, right: Constraint): Constraint {
  const operands = [conjunction(left.conditions), conjunction(right.conditions)]
  const condition: Expression = { kind: 'Logical', operator: 'or', operands, span: operands[0].span }
  return { ...left, edges: union(left.edges, right.edges), conditions: [condition] }
}

/** All of at least one condition. */
export function conjunction(conditions: readonly Expression[]): Expression {
  if (conditions.length === 1) return conditions[0]
  return { kind: 'Logical', operator: 'and', operands: conditions, span: conditions[0].span }
}
