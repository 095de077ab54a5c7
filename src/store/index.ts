export { EventStore, type EventStoreOptions, type StoreStatus } from './event-store.ts'
export { StoreLine } from './store-line.ts'
export type {
  Answers,
  CountPlan,
  Estimate,
  Plan,
  PlanScope,
  RayPlan,
  RowsAnswer,
  RowsPlan,
  SeriesAnswer,
  SeriesPlan,
  SystemPlan,
  TopAnswer,
  TopPlan,
} from './plan.ts'
export { readSample } from './read-sample.ts'
export { fieldSql, kindsRecording } from './field-sql.ts'
export type {
  ReplayAnswer,
  ReplayChange,
  ReplayOutcome,
  ReplayPlan,
  ReplayReach,
  ReplayRule,
  VersionsAnswer,
} from './replay-plan.ts'
