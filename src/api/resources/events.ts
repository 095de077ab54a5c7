import { z } from 'zod'
import { eventJson } from '../event-json.ts'
import { NO_PARAMETERS, route } from '../route.ts'
import { EVENT_SCHEMA } from '../schema/event.ts'
import { planScope, SELECTION } from './filter.ts'

const DEFAULT_LIMIT = 100

export const EVENT_LIST = route({
  method: 'GET',
  path: '/api/v1/events',
  scope: 'read',
  summary: 'Events that match a filter, newest first.',
  pathSchema: NO_PARAMETERS,
  querySchema: z.strictObject({
    ...SELECTION,
    limit: z.coerce.number().int().min(1).max(10_000).default(DEFAULT_LIMIT).describe('Events in one answer.'),
    cursor: z.string().max(256).optional().describe('What an earlier answer gave, to continue after it.'),
  }),
  answerSchema: z.object({
    events: z.array(EVENT_SCHEMA),
    cursor: z.string().optional().describe('Give it back to continue; absent at the end.'),
  }),
  handle: async ({ query, services, nowMicros }) => {
    const answer = await services.store.query({
      plan: 'rows',
      ...planScope(query, services, nowMicros),
      limit: query.limit,
      cursor: query.cursor,
    })
    return {
      events: answer.events.map(eventJson),
      ...(answer.cursor === undefined ? {} : { cursor: answer.cursor }),
    }
  },
})
