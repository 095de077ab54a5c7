import { HTTP_EDGE } from './http-edge/point.ts'
import type { EnforcementPoint } from './point.ts'

export { ExchangeFacts } from './http-edge/facts.ts'
export type { FromWorker, ToWorker, WorkerStart } from './http-edge/messages.ts'
export { createOriginHealth } from './http-edge/origin-health.ts'
export { HTTP_EDGE } from './http-edge/point.ts'
export { EDGE_READERS } from './http-edge/readers.ts'
export { SiteTable } from './http-edge/site-table.ts'
export type { EnforcementPoint } from './point.ts'

/** Every enforcement point. A new one is a folder and a line here. */
export const POINTS: readonly EnforcementPoint[] = [HTTP_EDGE]
