import type { Readers } from '#fields'
import type { NamedLists } from '#rules'
import { type Evaluation, joinEvaluations, nothingMatched } from './evaluation.ts'
import { buildLists } from './lists.ts'
import { HTTP_PHASES, type Phase } from './phase.ts'
import type { Policy } from './policy.ts'
import { RulesetProgram } from './program.ts'
import type { Rule, RuleAction } from './rule.ts'
import type { Skips } from './skips.ts'

/** A policy as a point runs it: one program for each phase that has rules. */
export interface CompiledPolicy<Context, Action extends RuleAction = RuleAction> {
  readonly version: string
  readonly lists: NamedLists
  readonly programs: ReadonlyMap<Phase, RulesetProgram<Context, Action>>
}

/**
 * Compiles the phases that a point runs, those of requests by default, for one kind of context. Throws ERR_RULE_INVALID or
 * ERR_LIST_INVALID.
 */
export function compilePolicy<Context, Action extends RuleAction>(
  policy: Policy<Action>,
  readers: Readers<Context>,
  run: readonly Phase[] = HTTP_PHASES,
): CompiledPolicy<Context, Action> {
  const lists = buildLists(policy.lists)
  const compile = (phase: Phase) => new RulesetProgram({ phase, rules: rulesOf(policy, phase) }, { readers, lists })
  const phases = run.filter((phase) => rulesOf(policy, phase).length > 0)
  return { version: policy.version, lists, programs: new Map(phases.map((phase) => [phase, compile(phase)])) }
}

/** The rules of a phase in order, from every ruleset that is written for it. */
export function rulesOf<Action extends RuleAction>(policy: Policy<Action>, phase: Phase): readonly Rule<Action>[] {
  return policy.rulesets.filter((ruleset) => ruleset.phase === phase).flatMap((ruleset) => ruleset.rules)
}

/**
 * Evaluates several phases one after the other until a rule ends the evaluation. Because fields show the original request in
 * every phase, a point may ask for all request phases at once and apply the actions afterwards, in order.
 */
export function evaluatePhases<Context, Action extends RuleAction>(
  policy: CompiledPolicy<Context, Action>,
  phases: readonly Phase[],
  context: Context,
  nowMs: number,
  skips?: Skips,
): Evaluation<Action> {
  let total: Evaluation<Action> = nothingMatched(skips)
  for (const phase of phases) {
    const evaluation = policy.programs.get(phase)?.evaluate(context, nowMs, total.skips)
    if (evaluation === undefined) continue
    total = total.matches.length === 0 ? evaluation : joinEvaluations(total, evaluation)
    if (evaluation.terminal !== undefined) break
  }
  return total
}
