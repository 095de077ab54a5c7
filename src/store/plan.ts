import type { Verdict, ListData } from '#decide'
import type { Event, RecordedKind, SystemEvent, SystemLevel } from '#events'
import type { FieldValue } from '#fields'
import type { Expression } from '#rules'
import type { RatesAnswer, RatesPlan, SampleAnswer, SamplePlan, TallyAnswer, TallyPlan } from './compare-plan.ts'
import type { HitsAnswer, HitsPlan, ReplayAnswer, ReplayPlan, VersionsAnswer, VersionsPlan } from './replay-plan.ts'

/** What every question about events has in common. */
export interface PlanScope {
  /** Only events of this kind. Absent: of every kind that records all fields that are asked for. */
  readonly kind?: RecordedKind | undefined
  /** Absent: every event. */
  readonly filter?: Expression | undefined
  /** Lists that the filter names. */
  readonly lists?: ReadonlyMap<string, ListData> | undefined
  /** Only events with one of these verdicts. */
  readonly verdicts?: readonly Verdict[] | undefined
  /** Microseconds since the epoch; inclusive. */
  readonly sinceMicros: number
  /** Exclusive. */
  readonly untilMicros: number
  /** After this the query is interrupted and fails with ERR_STORE_FAILED; default 10 s. */
  readonly timeoutMs?: number | undefined
}

/** Events, newest first. `cursor` is what an earlier page returned. */
export interface RowsPlan extends PlanScope {
  readonly plan: 'rows'
  /** 1 to 10,000. */
  readonly limit: number
  readonly cursor?: string | undefined
}

export interface RayPlan {
  readonly plan: 'ray'
  readonly ray: string
}

/** Values of one field by the number of events, estimated by weight. */
export interface TopPlan extends PlanScope {
  readonly plan: 'top'
  readonly field: string
  readonly limit: number
  readonly offset: number
}

/** Number of events a time bucket, split by the values of a field where `by` says so (the ten largest, the rest under undefined). */
export interface SeriesPlan extends PlanScope {
  readonly plan: 'series'
  readonly bucketSeconds: number
  readonly by?: string | undefined
}

export interface CountPlan extends PlanScope {
  readonly plan: 'count'
}

/** System events, newest first. */
export interface SystemPlan {
  readonly plan: 'system'
  readonly levels?: readonly SystemLevel[] | undefined
  readonly sinceMicros: number
  readonly untilMicros: number
  readonly limit: number
}

export type Plan =
  | RowsPlan
  | RayPlan
  | TopPlan
  | SeriesPlan
  | CountPlan
  | SystemPlan
  | VersionsPlan
  | ReplayPlan
  | HitsPlan
  | SamplePlan
  | TallyPlan
  | RatesPlan

/** An estimated number of events: the sum of weights. */
export interface Estimate {
  readonly count: number
  /** Half of the 95 % interval; 0 when nothing was sampled. */
  readonly error: number
  /** Rows that were read for it. */
  readonly rows: number
}

export interface RowsAnswer {
  readonly events: readonly Event[]
  /** Give it back to continue; absent at the end. */
  readonly cursor?: string
}

export interface TopAnswer {
  readonly values: readonly ({ readonly value: FieldValue | undefined } & Estimate)[]
  /** Number of distinct values, for paging. */
  readonly distinct: number
  readonly total: Estimate
}

export interface SeriesAnswer {
  readonly points: readonly ({ readonly timeMicros: number; readonly value?: FieldValue } & Estimate)[]
}

/** What each plan answers. */
export interface Answers {
  readonly rows: RowsAnswer
  readonly ray: Event | undefined
  readonly top: TopAnswer
  readonly series: SeriesAnswer
  readonly count: Estimate
  readonly system: readonly SystemEvent[]
  readonly versions: VersionsAnswer
  readonly replay: ReplayAnswer
  readonly hits: HitsAnswer
  readonly sample: SampleAnswer
  readonly tally: TallyAnswer
  readonly rates: RatesAnswer
}
