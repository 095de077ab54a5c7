export type { Decision, RuleMatch, Verdict } from './decision.ts'
export { type Phase, PHASES, RESPONSE_PHASES } from './phase.ts'
export type { Rule, RuleAction, Ruleset } from './rule.ts'
