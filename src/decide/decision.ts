import type { Phase } from './phase.ts'

/** What was decided about a request. `refuse` is a protocol fault, not a rule; `error` a fault of ours or of the origin. */
export type Verdict = 'allow' | 'block' | 'redirect' | 'refuse' | 'error'

/** In place of an action: a rule of the WAF matched, which is no rule of the policy. */
export const WAF_MATCH = 'waf_match'

/** A rule that matched, in the order of evaluation; `logOnly` when its action was not taken. */
export interface RuleMatch {
  readonly phase: Phase
  readonly ruleId: string
  readonly action: string
  readonly logOnly: boolean
}

/** The one answer of the policy engine. Without a rule that decided, `ruleId` and `phase` are absent and `why` says so. */
export interface Decision {
  readonly verdict: Verdict
  readonly phase?: Phase
  readonly ruleId?: string
  readonly why: string
  readonly matches: readonly RuleMatch[]
}
