import { z } from 'zod'
import { FIELD_BY_NAME } from '#fields'
import { elementType, factJson } from '../event-json.ts'
import { ApiRefusal } from '../refusal.ts'
import { NO_PARAMETERS, route } from '../route.ts'
import { ESTIMATE, estimateJson } from '../schema/estimate.ts'
import { FACT_SCHEMA } from '../schema/event.ts'
import { formatMicros, parseDurationSeconds } from '../time.ts'
import { knownField, planScope, SELECTION } from './filter.ts'

const BUCKETS = 10_000

export const EVENTS_SERIES = route({
  method: 'GET',
  path: '/api/v1/events/series',
  scope: 'read',
  summary: 'Number of events in each bucket of time.',
  pathSchema: NO_PARAMETERS,
  querySchema: z.strictObject({
    ...SELECTION,
    bucket: z.string().max(16).default('1m').describe('Length of a bucket in whole seconds or more: 10s, 1m, 1h.'),
    by: z.string().max(256).optional().describe('Field whose ten most frequent values get a series each.'),
  }),
  answerSchema: z.object({
    bucketSeconds: z.number(),
    points: z.array(
      z.object({
        time: z.string().describe('Begin of the bucket.'),
        value: FACT_SCHEMA.optional().describe('Value of the field `by`; absent for all others.'),
        ...ESTIMATE.shape,
      }),
    ),
  }),
  handle: async ({ query, services, nowMicros }) => {
    const scope = planScope(query, services, nowMicros)
    const bucketSeconds = parseBucket(query.bucket, scope.untilMicros - scope.sinceMicros)
    const by = query.by === undefined ? undefined : knownField('by', query.by)
    const answer = await services.store.query({ plan: 'series', ...scope, bucketSeconds, by })
    return {
      bucketSeconds,
      points: answer.points.map((point) => ({
        time: formatMicros(point.timeMicros),
        ...(point.value === undefined || by === undefined
          ? {}
          : { value: factJson(by, point.value, elementType(FIELD_BY_NAME.get(by)!.type)) }),
        ...estimateJson(point),
      })),
    }
  },
})

function parseBucket(text: string, spanMicros: number): number {
  const seconds = parseDurationSeconds(text)
  if (seconds === undefined || !Number.isInteger(seconds) || seconds < 1) {
    throw new ApiRefusal(
      400,
      'ERR_REQUEST_INVALID',
      `query parameter "bucket": "${text}" is no duration of whole seconds`,
      {
        remedy: 'Give for example 10s, 1m or 1h.',
      },
    )
  }
  if (spanMicros / 1_000_000 / seconds > BUCKETS) {
    throw new ApiRefusal(400, 'ERR_REQUEST_INVALID', `buckets of ${text} would be more than ${BUCKETS} in this range`, {
      remedy: 'Choose a longer bucket or a shorter range.',
    })
  }
  return seconds
}
