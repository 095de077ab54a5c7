import type { Expression, ListMembershipNode } from '../expression.ts'
import { printExpression } from '../print.ts'
import { fieldsOf } from '../tree.ts'

/** What address data says about an address. */
interface AddressFact {
  /** The field that holds the address. */
  readonly address: string
  readonly fact: 'country' | 'asnum'
}

const FACTS: Readonly<Record<string, AddressFact>> = {
  'ip.src.country': { address: 'ip.src', fact: 'country' },
  'ip.src.asnum': { address: 'ip.src', fact: 'asnum' },
  'ip.dst.country': { address: 'ip.dst', fact: 'country' },
  'ip.dst.asnum': { address: 'ip.dst', fact: 'asnum' },
}

/** A condition about what address data says: it is true for the addresses of a list that has to be made. */
export interface AddressCondition {
  readonly field: string
  readonly fact: AddressFact['fact']
  readonly condition: Expression
}

/** An expression that asks for lists of addresses, and what belongs into those that no policy has. */
export interface AddressLists {
  readonly expression: Expression
  /** By the name of the list, which is the text of the condition. */
  readonly conditions: ReadonlyMap<string, AddressCondition>
}

/**
 * Programs of the kernel have no address data: they ask for a list of all addresses about which a condition such as
 * `ip.src.country == "PT"` is true.
 */
export function asAddressLists(expression: Expression): AddressLists {
  const conditions = new Map<string, AddressCondition>()
  return { expression: rewritten(expression, conditions), conditions }
}

function rewritten(node: Expression, conditions: Map<string, AddressCondition>): Expression {
  if (node.kind === 'Not') {
    const operand = rewritten(node.operand, conditions)
    return operand === node.operand ? node : { ...node, operand }
  }
  if (node.kind === 'Logical') {
    const operands = node.operands.map((operand) => rewritten(operand, conditions))
    return operands.every((operand, index) => operand === node.operands[index]) ? node : { ...node, operands }
  }
  const [field, ...others] = fieldsOf(node)
  if (field === undefined || others.length > 0 || !Object.hasOwn(FACTS, field)) return node
  const { address, fact } = FACTS[field]
  const list = printExpression(node)
  conditions.set(list, { field, fact, condition: node })
  const membership: ListMembershipNode = {
    kind: 'ListMembership',
    operand: { kind: 'Field', name: address, type: 'IP', span: node.span },
    list,
    span: node.span,
  }
  return membership
}
