import { z } from 'zod'
import { DECISION_SCHEMA, FACT_SCHEMA } from './event.ts'

const NODE = z
  .object({
    text: z.string().describe('The sub-expression.'),
    value: z.boolean().nullable().describe('Its value; null when a field that it needs was not recorded.'),
    operandValue: FACT_SCHEMA.optional().describe('Value of the operand that it looks at; absent when there was none.'),
    get children() {
      return z.array(NODE)
    },
  })
  .meta({ id: 'ExplanationNode' })

const RULE_TRACE = z
  .object({
    phase: z.string(),
    ruleId: z.string(),
    description: z.string(),
    when: z.string(),
    action: z.string(),
    logOnly: z.boolean(),
    state: z.enum(['matched', 'not-matched', 'not-decidable', 'skipped', 'disabled', 'expired', 'not-reached']),
    tree: NODE.optional().describe('The values of all sub-expressions, when the rule was evaluated.'),
  })
  .meta({ id: 'RuleTrace' })

export const EXPLANATION_SCHEMA = z
  .object({
    policyVersion: z.string(),
    rules: z.array(RULE_TRACE).describe('Every rule of the policy of that moment, in order.'),
    decision: DECISION_SCHEMA.describe('What the policy decides about these facts.'),
    complete: z.boolean().describe('False when a rule could not be decided from what was recorded.'),
  })
  .meta({ id: 'Explanation' })

export type ExplanationNodeJson = z.output<typeof NODE>
export type RuleTraceJson = z.output<typeof RULE_TRACE>
export type ExplanationJson = z.output<typeof EXPLANATION_SCHEMA>
