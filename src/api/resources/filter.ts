import { z } from 'zod'
import type { ListData } from '#decide'
import { RECORDED_KINDS, type RecordedKind } from '#events'
import { FIELD_BY_NAME, FIELDS } from '#fields'
import { type Expression, parseExpression, renderRuleError, nearestName } from '#rules'
import { ApiRefusal } from '../refusal.ts'
import type { ApiServices } from '../services.ts'
import { parseMomentMicros } from '../time.ts'

const DEFAULT_SPAN_MICROS = 3_600_000_000

/** The parameters that choose events, the same for every question about them. */
export const SELECTION = {
  kind: z
    .enum(RECORDED_KINDS)
    .optional()
    .describe('Only events of this kind. Default: of every kind that records all fields which are asked for.'),
  filter: z.string().max(16_384).optional().describe('Expression of the rules language; every event without it.'),
  since: z
    .string()
    .max(64)
    .optional()
    .describe('Begin, inclusive: a duration before now (10m, 24h) or an RFC 3339 time. Default: an hour before until.'),
  until: z.string().max(64).optional().describe('End, exclusive: as since. Default: now.'),
}

export interface Selection {
  readonly kind?: RecordedKind | undefined
  readonly filter?: string | undefined
  readonly since?: string | undefined
  readonly until?: string | undefined
}

export interface PlanScopeValues {
  readonly kind: RecordedKind | undefined
  readonly filter: Expression | undefined
  readonly lists: ReadonlyMap<string, ListData>
  readonly sinceMicros: number
  readonly untilMicros: number
}

/** Turns the parameters into what the store asks for. @throws ApiRefusal 400 naming the faulty parameter */
export function planScope(selection: Selection, services: ApiServices, nowMicros: number): PlanScopeValues {
  // Events that are being written now belong to "until now": a microsecond of grace keeps the end inclusive for them.
  const untilMicros = selection.until === undefined ? nowMicros + 1 : moment('until', selection.until, nowMicros)
  const sinceMicros =
    selection.since === undefined ? untilMicros - DEFAULT_SPAN_MICROS : moment('since', selection.since, nowMicros)
  if (sinceMicros >= untilMicros) {
    throw new ApiRefusal(400, 'ERR_REQUEST_INVALID', '"since" must be before "until"')
  }
  const lists = new Map(services.running().policy.lists.map((list) => [list.name, list]))
  return { kind: selection.kind, filter: parseFilter(selection.filter, lists), lists, sinceMicros, untilMicros }
}

function moment(name: string, text: string, nowMicros: number): number {
  const micros = parseMomentMicros(text, nowMicros)
  if (micros !== undefined) return micros
  throw new ApiRefusal(400, 'ERR_REQUEST_INVALID', `query parameter "${name}": "${text}" is no time`, {
    remedy: 'Give a duration before now such as 10m, 24h or 7d, or a time such as 2026-01-31T08:00:00Z.',
  })
}

function parseFilter(text: string | undefined, lists: ReadonlyMap<string, ListData>): Expression | undefined {
  if (text === undefined || text.trim() === '') return undefined
  const types = new Map([...lists].map(([name, list]) => [name, list.type]))
  const result = parseExpression(text, { fields: FIELD_BY_NAME, lists: types, stage: 'response' })
  if (result.ok) return result.expression
  throw new ApiRefusal(400, 'ERR_RULE_INVALID', renderRuleError(result.error, text))
}

/** A field that events can be grouped by. @throws ApiRefusal 400 with the nearest name */
export function knownField(parameter: string, name: string): string {
  if (FIELD_BY_NAME.has(name)) return name
  const nearest = nearestName(
    name,
    FIELDS.map((field) => field.name),
  )
  throw new ApiRefusal(400, 'ERR_REQUEST_INVALID', `query parameter "${parameter}": there is no field "${name}"`, {
    remedy: nearest === undefined ? 'See `tidegate rule fields`.' : `Did you mean "${nearest}"?`,
  })
}
