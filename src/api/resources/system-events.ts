import { z } from 'zod'
import { NO_PARAMETERS, route } from '../route.ts'
import { formatMicros } from '../time.ts'
import { planScope, SELECTION } from './filter.ts'

export const SYSTEM_EVENTS = route({
  method: 'GET',
  path: '/api/v1/system-events',
  scope: 'read',
  summary: 'What happened to Tidegate itself, newest first: starts, reloads, dead workers, dropped events.',
  pathSchema: NO_PARAMETERS,
  querySchema: z.strictObject({
    since: SELECTION.since,
    until: SELECTION.until,
    limit: z.coerce.number().int().min(1).max(1000).default(100),
  }),
  answerSchema: z.object({
    events: z.array(
      z.object({
        ray: z.string(),
        time: z.string(),
        level: z.enum(['info', 'warn', 'error']),
        code: z.string(),
        message: z.string(),
        facts: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
      }),
    ),
  }),
  handle: async ({ query, services, nowMicros }) => {
    const { sinceMicros, untilMicros } = planScope(query, services, nowMicros)
    const events = await services.store.query({ plan: 'system', sinceMicros, untilMicros, limit: query.limit })
    return {
      events: events.map(({ ray, timeMicros, level, code, message, facts }) => ({
        ray,
        time: formatMicros(timeMicros),
        level,
        code,
        message,
        facts: { ...facts },
      })),
    }
  },
})
