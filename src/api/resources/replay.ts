import { z } from 'zod'
import { type Draft, parseDraft } from '#config'
import { type ListData, PHASES } from '#decide'
import { FIELD_BY_NAME } from '#fields'
import { draftOfExpression, replayDraft, type ReplayReport } from '#workbench'
import { factJson } from '../event-json.ts'
import { ApiRefusal } from '../refusal.ts'
import { NO_PARAMETERS, route } from '../route.ts'
import { FACT_SCHEMA } from '../schema/event.ts'
import { ESTIMATE, estimateJson } from '../schema/estimate.ts'
import { formatMicros } from '../time.ts'
import { planScope } from './filter.ts'

const DAY = '24h'
const DRAFT_CHARACTERS = 65_536

const BODY = z.strictObject({
  draft: z
    .string()
    .min(1)
    .max(DRAFT_CHARACTERS)
    .optional()
    .describe('Rules as a policy file writes them: one YAML document with `phase` and `rules`.'),
  when: z.string().min(1).max(DRAFT_CHARACTERS).optional().describe('In place of a draft: the expression of one rule.'),
  action: z.string().max(256).optional().describe('Its action. Default: what stops what matches.'),
  phase: z.enum(PHASES).optional().describe('Its phase. Default: the first that can read its fields.'),
  since: z.string().max(64).default(DAY).describe('Begin: a duration before now (10m, 24h) or an RFC 3339 time.'),
  until: z.string().max(64).optional().describe('End, as since. Default: now.'),
})

const CHANGE = z.object({
  was: z.string(),
  now: z.string(),
  ruleId: z.string().optional().describe('Rule of the draft that decided.'),
  ...ESTIMATE.shape,
})

const ANSWER = z.object({
  phase: z.string(),
  kind: z.string(),
  since: z.string(),
  until: z.string(),
  total: ESTIMATE.describe('All events of the range.'),
  matched: ESTIMATE.describe('Those that a rule matches and that it would have been asked about.'),
  changed: ESTIMATE.describe('Those of them with another verdict.'),
  changes: z.array(CHANGE),
  rules: z.array(
    z.object({ id: z.string(), when: z.string(), action: z.string(), mode: z.string(), ...ESTIMATE.shape }),
  ),
  notReached: ESTIMATE.describe('Matched, but another rule had decided before.'),
  undecidable: ESTIMATE.describe(
    'It is not known whether a rule matches: a value was stored as a hash, or in part, or the WAF did not look.',
  ),
  unknownVersion: ESTIMATE.describe('Matched, under a policy that is no longer kept.'),
  groups: z.array(
    z.object({
      field: z.string(),
      values: z.array(z.object({ value: FACT_SCHEMA.nullable(), ...ESTIMATE.shape })),
    }),
  ),
  series: z.array(z.object({ time: z.string(), ...ESTIMATE.shape })),
  bucketSeconds: z.number(),
  samples: z.array(z.object({ ray: z.string(), time: z.string(), was: z.string(), now: z.string() })),
  notes: z.array(z.string()),
})

export const REPLAY = route({
  method: 'POST',
  path: '/api/v1/replay',
  scope: 'read',
  summary: 'What the rules of a draft would have done to recorded traffic.',
  pathSchema: NO_PARAMETERS,
  querySchema: NO_PARAMETERS,
  bodySchema: BODY,
  answerSchema: ANSWER,
  bodyBytes: 4 * DRAFT_CHARACTERS,
  handle: async ({ body, services, nowMicros }) => {
    const { policy: running } = services.running()
    const { sinceMicros, untilMicros } = planScope(body, services, nowMicros)
    const draft = draftOf(body, running.lists)
    const sources = { store: services.store, policy: (version: string) => services.archive.read(version) }
    return replayJson(await replayDraft({ draft, running, sinceMicros, untilMicros }, sources))
  },
})

function draftOf(body: z.output<typeof BODY>, lists: readonly ListData[]): Draft {
  const { draft, when, action, phase } = body
  if (draft !== undefined && when === undefined) return parseDraft(draft, 'draft', lists)
  if (draft === undefined && when !== undefined) return draftOfExpression({ when, action, phase }, lists)
  throw new ApiRefusal(400, 'ERR_REQUEST_INVALID', 'expected either "draft" or "when"')
}

function replayJson(report: ReplayReport): z.output<typeof ANSWER> {
  const { sinceMicros, untilMicros, changes, rules, groups, series, samples, notes, ...rest } = report
  return {
    phase: rest.phase,
    kind: rest.kind,
    since: formatMicros(sinceMicros),
    until: formatMicros(untilMicros),
    total: estimateJson(rest.total),
    matched: estimateJson(rest.matched),
    changed: estimateJson(rest.changed),
    changes: changes.map(({ was, now, ruleId, ...estimate }) => ({
      was,
      now,
      ...(ruleId !== undefined && { ruleId }),
      ...estimateJson(estimate),
    })),
    rules: rules.map(({ id, when, action, mode, ...estimate }) => ({
      id,
      when,
      action,
      mode,
      ...estimateJson(estimate),
    })),
    notReached: estimateJson(rest.notReached),
    undecidable: estimateJson(rest.undecidable),
    unknownVersion: estimateJson(rest.unknownVersion),
    groups: groups.map(({ field, values }) => ({
      field,
      values: values.map(({ value, ...estimate }) => ({
        value: value === undefined ? null : factJson(field, value, FIELD_BY_NAME.get(field)!.type),
        ...estimateJson(estimate),
      })),
    })),
    series: series.map(({ timeMicros, ...estimate }) => ({
      time: formatMicros(timeMicros),
      ...estimateJson(estimate),
    })),
    bucketSeconds: rest.bucketSeconds,
    samples: samples.map(({ ray, timeMicros, was, now }) => ({ ray, time: formatMicros(timeMicros), was, now })),
    notes: [...notes],
  }
}
