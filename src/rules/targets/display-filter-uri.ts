import { compilePredicate } from '../compile/compile.ts'
import type { ComparisonNode, MembershipNode, Operand, TruthNode } from '../expression.ts'
import { fieldsOf, isOperand } from '../tree.ts'
import { Refusal } from './refusal.ts'

export type LeafNode = ComparisonNode | MembershipNode | TruthNode

const PATH = 'http.request.uri.path'
const URI = 'http.request.uri'
const QUERY = 'http.request.uri.query'

/** The same condition about the URI where it is about the path; the node itself when it is not. */
export function withUriForPath(node: LeafNode): LeafNode {
  if (node.kind === 'Comparison') {
    const [left, right] = [uriForPath(node.left), uriForPath(node.right)]
    return left === node.left && right === node.right ? node : { ...node, left, right }
  }
  const operand = uriForPath(node.operand)
  return operand === node.operand ? node : { ...node, operand }
}

function uriForPath(operand: Operand): Operand {
  if (operand.kind === 'Field') return operand.name === PATH ? { ...operand, name: URI } : operand
  if (operand.kind !== 'Call') return operand
  const replaced = operand.arguments.map((each) => (isOperand(each) ? uriForPath(each) : each))
  return replaced.some((each, index) => each !== operand.arguments[index])
    ? { ...operand, arguments: replaced }
    : operand
}

/** True when the condition is about the query and holds for an empty one, which Wireshark does not have at all. */
export function holdsWithoutQuery(node: LeafNode): boolean {
  const fields = fieldsOf(node)
  if (!fields.has(QUERY)) return false
  if (fields.size > 1) throw new Refusal('Wireshark has no empty query to compare with another field', node.span)
  return compilePredicate(node, { readers: { read: { [QUERY]: () => '' } }, lists: new Map() })(undefined)
}
