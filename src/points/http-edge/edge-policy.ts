import { type Action, compileEffects, type Effect, type PolicyEffects } from '#act'
import {
  type CompiledPolicy,
  compilePolicy,
  type Evaluation,
  evaluatePhases,
  type Phase,
  type Policy,
  REQUEST_PHASES,
  RESPONSE_PHASES,
} from '#decide'
import type { ExchangeFacts } from './facts.ts'
import { requestFields } from './forwarding.ts'
import { EDGE_READERS } from './readers.ts'

const ANSWER_PHASES: readonly Phase[] = [...RESPONSE_PHASES]

/** A policy, compiled for the HTTP edge. Exchanges keep the one they began with. */
export class EdgePolicy {
  readonly version: string
  readonly #compiled: CompiledPolicy<ExchangeFacts, Action>
  readonly #effects: PolicyEffects<ExchangeFacts>

  /** Throws ERR_RULE_INVALID or ERR_LIST_INVALID. */
  constructor(policy: Policy<Action>) {
    this.version = policy.version
    this.#compiled = compilePolicy(policy, EDGE_READERS)
    this.#effects = compileEffects(policy, this.#compiled, EDGE_READERS)
  }

  /** All phases before the origin; `nowMs` is the wall clock. */
  evaluateRequest(facts: ExchangeFacts, nowMs: number): Evaluation<Action> {
    return evaluatePhases(this.#compiled, REQUEST_PHASES, facts, nowMs)
  }

  /** All phases after the origin's answer head; `earlier` is what the request phases said. */
  evaluateAnswer(facts: ExchangeFacts, nowMs: number, earlier: Evaluation<Action>): Evaluation<Action> {
    return evaluatePhases(this.#compiled, ANSWER_PHASES, facts, nowMs, earlier.skips)
  }

  effectsOf(evaluation: Evaluation<Action>): readonly Effect<ExchangeFacts>[] {
    return evaluation.applied.flatMap((rule) => this.#effects.get(rule) ?? [])
  }
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
