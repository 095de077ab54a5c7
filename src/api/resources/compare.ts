import { z } from 'zod'
import { RECORDED_KINDS, type RecordedKind } from '#events'
import { type Expression, fieldsOf } from '#rules'
import { kindsRecording } from '#store'
import { COMPARE_KINDS, type CompareReport } from '#workbench'
import { ApiRefusal } from '../refusal.ts'
import { NO_PARAMETERS, route } from '../route.ts'
import { planScope, type PlanScopeValues } from './filter.ts'

const EXPRESSION_CHARACTERS = 65_536
const DEFAULT_SINCE = '1h'
/** Without a good side the time before the window is the baseline: this many times as long. */
const BASELINE_SPANS = 3

const SHARES = { coverage: z.number(), collateral: z.number() }

const BODY = z.strictObject({
  bad: z.string().max(EXPRESSION_CHARACTERS).describe('Selects the events of the bad side.'),
  good: z
    .string()
    .max(EXPRESSION_CHARACTERS)
    .optional()
    .describe('Selects those of the good side. Without it they are what `bad` selects in the time before `since`.'),
  since: z
    .string()
    .max(64)
    .default(DEFAULT_SINCE)
    .describe('Begin: a duration before now (10m, 24h) or an RFC 3339 time.'),
  until: z.string().max(64).optional().describe('End, as since. Default: now.'),
  kind: z.enum(COMPARE_KINDS).optional().describe('Kind of the events. Default: the first that records all fields.'),
  labels: z
    .enum(['trusted', 'window'])
    .optional()
    .describe('window: the bad side holds good events too. Default: window without `good`, else trusted.'),
  seed: z.number().int().min(0).max(1_000_000_000).optional().describe('Chooses the events that are searched.'),
})

const SIDE = z.object({
  rows: z.number(),
  weight: z.number().describe('Events that the rows stand for.'),
  searched: z.number().describe('Rows that the search looked at; filters are counted on all rows.'),
})

const FILTER = z.object({
  when: z.string(),
  ...SHARES,
  collateralInterval: z.array(z.number()).describe('95 % interval of the collateral.'),
  gain: z.number().describe('Share of the bad events that it adds to the filters before it.'),
  badRows: z.number(),
  goodRows: z.number(),
  conjuncts: z.array(
    z.object({
      when: z.string(),
      about: z.string().describe('What the field is.'),
      alone: z.object(SHARES),
      removes: z.object(SHARES),
    }),
  ),
  points: z.array(z.string()).describe('Enforcement points that can read every field of it.'),
})

const ANSWER = z.object({
  kind: z.enum(COMPARE_KINDS),
  bad: SIDE,
  good: SIDE,
  labels: z.enum(['trusted', 'window']),
  excess: z.object({ rows: z.number(), share: z.number(), baselineScale: z.number() }).optional(),
  attributes: z.array(
    z.object({
      field: z.string(),
      value: z.union([z.string(), z.number(), z.boolean()]),
      bad: z.number().describe('Share of the bad side.'),
      good: z.number().describe('Share of the good side.'),
      when: z.string().optional().describe('The condition that selects it.'),
      note: z.string().optional().describe('Why no filter uses it.'),
    }),
  ),
  filters: z.array(FILTER),
  together: z.object(SHARES).describe('All filters together.'),
  unseen: z
    .object({ rows: z.number(), collateral: z.number(), interval: z.array(z.number()) })
    .optional()
    .describe('What all filters hit of good events that were not searched for them, with its 95 % interval.'),
  advice: z.enum(['block', 'rate_limit', 'challenge', 'none']),
  why: z.string(),
  rate: z
    .object({
      key: z.array(z.string()),
      periodSeconds: z.number(),
      threshold: z.number(),
      ...SHARES,
    })
    .optional(),
  notes: z.array(z.string()),
})

export const COMPARE = route({
  method: 'POST',
  path: '/api/v1/compare',
  scope: 'read',
  summary:
    'What tells bad events from good ones, and the filters that follow from it. One comparison runs at a time; 503 when too many wait.',
  pathSchema: NO_PARAMETERS,
  querySchema: NO_PARAMETERS,
  bodySchema: BODY,
  answerSchema: ANSWER,
  bodyBytes: 4 * EXPRESSION_CHARACTERS,
  handle: async ({ body, services, nowMicros, signal }) => {
    const { since, until, labels = body.good === undefined ? 'window' : 'trusted', seed } = body
    const badScope = planScope({ filter: body.bad, since, until }, services, nowMicros)
    const goodScope =
      body.good === undefined
        ? timeBefore(badScope)
        : planScope({ filter: body.good, since, until }, services, nowMicros)
    const kind = kindOf(body.kind, [badScope.filter, goodScope.filter])
    const task = {
      bad: { from: 'log', scope: { ...badScope, kind } },
      good: { from: 'log', scope: { ...goodScope, kind } },
      options: { kind, labels, seed },
    } as const
    return answerOf(await services.comparisons.compare(task, signal))
  },
})

function timeBefore(scope: PlanScopeValues): PlanScopeValues {
  const { sinceMicros, untilMicros } = scope
  return {
    ...scope,
    sinceMicros: Math.max(0, sinceMicros - BASELINE_SPANS * (untilMicros - sinceMicros)),
    untilMicros: sinceMicros,
  }
}

function kindOf(kind: string | undefined, filters: readonly (Expression | undefined)[]): RecordedKind {
  const recorded = RECORDED_KINDS.find((each) => each === kind)
  if (recorded !== undefined) return recorded
  if (kind !== undefined) {
    throw new ApiRefusal(400, 'ERR_REQUEST_INVALID', `the event log records no events of the kind "${kind}"`, {
      remedy: `Choose ${RECORDED_KINDS.join(', ')}, or compare files.`,
    })
  }
  const fields = filters.flatMap((filter) => (filter === undefined ? [] : [...fieldsOf(filter)]))
  return kindsRecording(fields)[0] ?? 'http'
}

function answerOf({ attributes, filters, notes, rate, unseen, ...rest }: CompareReport): z.output<typeof ANSWER> {
  return {
    ...rest,
    attributes: [...attributes],
    filters: filters.map(({ collateralInterval, conjuncts, points, ...filter }) => ({
      ...filter,
      collateralInterval: [...collateralInterval],
      conjuncts: [...conjuncts],
      points: [...points],
    })),
    ...(unseen !== undefined && { unseen: { ...unseen, interval: [...unseen.interval] } }),
    ...(rate !== undefined && { rate: { ...rate, key: [...rate.key] } }),
    notes: [...notes],
  }
}
