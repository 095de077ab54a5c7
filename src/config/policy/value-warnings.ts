import { type Expression, packetFieldOf, walk } from '#rules'
import { didYouMean } from '../source/did-you-mean.ts'

/** What is odd about the values that a rule about packets compares with: those that no packet has, often a slip of the pen. */
export function valueWarnings(expression: Expression): readonly string[] {
  const warnings: string[] = []
  const look = (field: string, value: unknown): void => {
    const warning = valueWarning(field, value)
    if (warning !== undefined) warnings.push(warning)
  }
  walk(expression, (node) => {
    if (node.kind === 'Membership' && node.operand.kind === 'Field') {
      for (const member of node.members) if (member.kind === 'Value') look(node.operand.name, member.value)
    } else if (node.kind === 'Comparison' && node.left.kind === 'Field' && node.right.kind === 'Literal') {
      if (node.operator === 'eq' || node.operator === 'ne') look(node.left.name, node.right.value)
    }
  })
  return warnings
}

function valueWarning(name: string, value: unknown): string | undefined {
  const field = packetFieldOf(name)
  if (field?.kind === 'number' && typeof value === 'number') {
    return value < 0 || value > field.limit ? `\`${name}\` is from 0 to ${field.limit}, never ${value}` : undefined
  }
  if (field?.words === undefined || typeof value !== 'string' || field.words.includes(value)) return undefined
  const hint = didYouMean(value, field.words) || `; it is one of ${field.words.join(', ')}`
  return `\`${name}\` is never "${value}"${hint}`
}
