import type { CompiledPolicy, Policy, Rule } from '#decide'
import type { Readers } from '#fields'
import type { Action } from './action.ts'
import { compileAction, type Effect } from './effect.ts'

/** The effect of each rule of a policy, looked up when the rule is applied. */
export type PolicyEffects<Context> = ReadonlyMap<Rule<Action>, Effect<Context>>

/** Compiles the actions of all enabled rules. Throws ERR_RULE_INVALID when one reads a field that `readers` do not have. */
export function compileEffects<Context>(
  policy: Policy<Action>,
  compiled: CompiledPolicy<Context, Action>,
  readers: Readers<Context>,
): PolicyEffects<Context> {
  const environment = { readers, lists: compiled.lists }
  const rules = policy.rulesets.flatMap((ruleset) => ruleset.rules).filter((rule) => rule.enabled)
  return new Map(rules.map((rule) => [rule, compileAction(rule.action, environment)]))
}
