import type { Expression } from '../../expression.ts'

/** Rough instructions of the kinds of conditions: what the order of conjuncts is decided by. */
const COST = { number: 3, address: 8, list: 60, bytes: 20 } as const

/** About how many instructions an expression runs. */
export function costOf(node: Expression): number {
  switch (node.kind) {
    case 'Logical':
      return node.operands.reduce((sum, operand) => sum + costOf(operand), 0)
    case 'Not':
      return costOf(node.operand)
    case 'ListMembership':
      return COST.list
    case 'Membership':
    case 'Comparison':
    case 'Truth': {
      const operand = node.kind === 'Comparison' ? node.left : node.operand
      if (operand.kind === 'Call' || operand.type === 'String') return COST.bytes
      return operand.type === 'IP' ? COST.address : COST.number
    }
  }
}
