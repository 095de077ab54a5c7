import { type CompileEnvironment, compilePredicates } from '#rules'
import type { RuleMatch } from './decision.ts'
import { type Evaluation, nothingMatched } from './evaluation.ts'
import { gateOf } from './gates/gate-of.ts'
import { RuleIndex } from './gates/rule-index.ts'
import type { Phase } from './phase.ts'
import { isSkip, type Rule, type RuleAction, type Ruleset } from './rule.ts'
import { NO_SKIPS, type Skips } from './skips.ts'

interface Step<Context, Action extends RuleAction> {
  readonly rule: Rule<Action>
  readonly expiresMs: number
  readonly match: RuleMatch
  readonly holds: (context: Context) => boolean
}

/**
 * A ruleset as one program. Rules are looked up, not walked: each operand that many rules test is read once and says which
 * rules can match at all; only their predicates run, in order. See `gates/` for why that never loses a match.
 */
export class RulesetProgram<Context, Action extends RuleAction> {
  readonly phase: Phase
  readonly #steps: readonly Step<Context, Action>[]
  readonly #index: RuleIndex<Context>
  readonly #resetPredicates: () => void

  constructor(ruleset: Ruleset<Action>, environment: CompileEnvironment<Context>) {
    this.phase = ruleset.phase
    const rules = ruleset.rules.filter((rule) => rule.enabled)
    const compiled = compilePredicates(
      rules.map((rule) => rule.expression),
      environment,
    )
    this.#resetPredicates = () => compiled.reset()
    this.#index = new RuleIndex(
      rules.map((rule) => gateOf(rule.expression)),
      environment,
    )
    this.#steps = rules.map((rule, at) => ({
      rule,
      expiresMs: rule.expiresMs ?? Number.POSITIVE_INFINITY,
      match: matchOf(ruleset.phase, rule),
      holds: compiled.predicates[at],
    }))
  }

  /**
   * Evaluates the rules in order for one request. `nowMs` is the wall clock in milliseconds, `skips` what earlier phases
   * switched off. Allocates nothing when no rule matches.
   */
  evaluate(context: Context, nowMs: number, skips?: Skips): Evaluation<Action> {
    if (this.#steps.length === 0 || skips?.phases.has(this.phase) === true) return nothingMatched(skips)
    this.#resetPredicates()
    const words = this.#index.candidates(context)
    let matched: Step<Context, Action>[] | undefined
    let inForce = skips
    for (let word = 0; word < words.length; word++) {
      for (let bits = words[word]; bits !== 0; bits &= bits - 1) {
        const step = this.#steps[word * 32 + 31 - Math.clz32(bits & -bits)]
        if (step.expiresMs <= nowMs || inForce?.rules.has(step.rule.id) === true || !step.holds(context)) continue
        matched ??= []
        matched.push(step)
        if (step.match.logOnly) continue
        const { action } = step.rule
        if (action.terminating) return evaluationOf(matched, inForce, step.rule)
        if (!isSkip(action)) continue
        inForce = (inForce ?? NO_SKIPS).plus(action)
        if (action.rest || inForce.phases.has(this.phase)) return evaluationOf(matched, inForce, undefined)
      }
    }
    return matched === undefined ? nothingMatched(skips) : evaluationOf(matched, inForce, undefined)
  }
}

function evaluationOf<Context, Action extends RuleAction>(
  matched: readonly Step<Context, Action>[],
  skips: Skips | undefined,
  terminal: Rule<Action> | undefined,
): Evaluation<Action> {
  return {
    matches: matched.map((step) => step.match),
    applied: matched.filter((step) => !step.match.logOnly).map((step) => step.rule),
    terminal,
    skips,
  }
}

/** How a match of `rule` is recorded. */
export function matchOf(phase: Phase, rule: Rule): RuleMatch {
  return Object.freeze({ phase, ruleId: rule.id, action: rule.action.type, logOnly: rule.mode === 'log' })
}

/** Compiles a ruleset. Throws ERR_RULE_INVALID when a rule reads a field or list that the environment does not have. */
export function compileRuleset<Context, Action extends RuleAction>(
  ruleset: Ruleset<Action>,
  environment: CompileEnvironment<Context>,
): RulesetProgram<Context, Action> {
  return new RulesetProgram(ruleset, environment)
}
