import { z } from 'zod'
import { formatMetrics, METRICS_CONTENT_TYPE } from '../metrics-text.ts'
import { NO_PARAMETERS, route } from '../route.ts'
import { storeMetrics } from '../store-metrics.ts'

export const METRICS = route({
  method: 'GET',
  path: '/metrics',
  scope: 'metrics',
  summary: 'Counters and gauges in the Prometheus text format.',
  contentType: METRICS_CONTENT_TYPE,
  pathSchema: NO_PARAMETERS,
  querySchema: NO_PARAMETERS,
  answerSchema: z.string(),
  handle: async ({ services }) =>
    formatMetrics([...services.metrics(), ...storeMetrics(await services.store.status())]),
})
