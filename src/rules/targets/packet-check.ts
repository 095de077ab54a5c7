import type { Expression } from '../expression.ts'
import { packetLeaf, type PacketLeaf } from './packet-leaf.ts'
import { Refusal } from './refusal.ts'

/** Longest constant that bytes of a packet are compared with, and widest window that is searched. */
const COMPARED_BYTES = 64
const OFFSET_LIMIT_BYTES = 255

/**
 * Goes through an expression that packets are to be tested by, and returns how many tests it takes.
 *
 * @throws Refusal naming what the kernel's programs cannot ask
 */
export function checkPacketExpression(node: Expression): number {
  if (node.kind === 'Logical') return node.operands.reduce((sum, operand) => sum + checkPacketExpression(operand), 0)
  if (node.kind === 'Not') return checkPacketExpression(node.operand)
  const leaf = packetLeaf(node)
  if (leaf.kind !== 'Bytes') return 1
  checkBytes(leaf, node)
  if (leaf.test !== 'contains') return leaf.values.length
  return leaf.values.length * Math.max(1, leaf.slice.end - leaf.slice.start)
}

function checkBytes({ slice, values, test }: PacketLeaf & { kind: 'Bytes' }, { span }: Expression): void {
  if (test === 'contains' && slice.end - slice.start > COMPARED_BYTES) {
    const example = `substring(${slice.field}, ${slice.start}, ${slice.start + COMPARED_BYTES})`
    throw new Refusal(`a packet is searched in at most ${COMPARED_BYTES} bytes: write \`${example}\``, span)
  }
  for (const value of values) {
    if (value.length > COMPARED_BYTES)
      throw new Refusal(`a packet is compared with at most ${COMPARED_BYTES} bytes`, span)
    if (slice.start + value.length > OFFSET_LIMIT_BYTES) {
      throw new Refusal(`packets are read up to byte ${OFFSET_LIMIT_BYTES}`, span)
    }
  }
}
