import { z } from 'zod'
import type { Event } from '#events'
import { RAY_PATTERN } from '#kernel'
import { eventJson } from '../event-json.ts'
import { ApiRefusal } from '../refusal.ts'
import { NO_PARAMETERS, route } from '../route.ts'
import { EVENT_SCHEMA } from '../schema/event.ts'
import type { ApiServices } from '../services.ts'

export const RAY_PATH = z.strictObject({
  ray: z
    .string()
    .regex(RAY_PATTERN, 'a ray has 20 characters: digits and lower-case letters without i, l, o and u')
    .describe('Value of the header Tidegate-Ray.'),
})

export const EVENT = route({
  method: 'GET',
  path: '/api/v1/events/{ray}',
  scope: 'read',
  summary: 'One event by its ray.',
  pathSchema: RAY_PATH,
  querySchema: NO_PARAMETERS,
  answerSchema: EVENT_SCHEMA,
  handle: async ({ path, services }) => eventJson(await findEvent(path.ray, services)),
})

/** @throws ApiRefusal 404 when no event has this ray */
export async function findEvent(ray: string, services: ApiServices): Promise<Event> {
  const event = await services.store.query({ plan: 'ray', ray })
  if (event !== undefined) return event
  throw new ApiRefusal(404, 'ERR_NOT_FOUND', `there is no event with the ray ${ray}`, {
    remedy: 'An event is visible within 2 seconds of its decision, and until its retention ends.',
  })
}
