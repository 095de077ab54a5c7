import type { Phase } from '#decide'
import type { Event, RecordedKind } from '#events'
import type { FieldValue } from '#fields'
import type { Expression } from '#rules'
import type { Estimate, PlanScope } from './plan.ts'

/** What a rule of a draft does to a request that it is asked about: the verdict it gives, or nothing of the kind. */
export type ReplayOutcome = 'block' | 'redirect' | 'allow' | 'none'

export interface ReplayRule {
  readonly id: string
  readonly expression: Expression
  readonly outcome: ReplayOutcome
}

/** Which events of one policy version a draft would have been asked about. */
export interface ReplayReach {
  /** A decision that was made in one of these phases came before the draft. */
  readonly decidedBefore: readonly Phase[]
  /** So did a decision against the request in one of these: what they let pass goes on to the draft. */
  readonly refusedBefore: readonly Phase[]
  /** Rules whose match ended the phases of requests before the draft is asked, whatever became of the request later. */
  readonly passedBy: readonly string[]
  /** Rules whose match switches off the phase of the draft. */
  readonly skippedBy: readonly string[]
  /** Rules whose match kept the WAF from judging what it would have judged for the draft. */
  readonly unjudgedBy: readonly string[]
  /** A decision against the request in one of these phases would not have been made after the draft had let it pass. */
  readonly undone: readonly Phase[]
}

/** What a draft would have done to recorded events. Its rules are asked in order, all at the same place of the policy. */
export interface ReplayPlan extends Omit<PlanScope, 'filter'> {
  readonly plan: 'replay'
  readonly kind: RecordedKind
  readonly rules: readonly ReplayRule[]
  /** By policy version; events of other versions cannot be replayed. */
  readonly reach: ReadonlyMap<string, ReplayReach>
  /** Fields by whose values what matched is counted. */
  readonly groupBy: readonly string[]
  readonly groupLimit: number
  /** Most events to return of those that SQL cannot judge. */
  readonly uncertainLimit: number
}

/** Policy versions under which events of a kind were decided. */
export interface VersionsPlan extends PlanScope {
  readonly plan: 'versions'
  readonly kind: RecordedKind
}

/** Events that a rule of the policy matched, by verdict. */
export interface HitsPlan extends PlanScope {
  readonly plan: 'hits'
  readonly kind: RecordedKind
  readonly ruleId: string
}

export interface HitsAnswer {
  readonly verdicts: readonly ({ readonly verdict: string } & Estimate)[]
}

export interface VersionsAnswer {
  readonly versions: readonly ({ readonly version: string } & Estimate)[]
}

/** Events with one verdict then and one now. `ruleId` is that of the draft's rule that decided, absent when none did. */
export interface ReplayChange extends Estimate {
  readonly was: string
  readonly now: string
  readonly ruleId?: string
}

interface ReplayGroup {
  readonly field: string
  readonly values: readonly ({ readonly value: FieldValue | undefined } & Estimate)[]
}

export interface ReplayAnswer {
  /** Events that some rule of the draft matches and that it would have been asked about, by what became of them. */
  readonly changes: readonly ReplayChange[]
  /** Of each rule, in order: the events that it matches and would have been asked about. */
  readonly rules: readonly Estimate[]
  readonly groups: readonly ReplayGroup[]
  /** Matched events by time; the length of a bucket is `bucketSeconds`. */
  readonly series: readonly ({ readonly timeMicros: number } & Estimate)[]
  readonly bucketSeconds: number
  /** Matched, but another rule had decided before, or had switched the phase off. */
  readonly notReached: Estimate
  /** Matched, under a policy that is no longer kept. */
  readonly unknownVersion: Estimate
  /** All events of the range. */
  readonly total: Estimate
  /** When the first event of the range may have been; its begin when nothing is that old. */
  readonly firstMicros: number
  /** What SQL cannot judge, because a value was stored as a hash or in part: how many there are, and the newest of them. */
  readonly uncertain: Estimate
  readonly uncertainEvents: readonly Event[]
  /** Some of the newest events that would have been decided otherwise. */
  readonly samples: readonly {
    readonly ray: string
    readonly timeMicros: number
    readonly was: string
    readonly now: string
  }[]
}
