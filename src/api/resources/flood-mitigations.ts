import { z } from 'zod'
import type { FloodOrder, MitigationRecord } from '#points'
import { firewallOf } from '../firewall-service.ts'
import { attackJson, mitigationJson, vetoJson } from '../flood-json.ts'
import { ApiRefusal } from '../refusal.ts'
import { NO_PARAMETERS, type Route, route } from '../route.ts'
import { ATTACK_SCHEMA, MITIGATION_SCHEMA, type MitigationJson, VETO_SCHEMA } from '../schema/flood.ts'
import type { ApiServices } from '../services.ts'

const LIMIT_MOST = 500

export const MITIGATIONS = route({
  method: 'GET',
  path: '/api/v1/firewall/mitigations',
  scope: 'read',
  summary: 'Rules against floods, those in force and those that were, the youngest first; floods that go on; vetoes.',
  pathSchema: NO_PARAMETERS,
  querySchema: z.strictObject({ limit: z.coerce.number().int().min(1).max(LIMIT_MOST).default(100) }),
  answerSchema: z.object({
    mitigations: z.array(MITIGATION_SCHEMA),
    attacks: z.array(ATTACK_SCHEMA),
    vetoes: z.array(VETO_SCHEMA),
  }),
  handle: ({ services, query }) => {
    const { floods } = firewallOf(services)
    return {
      mitigations: floods.mitigations.slice(0, query.limit).map((record) => counted(record, services)),
      attacks: floods.attacks.map(attackJson),
      vetoes: floods.vetoes.map(vetoJson),
    }
  },
})

const ID_PATH = z.strictObject({ id: z.string().min(1).max(128).describe('Id of the rule.') })

export const MITIGATION = route({
  method: 'GET',
  path: '/api/v1/firewall/mitigations/{id}',
  scope: 'read',
  summary: 'One rule against a flood with its evidence.',
  pathSchema: ID_PATH,
  querySchema: NO_PARAMETERS,
  answerSchema: MITIGATION_SCHEMA,
  handle: ({ services, path }) => counted(found(path.id, services), services),
})

const ORDERS: Readonly<Record<Exclude<FloodOrder, 'promoted'>, string>> = {
  veto: 'Takes a rule against a flood out of force, and keeps it and what is like it from coming back.',
  unveto: 'Takes a veto back: the rule comes back when the flood does.',
  pin: 'Keeps a rule against a flood from expiring.',
  unpin: 'Lets a pinned rule expire when nothing matches it any more.',
}

function orderRoute(order: Exclude<FloodOrder, 'promoted'>): Route {
  return route({
    method: 'POST',
    path: `/api/v1/firewall/mitigations/{id}/${order}`,
    scope: 'admin',
    summary: ORDERS[order],
    pathSchema: ID_PATH,
    querySchema: NO_PARAMETERS,
    answerSchema: z.object({ id: z.string() }),
    handle: async ({ services, path: { id } }) => {
      if (!(await firewallOf(services).orderFlood(order, id))) throw unheard(order, id, services)
      return { id }
    },
  })
}

export const MITIGATION_ORDERS: readonly Route[] = (['veto', 'unveto', 'pin', 'unpin'] as const).map(orderRoute)

export const MITIGATION_PROMOTE = route({
  method: 'POST',
  path: '/api/v1/firewall/mitigations/{id}/promote',
  scope: 'admin',
  summary:
    'Writes a rule against a flood into the policy, where it stays until somebody takes it out, and loads the policy.',
  pathSchema: ID_PATH,
  querySchema: z.strictObject({
    file: z
      .string()
      .regex(/^[^./\\][^/\\]*\.ya?ml$/, 'the name of a YAML file of the policy folder')
      .default('floods.yaml')
      .describe('File of the policy folder; it is made when it is missing.'),
  }),
  answerSchema: z.object({ id: z.string(), file: z.string(), version: z.string().describe('The policy now.') }),
  handle: async ({ services, path: { id }, query, caller }) => {
    const { when, action, destination, createdAtMs } = found(id, services)
    const description = `Flood towards ${destination} of ${new Date(createdAtMs).toISOString()}`
    const rules = [{ id, description, when, action }]
    const { file } = services.addRules(query.file, { phase: 'packet_ddos', rules })
    const { version } = await services.reload(`API, token "${caller?.name ?? ''}"`)
    // One that ended meanwhile is in the policy all the same.
    await firewallOf(services).orderFlood('promoted', id)
    return { id, file, version }
  },
})

function found(id: string, services: ApiServices): MitigationRecord {
  const record = firewallOf(services).floods.find(id)
  if (record === undefined) throw unknown(id)
  return record
}

/** Why nothing came of an order about a rule. */
function unheard(order: string, id: string, services: ApiServices): ApiRefusal {
  const record = firewallOf(services).floods.find(id)
  if (record === undefined) return unknown(id)
  const why = order === 'unveto' ? 'is not vetoed' : `is not in force any more (${record.endedBy ?? 'ended'})`
  return new ApiRefusal(404, 'ERR_NOT_FOUND', `the rule ${id} ${why}`, {
    remedy: '`tidegate firewall mitigations` says which are; `tidegate firewall promote` also takes one that ended.',
  })
}

function unknown(id: string): ApiRefusal {
  return new ApiRefusal(404, 'ERR_NOT_FOUND', `there is no rule ${id} against a flood`, {
    remedy: '`tidegate firewall mitigations` lists them.',
  })
}

function counted(record: MitigationRecord, services: ApiServices): MitigationJson {
  const { counters } = firewallOf(services).report()
  const counter = counters.find(({ ruleId }) => ruleId === record.id)
  return mitigationJson(record, counter?.packets ?? record.packets)
}
