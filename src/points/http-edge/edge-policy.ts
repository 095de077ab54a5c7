import { type Action, actionOperands, compileEffects, type Effect, type PolicyEffects } from '#act'
import {
  type CompiledPolicy,
  compilePolicy,
  type Evaluation,
  evaluatePhases,
  joinEvaluations,
  type Phase,
  type Policy,
  RESPONSE_PHASES,
  type Rule,
} from '#decide'
import { FIELD_BY_NAME } from '#fields'
import { fieldsOf } from '#rules'
import type { EdgeWaf } from './edge-waf.ts'
import type { ExchangeFacts } from './facts.ts'
import { requestFields } from './forwarding.ts'
import { EDGE_READERS } from './readers.ts'

const CHECKS: readonly Phase[] = ['firewall_custom']
const CHECKS_AND_ORDERS: readonly Phase[] = ['firewall_custom', 'firewall_managed']
const ORDERS: readonly Phase[] = ['firewall_managed']
const CHANGES: readonly Phase[] = ['transform_request', 'route']
const ANSWER_PHASES: readonly Phase[] = [...RESPONSE_PHASES]

/** A policy, compiled for the HTTP edge, and the WAF that runs with it. Exchanges keep the one they began with. */
export class EdgePolicy {
  readonly version: string
  readonly waf: EdgeWaf | undefined
  /** A rule before the origin reads what the WAF finds: it can only be asked when the request was judged. */
  readonly readsVerdict: boolean
  readonly #checksReadVerdict: boolean
  readonly #compiled: CompiledPolicy<ExchangeFacts, Action>
  readonly #effects: PolicyEffects<ExchangeFacts>

  /** Throws ERR_RULE_INVALID or ERR_LIST_INVALID. */
  constructor(policy: Policy<Action>, waf?: EdgeWaf) {
    this.version = policy.version
    this.waf = waf
    this.#checksReadVerdict = readVerdict(policy, CHECKS)
    this.readsVerdict = this.#checksReadVerdict || readVerdict(policy, CHANGES)
    this.#compiled = compilePolicy(policy, EDGE_READERS)
    this.#effects = compileEffects(policy, this.#compiled, EDGE_READERS)
  }

  /**
   * What is evaluated before the WAF looks at a request; `nowMs` is the wall clock. Rules of `firewall_custom` come first,
   * since they are cheap, unless one of them wants to know what the WAF finds.
   */
  evaluateHead(facts: ExchangeFacts, nowMs: number): Evaluation<Action> {
    return evaluatePhases(this.#compiled, this.#checksReadVerdict ? ORDERS : CHECKS_AND_ORDERS, facts, nowMs)
  }

  /**
   * Rules that had to wait for the WAF. Returns what they and `orders` say, as if they had come first: when one of them ends
   * the evaluation, or skips `firewall_managed`, that phase has not been reached.
   */
  evaluateChecks(facts: ExchangeFacts, nowMs: number, orders: Evaluation<Action>): Evaluation<Action> {
    if (!this.#checksReadVerdict) return orders
    const checks = evaluatePhases(this.#compiled, CHECKS, facts, nowMs)
    if (checks.matches.length === 0) return orders
    if (checks.terminal !== undefined || checks.skips?.phases.has('firewall_managed') === true) return checks
    return orders.matches.length === 0 ? checks : joinEvaluations(checks, orders)
  }

  /** The last phases before the origin. Returns `earlier` and what they say. */
  evaluateChanges(facts: ExchangeFacts, nowMs: number, earlier: Evaluation<Action>): Evaluation<Action> {
    if (earlier.terminal !== undefined) return earlier
    const later = evaluatePhases(this.#compiled, CHANGES, facts, nowMs, earlier.skips)
    return earlier.matches.length === 0 ? later : joinEvaluations(earlier, later)
  }

  /** All phases after the origin's answer head; `earlier` is what the request phases said. */
  evaluateAnswer(facts: ExchangeFacts, nowMs: number, earlier: Evaluation<Action>): Evaluation<Action> {
    return evaluatePhases(this.#compiled, ANSWER_PHASES, facts, nowMs, earlier.skips)
  }

  effectsOf(evaluation: Evaluation<Action>): readonly Effect<ExchangeFacts>[] {
    return evaluation.applied.flatMap((rule) => this.#effects.get(rule) ?? [])
  }
}

/** Whether an enabled rule of these phases, or what it computes, hangs on what the WAF finds. */
function readVerdict(policy: Policy<Action>, phases: readonly Phase[]): boolean {
  const rules = policy.rulesets.filter(({ phase }) => phases.includes(phase)).flatMap((ruleset) => ruleset.rules)
  return rules.some((rule) => rule.enabled && readsInspection(rule))
}

function readsInspection({ expression, action }: Rule<Action>): boolean {
  return [expression, ...actionOperands(action)].some((node) =>
    [...fieldsOf(node)].some((name) => FIELD_BY_NAME.get(name)?.since === 'inspection'),
  )
}

/** What the rules changed about a request on its way to the origin. */
export interface RequestPlan {
  target: string
  /** Host header for the origin; undefined leaves it to the site. */
  host: string | undefined
  site: string | undefined
  /** URL of an origin that is asked instead of the site's. */
  origin: string | undefined
  readonly fields: string[]
  /** Why an action could not be applied. */
  readonly notes: string[]
}

/** What the origin receives when no rule changes it. */
export function unchangedPlan(facts: ExchangeFacts, peerTrusted: boolean): RequestPlan {
  const head = facts.head!
  const fields = requestFields(head, facts, peerTrusted)
  return { target: head.originTarget, host: undefined, site: undefined, origin: undefined, fields, notes: [] }
}

/** Applies rewrite, route and set_header in the order of the rules. */
export function applyRequestEffects(
  plan: RequestPlan,
  effects: readonly Effect<ExchangeFacts>[],
  facts: ExchangeFacts,
): void {
  for (const effect of effects) {
    if (effect.type === 'rewrite') {
      const result = effect.rewrite(facts, splitTarget(plan.target))
      if (result.ok) plan.target = joinTarget(result.target.path, result.target.query)
      else plan.notes.push(`not rewritten: ${result.why}`)
    } else if (effect.type === 'route') {
      if (effect.site !== undefined || effect.origin !== undefined) {
        plan.site = effect.site
        plan.origin = effect.origin
      }
      const host = effect.readHost?.(facts)
      if (host?.ok === true) plan.host = host.host
      else if (host !== undefined) plan.notes.push(`host not changed: ${host.why}`)
    } else if (effect.type === 'set_header') {
      const note = effect.apply(facts, plan.fields)
      if (note !== undefined) plan.notes.push(`header not changed: ${note}`)
    }
  }
}

/** Applies set_header to an answer; returns why something could not be applied. */
export function applyAnswerEffects(
  fields: string[],
  effects: readonly Effect<ExchangeFacts>[],
  facts: ExchangeFacts,
): readonly string[] {
  const notes: string[] = []
  for (const effect of effects) {
    if (effect.type !== 'set_header') continue
    const note = effect.apply(facts, fields)
    if (note !== undefined) notes.push(`header not changed: ${note}`)
  }
  return notes
}

function splitTarget(target: string): { path: string; query: string | undefined } {
  const queryAt = target.indexOf('?')
  return queryAt < 0
    ? { path: target, query: undefined }
    : { path: target.slice(0, queryAt), query: target.slice(queryAt + 1) }
}

function joinTarget(path: string, query: string | undefined): string {
  return query === undefined ? path : `${path}?${query}`
}
