import type { Phase } from '#decide'
import type { RecordedKind } from '#events'
import type { Estimate, ReplayAnswer } from '#store'

/** What a draft would have done. Counts are sums of weights: estimates, where events were sampled. */
export interface ReplayReport {
  readonly phase: Phase
  readonly kind: RecordedKind
  /** Microseconds since the epoch; the end is exclusive. Not earlier than the oldest event. */
  readonly sinceMicros: number
  readonly untilMicros: number
  /** All events of the range. */
  readonly total: Estimate
  /** Those that a rule matches and that it would have been asked about. */
  readonly matched: Estimate
  /** Those of them whose verdict would have been another one. */
  readonly changed: Estimate
  /** By verdict then and now, most frequent first. */
  readonly changes: ReplayAnswer['changes']
  readonly rules: readonly ReplayedRule[]
  /** Matched, but another rule had decided before, or had switched the phase off. */
  readonly notReached: Estimate
  /** It is not known whether a rule matches. */
  readonly undecidable: Estimate
  /** Matched, under a policy that is no longer kept. */
  readonly unknownVersion: Estimate
  /** Whom it would hit: matched events by the values of fields, most frequent first. */
  readonly groups: ReplayAnswer['groups']
  readonly series: ReplayAnswer['series']
  readonly bucketSeconds: number
  /** The newest events whose verdict would have been another one. */
  readonly samples: ReplayAnswer['samples']
  /** What a reader has to know besides. */
  readonly notes: readonly string[]
}

interface ReplayedRule extends Estimate {
  readonly id: string
  readonly when: string
  readonly action: string
  readonly mode: 'enforce' | 'log'
}
