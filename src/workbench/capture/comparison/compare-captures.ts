import type { Evidence } from '../../findings/evidence.ts'
import { findFaults } from '../../findings/index.ts'
import type { Finding } from '../../findings/finding.ts'
import { compareConversations, type Difference, type RoleCount, type SlowerStep } from './compare-conversations.ts'
import { conversationsOf } from './conversations.ts'

/** One capture of a comparison. */
interface ComparedCapture {
  readonly packets: number
  readonly flows: number
  readonly conversations: number
}

export interface CaptureComparison {
  readonly a: ComparedCapture
  readonly b: ComparedCapture
  /** The first step whose end differs; without one the first that was done in another way. */
  readonly first: Difference | undefined
  readonly differences: readonly Difference[]
  readonly durations: readonly SlowerStep[]
  readonly onlyA: readonly RoleCount[]
  readonly onlyB: readonly RoleCount[]
  /** Findings of a kind that only one capture has. */
  readonly findingsA: readonly Finding[]
  readonly findingsB: readonly Finding[]
}

/** Says what differs between two captures, such as of what works and of what does not. */
export function compareCaptures(a: Evidence, b: Evidence): CaptureComparison {
  const [conversationsA, conversationsB] = [a, b].map(conversationsOf)
  const { differences, durations, onlyA, onlyB } = compareConversations(conversationsA, conversationsB)
  const [findingsA, findingsB] = [a, b].map(findFaults)
  return {
    a: { packets: a.capture.packets, flows: a.flowCount, conversations: conversationsA.length },
    b: { packets: b.capture.packets, flows: b.flowCount, conversations: conversationsB.length },
    first: differences.find(({ isOutcome }) => isOutcome) ?? differences[0],
    differences,
    durations,
    onlyA,
    onlyB,
    findingsA: notIn(findingsA, findingsB),
    findingsB: notIn(findingsB, findingsA),
  }
}

function notIn(findings: readonly Finding[], others: readonly Finding[]): readonly Finding[] {
  const kinds = new Set(others.map(({ kind }) => kind))
  return findings.filter(({ kind }) => !kinds.has(kind))
}
