import type { RecordedKind } from '#events'
import type { Expression } from '#rules'
import type { Estimate, PlanScope } from './plan.ts'

/** Events chosen at random, each the more likely the more events it stands for; the same seed chooses the same. */
export interface SamplePlan extends PlanScope {
  readonly plan: 'sample'
  readonly kind: RecordedKind
  /** About so many: 1 to 200,000. Fewer where these would be very large. */
  readonly limit: number
  readonly seed: number
  /** Fields that are read; others of the events are left out. */
  readonly fields: readonly string[]
}

/** Column by column, packed: `readSample` makes events of it, in the thread that asked. */
export interface SampleAnswer {
  readonly fields: readonly string[]
  /** In each piece the values of some events as JSON arrays: of each field, then those that are no fields. */
  readonly pieces: readonly (readonly string[])[]
  /** All events of the range that match. */
  readonly total: Estimate
}

/** How many events fulfil each combination of at most 30 conditions. */
export interface TallyPlan extends PlanScope {
  readonly plan: 'tally'
  readonly kind: RecordedKind
  readonly conditions: readonly Expression[]
}

export interface TallyAnswer {
  /** Bit `i` of a mask stands for condition `i`; combinations that no event has are left out. */
  readonly masks: readonly ({ readonly mask: number } & Estimate)[]
}

/** How many events each key has in each period. */
export interface RatesPlan extends PlanScope {
  readonly plan: 'rates'
  readonly kind: RecordedKind
  /** Fields whose values together are the key; events that lack one are left out. */
  readonly key: readonly string[]
  readonly periodSeconds: number
}

export interface RatesAnswer {
  /** How many keys had so many events in a period. */
  readonly sizes: readonly { readonly events: number; readonly keys: number }[]
}
