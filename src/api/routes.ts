import { CAPTURE_ANALYZE } from './resources/capture-analyze.ts'
import { COMPARE } from './resources/compare.ts'
import { EVENT } from './resources/event.ts'
import { EVENT_EXPLAIN } from './resources/event-explain.ts'
import { EVENT_LIST } from './resources/events.ts'
import { EVENTS_SERIES } from './resources/events-series.ts'
import { EVENTS_TOP } from './resources/events-top.ts'
import { FIREWALL, FIREWALL_CONFIRM, FIREWALL_TOP } from './resources/firewall.ts'
import { MITIGATION, MITIGATION_ORDERS, MITIGATION_PROMOTE, MITIGATIONS } from './resources/flood-mitigations.ts'
import { HEALTH } from './resources/health.ts'
import { METRICS } from './resources/metrics.ts'
import { openapiRoute } from './resources/openapi.ts'
import { POLICY, POLICY_RELOAD } from './resources/policy.ts'
import { REPLAY } from './resources/replay.ts'
import { RULE_HITS } from './resources/rule-hits.ts'
import { SYSTEM_EVENTS } from './resources/system-events.ts'
import type { Route } from './route.ts'

const RESOURCES: readonly Route[] = [
  HEALTH,
  EVENT_LIST,
  EVENT,
  EVENT_EXPLAIN,
  EVENTS_TOP,
  EVENTS_SERIES,
  SYSTEM_EVENTS,
  POLICY,
  POLICY_RELOAD,
  FIREWALL,
  FIREWALL_TOP,
  FIREWALL_CONFIRM,
  MITIGATIONS,
  MITIGATION,
  ...MITIGATION_ORDERS,
  MITIGATION_PROMOTE,
  REPLAY,
  COMPARE,
  CAPTURE_ANALYZE,
  RULE_HITS,
  METRICS,
]

/** Every resource of the API. A new one is a file in resources/ and a line above; the OpenAPI document follows. */
export const ROUTES: readonly Route[] = [...RESOURCES, openapiRoute(RESOURCES)]
