import { z } from 'zod'
import { NO_PARAMETERS, route } from '../route.ts'
import { VERSION } from '#kernel'

const ANSWER = z.object({
  status: z.enum(['ok', 'degraded']),
  version: z.string(),
  policyVersion: z.string(),
  uptimeSeconds: z.number(),
  workers: z.object({ running: z.number(), wanted: z.number() }),
  store: z.object({ lagMs: z.number(), lastError: z.string().optional() }),
})

/** Events older than this are not yet visible: the store does not keep up. */
const LAG_LIMIT_MS = 10_000

export const HEALTH = route({
  method: 'GET',
  path: '/api/v1/health',
  scope: 'public',
  summary: 'Whether everything that should run does.',
  pathSchema: NO_PARAMETERS,
  querySchema: NO_PARAMETERS,
  answerSchema: ANSWER,
  handle: async ({ services, nowMicros }) => {
    const state = services.state()
    const store = await services.store.status()
    return {
      status: state.healthy && store.lagMs < LAG_LIMIT_MS && store.lastError === undefined ? 'ok' : 'degraded',
      version: VERSION,
      policyVersion: services.running().policy.version,
      uptimeSeconds: Math.max(0, Math.round(nowMicros / 1_000_000 - state.startedAtMs / 1000)),
      workers: { running: state.workersRunning, wanted: state.workersWanted },
      store: {
        lagMs: Math.round(store.lagMs),
        ...(store.lastError === undefined ? {} : { lastError: store.lastError }),
      },
    } as const
  },
})
