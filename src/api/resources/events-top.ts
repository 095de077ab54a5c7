import { z } from 'zod'
import { FIELD_BY_NAME } from '#fields'
import { elementType, factJson } from '../event-json.ts'
import { NO_PARAMETERS, route } from '../route.ts'
import { FACT_SCHEMA } from '../schema/event.ts'
import { ESTIMATE, estimateJson } from '../schema/estimate.ts'
import { knownField, planScope, SELECTION } from './filter.ts'

export const EVENTS_TOP = route({
  method: 'GET',
  path: '/api/v1/events/top',
  scope: 'read',
  summary: 'The most frequent values of a field.',
  pathSchema: NO_PARAMETERS,
  querySchema: z.strictObject({
    ...SELECTION,
    field: z.string().max(256).describe('Name of the field.'),
    limit: z.coerce.number().int().min(1).max(1000).default(20),
    offset: z.coerce.number().int().min(0).max(1_000_000).default(0),
  }),
  answerSchema: z.object({
    field: z.string(),
    values: z.array(
      z.object({ value: FACT_SCHEMA.nullable().describe('null: the field was absent.'), ...ESTIMATE.shape }),
    ),
    distinct: z.number().describe('Number of distinct values, a lower bound when events were sampled.'),
    total: ESTIMATE,
  }),
  handle: async ({ query, services, nowMicros }) => {
    const field = knownField('field', query.field)
    const type = FIELD_BY_NAME.get(field)!.type
    const { limit, offset } = query
    const scope = planScope(query, services, nowMicros)
    const answer = await services.store.query({ plan: 'top', ...scope, field, limit, offset })
    return {
      field,
      values: answer.values.map((entry) => ({
        value: entry.value === undefined ? null : factJson(field, entry.value, elementType(type)),
        ...estimateJson(entry),
      })),
      distinct: answer.distinct,
      total: estimateJson(answer.total),
    }
  },
})
