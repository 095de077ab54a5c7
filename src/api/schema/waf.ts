import { z } from 'zod'

export const WAF_MATCH_SCHEMA = z
  .looseObject({
    ruleSet: z.string().describe('`tidegate`, or the name of a SecLang rule set.'),
    ruleId: z.union([z.string(), z.number()]).describe('SecLang id, or the name of one of our rules.'),
    class: z.string().describe('Kind of attack.'),
    score: z.number().describe('What it added to the anomaly score, or its weight.'),
    phase: z.number().describe('SecLang phase: 1 and 2 request, 3 and 4 answer.'),
    paranoia: z.number(),
    message: z.string(),
    variable: z.string().describe('Where the value stood, such as ARGS:q.'),
    trail: z.array(z.string()).describe('Transformations that changed the value, in order.'),
    value: z.string().describe('What was tested, around what matched; a keyed hash where `redacted`.'),
    valueOffset: z.number().optional().describe('Offset of `value` in the whole tested value, in bytes.'),
    matchOffset: z.number().optional().describe('Where the matched bytes stand in `value`, in bytes.'),
    matchLength: z.number().optional(),
    parts: z
      .array(z.string())
      .optional()
      .describe('`value` in three: before the matched bytes, those, and after them; absent where it is redacted.'),
    finding: z.string().optional().describe('What a detector recognised.'),
    redacted: z.boolean().optional(),
  })
  .meta({ id: 'WafMatch' })

export const WAF_SETTINGS_SCHEMA = z
  .looseObject({
    ruleSets: z.array(z.string()),
    paranoia: z.number(),
    inboundThreshold: z.number(),
    outboundThreshold: z.number(),
    sensitivity: z.record(z.string(), z.string()),
  })
  .meta({ id: 'WafSettings' })

export type WafMatchJson = z.output<typeof WAF_MATCH_SCHEMA>
export type WafSettingsJson = z.output<typeof WAF_SETTINGS_SCHEMA>

const SUM = z.object({
  sum: z.number().describe('Scores of the SecLang rules that matched.'),
  threshold: z.number().describe('Sum from which it is blocked.'),
})

export const WAF_REPORT_SCHEMA = z
  .object({
    mode: z.string(),
    verdict: z.string().describe('`block` also where the mode only logs.'),
    score: z.number().describe('1 is surely an attack, 99 surely not.'),
    class: z.string().optional(),
    classScores: z.record(z.string(), z.number()),
    matches: z.array(WAF_MATCH_SCHEMA),
    settings: WAF_SETTINGS_SCHEMA.optional(),
    inbound: SUM.optional(),
    outbound: SUM.optional(),
    exceptions: z.array(z.string()).describe('Rules of the policy that took something out of the judgement.'),
    coverage: z.string().optional(),
    responseCoverage: z.string().optional(),
    cpuMicros: z.number().optional(),
    budgetExceeded: z.boolean(),
    toPass: z.array(z.string()).describe('What would have to change so that the request passes.'),
  })
  .meta({ id: 'WafReport' })

export type WafReportJson = z.output<typeof WAF_REPORT_SCHEMA>
