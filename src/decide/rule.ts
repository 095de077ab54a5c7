import type { SourcePlace } from '#kernel'
import type { Expression } from '#rules'
import type { Phase } from './phase.ts'

/**
 * One rule of a ruleset. `Action` is what `act` defines; this floor only needs to know its type name and whether it ends
 * the evaluation.
 */
export interface Rule<Action extends RuleAction = RuleAction> {
  readonly id: string
  readonly description: string
  /** The expression as written. */
  readonly when: string
  readonly expression: Expression
  readonly action: Action
  readonly enabled: boolean
  /** `log`: matches are recorded, the action is not taken. */
  readonly mode: 'enforce' | 'log'
  /** Milliseconds since the epoch after which the rule is inert. */
  readonly expiresMs?: number
  readonly place: SourcePlace
}

export interface RuleAction {
  readonly type: string
  readonly terminating: boolean
}

/** The action that steers the evaluation itself: it switches off phases, rules by id, or the rest of its own ruleset. */
export interface SkipAction extends RuleAction {
  readonly type: 'skip'
  readonly terminating: false
  readonly phases: readonly string[]
  readonly rules: readonly string[]
  readonly rest: boolean
}

/** True when `action` is a skip: nothing else may carry that type name. */
export function isSkip(action: RuleAction): action is SkipAction {
  return action.type === 'skip'
}

export interface Ruleset<Action extends RuleAction = RuleAction> {
  readonly phase: Phase
  readonly rules: readonly Rule<Action>[]
}
