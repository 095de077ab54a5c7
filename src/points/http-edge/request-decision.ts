/**
 * What policy and WAF decide about one request before its origin is known. Rules that need nothing else are asked first; then
 * the WAF looks at the request, with its body where the site holds it back; then the rules that had to wait for that; and
 * last those that change what the origin receives.
 */
import type { Action } from '#act'
import { decisionOf, type Evaluation } from '#decide'
import type { WafRequest } from '#detect'
import type { FieldList, LenientHead } from '#wire'
import { applyRequestEffects, type EdgePolicy, type RequestPlan, unchangedPlan } from './edge-policy.ts'
import type { WafOrder } from './edge-waf.ts'
import type { Engine, Site } from './engine.ts'
import type { ExchangeRecord } from './exchange-record.ts'
import type { ExchangeFacts } from './facts.ts'
import { type LocalAnswer, pageAnswer, ruleAnswer } from './local-answer.ts'
import { RequestGate, type RequestGateUser } from './request-gate.ts'
import { requestRefusal } from './request-refusal.ts'
import { blockedExplanation, interruptionStatus, wafDecision } from './waf-decision.ts'
import { WafLeg } from './waf-leg.ts'
import { refusedWafRequest, wafRequest } from './waf-messages.ts'

/** The exchange, as the decision about its request sees it. */
export interface DecisionUser {
  readonly finished: boolean
  proceed(site: Site | undefined, plan: RequestPlan): void
  /** The request does not go, or not any further, to an origin; `why` is for an answer that has begun. */
  answerInstead(answer: LocalAnswer, why: string): void
  /** The body is wanted before the origin is asked; `expectsContinue`: the client waits to be asked for it. */
  awaitBody(expectsContinue: boolean): void
  passBody(bytes: Uint8Array): void
  passEnd(trailers: FieldList | undefined): void
}

const NO_BYTES = new Uint8Array(0)

export class RequestDecision implements RequestGateUser {
  readonly policy: EdgePolicy
  readonly #engine: Engine
  readonly #facts: ExchangeFacts
  readonly #record: ExchangeRecord
  readonly #user: DecisionUser
  evaluation: Evaluation<Action> | undefined = undefined
  /** The way through the WAF, when it looks at this request. */
  waf: WafLeg | undefined = undefined
  /** Stands in the way of the body while the WAF looks at it. */
  gate: RequestGate | undefined = undefined
  /** The client is a tester: it is told what the WAF found. */
  isTest = false
  site: Site | undefined = undefined

  constructor(engine: Engine, facts: ExchangeFacts, record: ExchangeRecord, user: DecisionUser) {
    this.policy = engine.policy
    this.#engine = engine
    this.#facts = facts
    this.#record = record
    this.#user = user
  }

  start(): void {
    const facts = this.#facts
    this.#identify(facts.host, facts.head!.fields)
    const evaluation = this.policy.evaluateHead(facts, facts.receivedMs)
    this.evaluation = evaluation
    const order = evaluation.terminal === undefined ? this.policy.waf?.order(facts.siteName, evaluation) : undefined
    if (order === undefined) this.requestJudged()
    else this.#inspect(order)
  }

  /** A request whose head was refused: the WAF says what it thinks of it, as far as it can be read. */
  explain(reading: LenientHead, host: string | undefined): void {
    const facts = this.#facts
    this.#identify(host, reading.fields)
    const order = this.policy.waf?.plainOrder(facts.siteName)
    if (order !== undefined) this.#openWaf(order, refusedWafRequest(facts, reading)).enforces = false
  }

  #identify(host: string | undefined, fields: FieldList): void {
    this.site = this.#engine.sites.find(host)
    this.#facts.siteName = this.site?.config.name
    this.isTest = this.#engine.testClient?.isMeant(fields) === true
  }

  #inspect(order: WafOrder): void {
    const head = this.#facts.head!
    const waf = this.#openWaf(order, wafRequest(this.#facts))
    const holds = waf.enforces || this.isTest || this.policy.readsVerdict
    const hasBody = head.framing !== 'none'
    const gate = new RequestGate(waf, this, holds, hasBody)
    this.gate = gate
    if (!holds) {
      this.requestJudged()
      return
    }
    waf.head()
    if (!hasBody) waf.requestEnd(true)
    // A body that would be refused anyway is not waited for.
    const waits =
      hasBody &&
      requestRefusal(this.#facts, this.site?.config, true) === undefined &&
      !(waf.enforces && waf.interruption !== undefined)
    if (!waits) gate.open(NO_BYTES)
    else this.#user.awaitBody(head.expectsContinue)
  }

  #openWaf({ settings, exceptions }: WafOrder, request: WafRequest): WafLeg {
    const facts = this.#facts
    const { engine, sealer } = this.policy.waf!
    const inspection = engine.inspect(request, settings, exceptions)
    const waf = new WafLeg({
      inspection,
      settings,
      sealer,
      memory: this.#engine.bodyMemory,
      declaredBytes: facts.bodySize,
      onFault: (error) => this.#engine.fault(error),
    })
    this.waf = waf
    facts.waf = waf.facts
    return waf
  }

  requestJudged(): void {
    const facts = this.#facts
    const checked = this.policy.evaluateChecks(facts, facts.receivedMs, this.evaluation!)
    this.evaluation = checked
    if (this.waf !== undefined && letsPass(checked)) this.waf.enforces = false
    if (this.requestStopped()) return
    const evaluation = this.policy.evaluateChanges(facts, facts.receivedMs, checked)
    this.evaluation = evaluation
    const peerTrusted = this.#engine.trusted.has(facts.connection.remoteAddress)
    if (evaluation.matches.length === 0) this.#user.proceed(this.site, unchangedPlan(facts, peerTrusted))
    else this.#apply(evaluation, peerTrusted)
  }

  requestStopped(): boolean {
    const { waf } = this
    const interruption = waf?.interruption
    if (this.#user.finished) return true
    if (waf === undefined || !waf.enforces || interruption === undefined) return false
    waf.acted = true
    this.#record.decide(wafDecision(interruption, 'firewall_managed', this.evaluation!.matches))
    const explanation = blockedExplanation(waf.facts.verdict)
    const content = { status: interruptionStatus(interruption), explanation, side: undefined }
    this.#user.answerInstead(pageAnswer(this.#facts, content, false), interruption.why)
    return true
  }

  passBody(bytes: Uint8Array): void {
    this.#user.passBody(bytes)
  }

  passEnd(trailers: FieldList | undefined): void {
    this.#user.passEnd(trailers)
  }

  #apply(evaluation: Evaluation<Action>, peerTrusted: boolean): void {
    const facts = this.#facts
    const decision = decisionOf(evaluation)
    this.#record.decide(decision)
    const effects = this.policy.effectsOf(evaluation)
    const last = evaluation.terminal === undefined ? undefined : effects.at(-1)
    const byRule = last === undefined ? undefined : ruleAnswer(last, facts)
    if (byRule !== undefined) {
      if (byRule.failure !== undefined) this.#record.override('error', byRule.failure, 'redirect-impossible')
      this.#user.answerInstead(byRule.answer, decision.why)
      return
    }
    const plan = unchangedPlan(facts, peerTrusted)
    applyRequestEffects(plan, effects, facts)
    this.#record.note(...plan.notes)
    this.#user.proceed(plan.site === undefined ? this.site : this.#engine.sites.byName(plan.site), plan)
  }
}

/** Whether the policy wants the request to pass, or stops it itself, whatever the WAF says. */
function letsPass({ terminal, skips }: Evaluation<Action>): boolean {
  return terminal !== undefined || skips?.phases.has('firewall_managed') === true
}
