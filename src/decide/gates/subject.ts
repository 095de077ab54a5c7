import { isOperand, type Operand, printOperand, walk } from '#rules'
import type { Subject } from './gate.ts'

/** An operand as it is looked up, and whether the case of its letters was folded away on the way. */
export interface Reading {
  readonly subject: Subject
  readonly isFolded: boolean
}

/**
 * How an operand is read for its probes. `lower(x)` and `upper(x)` are read as `x`, because text probes ignore case anyway.
 * Undefined for a literal, and when what iterates is not the outermost step.
 */
export function readingOf(operand: Operand): Reading | undefined {
  if (operand.kind === 'Literal') return undefined
  if (operand.kind === 'Call' && (operand.name === 'lower' || operand.name === 'upper')) {
    const inner = operand.arguments[0]
    const reading = inner === undefined || !isOperand(inner) ? undefined : readingOf(inner)
    return reading === undefined ? undefined : { subject: reading.subject, isFolded: true }
  }
  if (operand.kind === 'Each') return readingOfElements(operand.operand)
  return iterates(operand) ? undefined : { subject: subjectOf(operand, false), isFolded: false }
}

/** `lower(names[*])[*]` iterates over the same elements as `names[*]`. */
function readingOfElements(array: Operand): Reading | undefined {
  if (!iterates(array)) return { subject: subjectOf(array, true), isFolded: false }
  return array.kind === 'Call' ? readingOf(array) : undefined
}

function subjectOf(operand: Operand, each: boolean): Subject {
  return { key: printOperand(operand) + (each ? '[*]' : ''), operand, each, isComputed: holds(operand, 'Call') }
}

function iterates(operand: Operand): boolean {
  return holds(operand, 'Each')
}

function holds(operand: Operand, kind: 'Each' | 'Call'): boolean {
  let isFound = false
  walk(operand, (node) => {
    if (node.kind === kind) isFound = true
  })
  return isFound
}
