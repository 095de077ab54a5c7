import { z } from 'zod'
import type { ListData } from '#decide'
import { NO_PARAMETERS, route } from '../route.ts'
import { PROBLEM } from '../schema/problem.ts'

const RULE = z
  .object({
    id: z.string(),
    description: z.string(),
    when: z.string().describe('The expression as written.'),
    action: z.looseObject({ type: z.string() }),
    enabled: z.boolean(),
    mode: z.enum(['enforce', 'log']),
    expires: z.string().optional().describe('RFC 3339; inert afterwards.'),
    place: PROBLEM.shape.place,
  })
  .meta({ id: 'Rule' })

export const POLICY = route({
  method: 'GET',
  path: '/api/v1/policy',
  scope: 'read',
  summary: 'The policy that runs.',
  pathSchema: NO_PARAMETERS,
  querySchema: NO_PARAMETERS,
  answerSchema: z.object({
    version: z.string(),
    since: z.string().describe('When it began to run.'),
    rulesets: z.array(z.object({ phase: z.string(), rules: z.array(RULE) })),
    lists: z.array(z.object({ name: z.string(), type: z.string(), entries: z.number() })),
    warnings: z.array(PROBLEM),
  }),
  handle: ({ services }) => {
    const { policy, sinceMs, warnings } = services.running()
    return {
      version: policy.version,
      since: new Date(sinceMs).toISOString(),
      rulesets: policy.rulesets.map(({ phase, rules }) => ({
        phase,
        rules: rules.map((rule) => ({
          id: rule.id,
          description: rule.description,
          when: rule.when,
          action: { ...rule.action },
          enabled: rule.enabled,
          mode: rule.mode,
          ...(rule.expiresMs === undefined ? {} : { expires: new Date(rule.expiresMs).toISOString() }),
          place: rule.place,
        })),
      })),
      lists: policy.lists.map((list) => ({ name: list.name, type: list.type, entries: entriesOf(list) })),
      warnings: [...warnings],
    }
  },
})

function entriesOf(list: ListData): number {
  return list.type === 'IP' ? list.ranges.count : list.values.length
}

export const POLICY_RELOAD = route({
  method: 'POST',
  path: '/api/v1/policy/reload',
  scope: 'admin',
  summary:
    'Loads policy, WAF and certificates again, all or nothing; 422 with every fault when the new policy is refused.',
  pathSchema: NO_PARAMETERS,
  querySchema: NO_PARAMETERS,
  answerSchema: z.object({
    version: z.string(),
    previousVersion: z.string(),
    changed: z.boolean(),
    wafChanged: z.boolean().describe('Settings or rules of the WAF are others than before.'),
    warnings: z.array(PROBLEM),
    certificateFaults: z.array(z.string()).describe('Certificates that could not be read again; the ones before stay.'),
  }),
  handle: async ({ services, caller }) => {
    const outcome = await services.reload(`API, token "${caller?.name ?? ''}"`)
    return {
      version: outcome.version,
      previousVersion: outcome.previousVersion,
      changed: outcome.version !== outcome.previousVersion,
      wafChanged: outcome.wafChanged,
      warnings: [...outcome.warnings],
      certificateFaults: [...outcome.certificateFaults],
    }
  },
})
