export { EventStore, type EventStoreOptions, type StoreStatus } from './event-store.ts'
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
export { fieldSql } from './field-sql.ts'
