import type { FloodClass } from './flood-class.ts'

/**
 * The flood engine and its surroundings. The engine has no clock, no socket and no timer: it is fed with samples and ticks,
 * and answers with changes of its mitigations. All times are milliseconds since the Unix epoch, of one clock.
 */
export interface FloodEngine {
  /** Takes one sampled packet. The bytes of `head` are kept: they must not be written to afterwards. */
  add(sample: FloodSample): void
  /** To be called every 50 to 100 ms; returns what changed since the last call, in order. */
  tick(nowMs: number): readonly FloodChange[]
  /** What is to be in force now, in the order in which the rules are to be asked. */
  mitigations(): readonly Mitigation[]
  /** Attacks that go on. */
  attacks(): readonly FloodAttack[]
  /** Ends a mitigation, and keeps it and what is like it from coming back until `unveto`. False when the id is not known. */
  veto(id: string, ended?: VetoedRule): boolean
  /** False when there is no such veto. */
  unveto(id: string): boolean
  vetoes(): readonly FloodVeto[]
  /** Says that the rule of a mitigation now stands in the policy: the mitigation ends. False when the id is not known. */
  promoted(id: string): boolean
  /** A pinned mitigation does not expire. False when the id is not known. */
  pin(id: string, isPinned: boolean): boolean
  /** Other settings; what was learnt and what is in force stays. */
  configure(settings: FloodSettings): void
  /** What was learnt, as plain data to be kept over a restart and given to `createFloodEngine`. */
  memory(): FloodMemory
}

export type FloodMode = 'off' | 'log' | 'mitigate'
export type FloodSensitivity = 'high' | 'medium' | 'low'

/** Packets in each second, of one class, towards one destination, above which there is an attack, whatever was learnt. */
export type FloodThresholds = Readonly<Partial<Record<FloodClass, number>>>

export interface FloodSettings {
  readonly mode: FloodMode
  /** How long a destination is watched before what was learnt about it replaces the default thresholds. */
  readonly learnMs: number
  readonly sensitivity: FloodSensitivity
  /** Only destinations in these are watched; all are when it is empty. Of several that match, the longest prefix counts. */
  readonly protect: readonly FloodProfile[]
  readonly thresholds?: FloodThresholds
  /** Share of the good packets of a destination, 0 to 1, that a rule may drop. Without: 0.001. */
  readonly collateralLimit?: number
  /** Steps that what executes the rules can take. */
  readonly steps: { readonly synCookie: boolean }
}

/** What differs for one protected prefix. */
export interface FloodProfile {
  /** In the form 192.0.2.0/24. */
  readonly prefix: string
  readonly mode?: FloodMode
  readonly sensitivity?: FloodSensitivity
  readonly thresholds?: FloodThresholds
}

/** A packet that was seen, as far as it was copied. */
export interface FloodSample {
  readonly timeMs: number
  readonly isDropped: boolean
  /** The rule that dropped it: the id of a mitigation, or of a rule of the policy. */
  readonly ruleId?: string
  /** How many packets it stands for. */
  readonly weight: number
  readonly interfaceName: string
  /** Length of the frame on the wire. */
  readonly frameBytes: number
  /** The first bytes of the Ethernet frame. */
  readonly head: Uint8Array
}

export type FloodStep = 'log' | 'limitSource' | 'limitDestination' | 'limitSignature' | 'drop' | 'synCookie'

/** As `action` of a rule of the phase `packet_ddos` is written in a policy file. */
export type MitigationAction = 'log' | 'drop' | 'syn_cookie' | { readonly rate_limit: MitigationLimit }

export interface MitigationLimit {
  readonly per?: readonly ('ip.src' | 'ip.dst')[]
  /** Packets in each second. */
  readonly packets: number
  readonly burst: number
  readonly ipv4Prefix?: number
  readonly ipv6Prefix?: number
}

/** A rule that the engine wants in force. */
export interface Mitigation {
  /** Also the id of its rule. */
  readonly id: string
  readonly attackId: string
  /** The condition in the rules language. */
  readonly when: string
  readonly action: MitigationAction
  readonly step: FloodStep
  /** Address or prefix that it protects. */
  readonly destination: string
  readonly class: FloodClass
  readonly evidence: MitigationEvidence
  readonly createdAtMs: number
  /** When it ends if nothing matches any more; moves on while something does. */
  readonly expiresAtMs: number
  readonly isPinned: boolean
  /** How often the same attack came back. */
  readonly rearmedCount: number
}

/** Why a mitigation is as it is. */
export interface MitigationEvidence {
  readonly counter: FloodCounter
  /** Samples that were looked at, and the packets they stand for. */
  readonly sampledPackets: number
  readonly estimatedPackets: number
  /** Different sources among these samples. */
  readonly sources: number
  /** What part of the attack the rule matches, 0 to 1. */
  readonly coverage: number
  readonly conditions: readonly ConditionEvidence[]
  readonly collateral: Collateral
  /** Why this step of the ladder, in words. */
  readonly reason: string
  /** Packets of the attack that the rule matches. */
  readonly samples: readonly FloodSample[]
}

/** The counter that said that there is an attack. Rates are packets in each second. */
export interface FloodCounter {
  readonly class: FloodClass
  readonly destination: string
  readonly rate: number
  /** What the rate had to be above. */
  readonly threshold: number
  /** Which test the rate failed: the default threshold, one by hand, a multiple of the 95th percentile, or the deviation from the mean. */
  readonly test: 'default' | 'byHand' | 'percentile' | 'deviation'
  /** What is usual; absent when nothing was learnt. */
  readonly baseline?: { readonly mean: number; readonly percentile95: number; readonly learntMs: number }
  readonly windowMs: number
}

/** One condition of a rule: what part of the attack, and of the good packets, fulfils it. Shares from 0 to 1. */
export interface ConditionEvidence {
  readonly text: string
  readonly attackShare: number
  readonly baselineShare: number
}

/** What else the rule would have hit. Shares from 0 to 1, with the 95 % interval (Wilson; 3/n when nothing was hit). */
export interface Collateral {
  readonly matched: number
  readonly of: number
  readonly share: number
  readonly lowest: number
  readonly highest: number
  /** Whose good packets were asked: of the destination itself, of all destinations, or a general idea of good packets. */
  readonly source: 'destination' | 'everywhere' | 'general'
}

/** A destination under attack. */
export interface FloodAttack {
  readonly id: string
  readonly destination: string
  readonly class: FloodClass
  readonly beganAtMs: number
  readonly endedAtMs?: number
  /** Packets in each second: now, at most, and that passed. */
  readonly rate: number
  readonly peakRate: number
  readonly passedRate: number
  readonly counter: FloodCounter
  readonly mitigationIds: readonly string[]
  /** Why nothing is done about it, when that is so. */
  readonly unmitigated?: string
}

/** What a rule against a flood asked, and for whom. */
export interface VetoedRule {
  readonly when: string
  readonly destination: string
}

export interface FloodVeto extends VetoedRule {
  readonly id: string
  readonly vetoedAtMs: number
}

export type MitigationEnd = 'expired' | 'vetoed' | 'promoted' | 'replaced' | 'off'

export type FloodChange =
  | { readonly kind: 'attackBegan'; readonly attack: FloodAttack }
  | { readonly kind: 'attackEnded'; readonly attack: FloodAttack }
  | { readonly kind: 'mitigationAdded'; readonly mitigation: Mitigation }
  /** Same id, other rule. */
  | { readonly kind: 'mitigationRevised'; readonly mitigation: Mitigation }
  | { readonly kind: 'mitigationRearmed'; readonly mitigation: Mitigation }
  | { readonly kind: 'mitigationRemoved'; readonly mitigation: Mitigation; readonly reason: MitigationEnd }

/** Plain JSON. What is in it is the engine's business, but for the version: what does not fit is forgotten. */
export interface FloodMemory {
  readonly version: 1
  readonly baselines: readonly BaselineMemory[]
  readonly goodPackets: readonly GoodPacketsMemory[]
  readonly vetoes: readonly FloodVeto[]
}

export interface BaselineMemory {
  readonly destination: string
  readonly class: FloodClass
  readonly learntMs: number
  readonly updatedAtMs: number
  readonly means: readonly number[]
  readonly deviations: readonly number[]
  readonly histogram: readonly number[]
}

export interface GoodPacketsMemory {
  /** Absent for the packets of all destinations. */
  readonly destination?: string
  readonly class: FloodClass
  /** Rows of numbers, as base64. */
  readonly rows: string
  readonly columns: readonly string[]
}
