import type { IpAddress } from '#wire'
import type { Evidence } from './evidence.ts'

/** How much it hurts: `high` that something does not work, `info` that one should know. Worst first. */
export const SEVERITIES = ['high', 'medium', 'low', 'info'] as const

export type Severity = (typeof SEVERITIES)[number]

/** Who has to change something. */
type FaultSide = 'client' | 'server' | 'path' | 'resolver' | 'middlebox' | 'capture' | 'attacker' | 'unknown'

/** A kind of finding, as the reference shows it. */
export interface FindingKind {
  /** The severity it usually has; figures may raise or lower it. */
  readonly severity: Severity
  readonly side: FaultSide
  /** What it means, in a sentence or two. */
  readonly meaning: string
  /** The test to make next. */
  readonly next: string
  /** Kinds that are mere symptoms of it where both are about the same flows. */
  readonly explains?: readonly string[]
}

/** Which flows a finding is about. */
interface FindingScope {
  /** Numbers of flows. */
  readonly flows?: ReadonlySet<number>
  /** All flows that this says yes to, for findings about more flows than are kept: floods, scans. */
  readonly covers?: (flow: number) => boolean
  /** The host that is hit, for findings whose flows are not remembered. */
  readonly host?: IpAddress
  /** Also findings that are about no flow at all: questions for hardware addresses. */
  readonly withoutFlows?: boolean
  /** The whole capture. */
  readonly everything?: boolean
}

/** What a rule found. Whatever is absent is as the kind says. */
export interface FindingDraft {
  readonly kind: string
  readonly severity?: Severity
  readonly side?: FaultSide
  /** Evidence, in the order in which it is to be read; never empty unless the file has no frames. */
  readonly frames: readonly number[]
  readonly scope: FindingScope
  /** One sentence with the numbers in it. */
  readonly text: string
  readonly next?: string
  /** Of findings alike the one with more weight comes first: how many flows, attempts or packets are hit. */
  readonly weight?: number
}

/** Looks for one kind of fault, or for a few that share their evidence. */
export interface FindingRule {
  readonly kinds: Readonly<Record<string, FindingKind>>
  find(evidence: Evidence): readonly FindingDraft[]
}

/** A finding as reports show it. */
export interface Finding {
  readonly kind: string
  readonly severity: Severity
  readonly side: FaultSide
  /** Frames to look at, at most `FRAME_LIMIT`. */
  readonly frames: readonly number[]
  readonly text: string
  readonly next: string
  /** Flows it is about, at most `FLOW_LIMIT`. */
  readonly flows: readonly string[]
}

export const FRAME_LIMIT = 20
export const FLOW_LIMIT = 10
