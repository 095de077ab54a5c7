import type { Expression, LogicalOperator } from '../../expression.ts'
import { packetLeaf } from '../packet-leaf.ts'
import { leafMatches } from './leaf-matches.ts'
import type { NftLists } from './list-ways.ts'
import type { Shape } from './shape.ts'

/** True when all matches of one of the ways are true. */
interface Ways {
  readonly kind: 'Ways'
  readonly ways: readonly string[]
}

/** What is not known of an expression. */
export type OpenCondition =
  | Ways
  | { readonly kind: 'Not'; readonly operand: Ways }
  | { readonly kind: 'Logical'; readonly operator: LogicalOperator; readonly operands: readonly OpenCondition[] }

/** An expression for the packets of one shape: what is known of it is folded away. */
export type Folded = boolean | OpenCondition

/** @throws Refusal naming what nftables cannot say */
export function fold(node: Expression, shape: Shape, lists: NftLists, isNegated: boolean = false): Folded {
  if (node.kind === 'Not') return fold(node.operand, shape, lists, !isNegated)
  if (node.kind !== 'Logical') {
    const leaf = packetLeaf(node)
    const matches = leafMatches(leaf, isNegated, shape, lists, node.span)
    if (matches === undefined) return negated(leafMatches(leaf, false, shape, lists, node.span))
    return typeof matches === 'boolean' ? matches : { kind: 'Ways', ways: matches }
  }
  if (node.operator === 'xor') return foldXor(node.operands, shape, lists, isNegated)
  const operator = (node.operator === 'and') === isNegated ? 'or' : 'and'
  const operands = node.operands.map((operand) => fold(operand, shape, lists, isNegated))
  const decisive = operator === 'or'
  if (operands.includes(decisive)) return decisive
  return joined(
    operator,
    operands.filter((operand) => typeof operand !== 'boolean'),
  )
}

function negated(matches: boolean | readonly string[] | undefined): Folded {
  if (matches === undefined || typeof matches === 'boolean') return matches !== true
  return { kind: 'Not', operand: { kind: 'Ways', ways: matches } }
}

/** Of nothing: `and` is true, `or` is false. */
function joined(operator: LogicalOperator, operands: readonly OpenCondition[]): Folded {
  if (operands.length === 0) return operator === 'and'
  if (operands.length === 1) return operands[0]
  const ways = operands.flatMap((operand) => (operand.kind === 'Ways' ? [operand.ways] : []))
  const areWays = ways.length === operands.length
  if (operator === 'or' && areWays) return { kind: 'Ways', ways: ways.flat() }
  const isOneRule = operator === 'and' && areWays && ways.every(({ length }) => length === 1)
  return isOneRule ? { kind: 'Ways', ways: [ways.flat().join(' ')] } : { kind: 'Logical', operator, operands }
}

/** What is known of the operands decides whether the rest, or its opposite, is asked for. */
function foldXor(operands: readonly Expression[], shape: Shape, lists: NftLists, isNegated: boolean): Folded {
  const plain = operands.map((operand) => ({ operand, folded: fold(operand, shape, lists) }))
  let isOdd = isNegated
  for (const { folded } of plain) if (folded === true) isOdd = !isOdd
  const rest = plain.filter(({ folded }) => typeof folded !== 'boolean')
  if (rest.length === 0) return isOdd
  // The opposite of one operand is the opposite of all.
  const folded = rest.map(({ operand, folded }, index) =>
    index === 0 && isOdd ? fold(operand, shape, lists, true) : folded,
  )
  const known = folded.filter((each) => typeof each !== 'boolean')
  return known.length === folded.length ? joined('xor', known) : foldKnown(folded)
}

/** Only the negated first operand can have become known. */
function foldKnown(operands: readonly Folded[]): Folded {
  const [first, ...rest] = operands
  const open = rest.filter((operand) => typeof operand !== 'boolean')
  if (first === false) return joined('xor', open)
  return { kind: 'Logical', operator: 'xor', operands: [ALWAYS, ...open] }
}

/** A way without matches is true for every packet. */
const ALWAYS: OpenCondition = { kind: 'Ways', ways: [''] }
