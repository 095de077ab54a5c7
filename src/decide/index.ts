export { type Decision, type RuleMatch, type Verdict, WAF_MATCH } from './decision.ts'
export { type CompiledPolicy, compilePolicy, evaluatePhases } from './engine.ts'
export { decisionOf, type Evaluation, joinEvaluations } from './evaluation.ts'
export {
  explainPolicy,
  judgementOf,
  type PolicyTrace,
  type RuleState,
  type RuleTrace,
  type TraceSource,
} from './explain.ts'
export { buildList, buildLists } from './lists.ts'
export {
  HTTP_PHASES,
  isPacketPhase,
  PACKET_PHASES,
  type Phase,
  PHASES,
  pointOfPhase,
  REQUEST_PHASES,
  RESPONSE_PHASES,
} from './phase.ts'
export type { ListData, Policy } from './policy.ts'
export { compileRuleset, RulesetProgram } from './program.ts'
export { isSkip, type Rule, type RuleAction, type Ruleset, type SkipAction } from './rule.ts'
export { Skips } from './skips.ts'
