import { z } from 'zod'
import { isPacketPhase, type Policy } from '#decide'
import { ApiRefusal } from '../refusal.ts'
import { route } from '../route.ts'
import { ESTIMATE, estimateJson } from '../schema/estimate.ts'
import { formatMicros } from '../time.ts'
import { planScope } from './filter.ts'

export const RULE_HITS = route({
  method: 'GET',
  path: '/api/v1/rules/{id}/hits',
  scope: 'read',
  summary: 'How many events a rule of the running policy matched, by verdict.',
  pathSchema: z.strictObject({ id: z.string().min(1).max(128) }),
  querySchema: z.strictObject({ since: z.string().max(64).default('24h'), until: z.string().max(64).optional() }),
  answerSchema: z.object({
    id: z.string(),
    phase: z.string(),
    mode: z.enum(['enforce', 'log']),
    since: z.string(),
    until: z.string(),
    verdicts: z.array(z.object({ verdict: z.string(), ...ESTIMATE.shape })),
  }),
  handle: async ({ path, query, services, nowMicros }) => {
    const { phase, mode } = ruleOf(services.running().policy, path.id)
    const { sinceMicros, untilMicros } = planScope(query, services, nowMicros)
    const kind = phase.isPacket ? 'packet' : 'http'
    const { verdicts } = await services.store.query({ plan: 'hits', kind, ruleId: path.id, sinceMicros, untilMicros })
    return {
      id: path.id,
      phase: phase.name,
      mode,
      since: formatMicros(sinceMicros),
      until: formatMicros(untilMicros),
      verdicts: verdicts.map(({ verdict, ...estimate }) => ({ verdict, ...estimateJson(estimate) })),
    }
  },
})

function ruleOf({ rulesets }: Policy, id: string) {
  for (const { phase, rules } of rulesets) {
    const rule = rules.find((each) => each.id === id)
    if (rule !== undefined) return { phase: { name: phase, isPacket: isPacketPhase(phase) }, mode: rule.mode }
  }
  throw new ApiRefusal(404, 'ERR_NOT_FOUND', `the policy that runs has no rule ${id}`)
}
