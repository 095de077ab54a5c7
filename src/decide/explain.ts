import type { Readers } from '#fields'
import { type CompileEnvironment, explainExpression, type ExplainNode } from '#rules'
import { type Decision, WAF_MATCH } from './decision.ts'
import { rulesOf } from './engine.ts'
import { decisionOf, type Evaluation, nothingMatched } from './evaluation.ts'
import { buildLists } from './lists.ts'
import { HTTP_PHASES, type Phase, RESPONSE_PHASES } from './phase.ts'
import type { Policy } from './policy.ts'
import { matchOf } from './program.ts'
import { isSkip, type Rule, type RuleAction } from './rule.ts'
import { NO_SKIPS, type Skips } from './skips.ts'

export type RuleState =
  | 'matched'
  | 'not-matched'
  /** A field that the rule reads was not recorded, and the rest of the expression does not settle it. */
  | 'not-decidable'
  | 'skipped'
  | 'disabled'
  | 'expired'
  | 'not-reached'

/** What became of one rule, with the value of each sub-expression when it was evaluated. */
export interface RuleTrace {
  readonly phase: Phase
  readonly ruleId: string
  readonly description: string
  readonly when: string
  readonly action: string
  readonly logOnly: boolean
  readonly state: RuleState
  readonly tree?: ExplainNode
}

/** Why a policy decides as it does about one request: every rule of every phase, in order. */
export interface PolicyTrace {
  readonly policyVersion: string
  readonly rules: readonly RuleTrace[]
  readonly decision: Decision
  /** False when a rule that was reached could not be decided, so that the decision is a guess from there on. */
  readonly complete: boolean
}

/** Where a trace reads its values; `recorded` says which fields are known at all (default: all). */
export interface TraceSource<Context> {
  readonly readers: Readers<Context>
  readonly recorded?: (field: string) => boolean
  /**
   * What the WAF decided: no rule of the policy, so that it is known only where it was recorded. It takes effect at the end
   * of `firewall_managed`, and at the start of `firewall_response`, unless a rule lets the request pass.
   */
  readonly judgement?: Decision | undefined
}

/**
 * Evaluates what a policy says about a request as the engine does, slowly and completely. `nowMs` is the moment of the request in milliseconds, so that
 * rules which expired since are explained as they were. `phases` are those of the point. Throws ERR_RULE_INVALID or
 * ERR_LIST_INVALID.
 */
export function explainPolicy<Context, Action extends RuleAction>(
  policy: Policy<Action>,
  source: TraceSource<Context>,
  context: Context,
  nowMs: number,
  phases: readonly Phase[] = HTTP_PHASES,
): PolicyTrace {
  const environment = { ...source, lists: buildLists(policy.lists) }
  const rules: RuleTrace[] = []
  let total: Evaluation = nothingMatched(undefined)
  let judged = false
  let isAnswerDecided = false
  for (const phase of phases) {
    const run = new PhaseTrace(phase, environment, nowMs, total.skips)
    // A request that did not pass never reaches the origin, so no response phase sees it.
    if (judged || decisionOf(total).verdict !== 'allow') run.isOver = true
    if (total.terminal !== undefined && !RESPONSE_PHASES.has(phase)) run.isOver = true
    if (isAnswerDecided) run.isOver = true
    const isJudged = source.judgement?.phase === phase && !run.isOver
    if (isJudged && phase === 'firewall_response') run.isOver = judged = total.skips?.phases.has(phase) !== true
    for (const rule of rulesOf(policy, phase)) rules.push(run.step(rule, context))
    total = {
      matches: [...total.matches, ...run.matched.map((rule) => matchOf(phase, rule))],
      applied: [],
      terminal: run.terminal ?? total.terminal,
      skips: run.skips,
    }
    if (run.terminal !== undefined && RESPONSE_PHASES.has(phase)) isAnswerDecided = true
    if (isJudged && phase !== 'firewall_response') judged = !run.isOver && run.skips?.phases.has(phase) !== true
  }
  const complete = !rules.some((rule) => rule.state === 'not-decidable')
  const decision =
    judged && source.judgement !== undefined ? { ...source.judgement, matches: total.matches } : decisionOf(total)
  return { policyVersion: policy.version, rules, decision, complete }
}

/** The decision of an event when it was the WAF that made it. */
export function judgementOf(decision: Decision): Decision | undefined {
  const { ruleId, matches } = decision
  const byWaf = matches.some((match) => match.action === WAF_MATCH && match.ruleId === ruleId && !match.logOnly)
  return byWaf ? decision : undefined
}

/** Walks the rules of one phase and remembers what the matched ones change for those after them. */
class PhaseTrace<Context> {
  readonly matched: Rule[] = []
  terminal: Rule | undefined
  skips: Skips | undefined
  isOver = false
  readonly #phase: Phase
  readonly #environment: CompileEnvironment<Context> & TraceSource<Context>
  readonly #nowMs: number
  #restIsSkipped: boolean

  constructor(
    phase: Phase,
    environment: CompileEnvironment<Context> & TraceSource<Context>,
    nowMs: number,
    skips: Skips | undefined,
  ) {
    this.#phase = phase
    this.#environment = environment
    this.#nowMs = nowMs
    this.skips = skips
    this.#restIsSkipped = skips?.phases.has(phase) ?? false
  }

  step(rule: Rule, context: Context): RuleTrace {
    const idle = this.#idleState(rule)
    if (idle !== undefined) return this.#trace(rule, idle)
    const tree = explainExpression(rule.expression, this.#environment, context)
    if (tree.value !== true) return this.#trace(rule, tree.value === false ? 'not-matched' : 'not-decidable', tree)
    this.#applyMatch(rule)
    return this.#trace(rule, 'matched', tree)
  }

  #idleState(rule: Rule): RuleState | undefined {
    if (!rule.enabled) return 'disabled'
    if (rule.expiresMs !== undefined && rule.expiresMs <= this.#nowMs) return 'expired'
    if (this.isOver) return 'not-reached'
    if (this.#restIsSkipped || this.skips?.rules.has(rule.id) === true) return 'skipped'
    return undefined
  }

  #applyMatch(rule: Rule): void {
    this.matched.push(rule)
    if (rule.mode === 'log') return
    if (rule.action.terminating) {
      this.terminal = rule
      this.isOver = true
    }
    if (!isSkip(rule.action)) return
    this.skips = (this.skips ?? NO_SKIPS).plus(rule.action)
    this.#restIsSkipped = rule.action.rest || this.skips.phases.has(this.#phase)
  }

  #trace(rule: Rule, state: RuleState, tree?: ExplainNode): RuleTrace {
    const { id: ruleId, description, when, action } = rule
    const logOnly = rule.mode === 'log'
    const trace = { phase: this.#phase, ruleId, description, when, action: action.type, logOnly, state }
    return tree === undefined ? trace : { ...trace, tree }
  }
}
