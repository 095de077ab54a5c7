import { z } from 'zod'
import { RECORDED_KINDS } from '#events'
import { WAF_MATCH_SCHEMA, WAF_SETTINGS_SCHEMA } from './waf.ts'

const VALUE = z.union([z.boolean(), z.number(), z.string()])

export const FACT_SCHEMA = z
  .union([VALUE, z.array(VALUE), z.record(z.string(), z.union([VALUE, z.array(VALUE)]))])
  .describe('A fact: addresses as text, byte strings as text (UTF-8 where valid, else one character a byte).')

/** Also facts whose column holds JSON: they are shown as what they are. */
const EVENT_FACT_SCHEMA = z.union([FACT_SCHEMA, z.array(WAF_MATCH_SCHEMA), WAF_SETTINGS_SCHEMA])

export const DECISION_SCHEMA = z
  .object({
    verdict: z.enum(['allow', 'block', 'redirect', 'refuse', 'error']),
    phase: z.string().optional(),
    ruleId: z.string().optional(),
    why: z.string().describe('The reason in words.'),
    matches: z
      .array(z.object({ phase: z.string(), ruleId: z.string(), action: z.string(), logOnly: z.boolean() }))
      .readonly()
      .describe('Every rule that matched, in order; logOnly when its action was not taken.'),
  })
  .meta({ id: 'Decision' })

export const EVENT_SCHEMA = z
  .object({
    ray: z.string().describe('Sortable id of the request or packet.'),
    trace: z.string().optional().describe('Ray of the outermost thing that this belongs to.'),
    time: z.string().describe('RFC 3339, UTC, with microseconds.'),
    kind: z.enum(RECORDED_KINDS).describe('What it is about: a request, a packet, a flow of packets.'),
    point: z.string().describe('Enforcement point that wrote it.'),
    policyVersion: z.string().describe('Content hash of the policy that decided.'),
    decision: DECISION_SCHEMA,
    weight: z.number().describe('1 / probability of being kept: sums of weights count events.'),
    facts: z
      .record(z.string(), EVENT_FACT_SCHEMA)
      .describe('Values by field name; of `waf.matches` and `waf.settings` what their JSON holds.'),
    omissions: z
      .array(
        z.object({
          field: z.string(),
          key: z.string().optional(),
          reason: z.enum(['redacted', 'truncated']),
          lengthBytes: z.number().optional(),
          hash: z.string().optional(),
        }),
      )
      .readonly()
      .optional()
      .describe('Facts that are stored in part or as a keyed hash.'),
  })
  .meta({ id: 'Event' })

export type FactJson = z.output<typeof FACT_SCHEMA>
export type EventFactJson = z.output<typeof EVENT_FACT_SCHEMA>
export type DecisionJson = z.output<typeof DECISION_SCHEMA>
export type EventJson = z.output<typeof EVENT_SCHEMA>
