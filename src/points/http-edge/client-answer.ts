/**
 * The answer of one exchange on its way to the client, whoever gives it: the origin, a rule, or the edge itself. The origin's
 * head runs through the WAF and the response phases before it goes to the front; a body that the WAF wants to see is held
 * back up to its limit where the WAF may block, and copied on its way where it only logs.
 */
import type { Action, Effect } from '#act'
import { decisionOf, type Evaluation, joinEvaluations } from '#decide'
import { type FieldList, findField, type ResponseHead } from '#wire'
import type { AnswerHead, Downstream } from './downstream.ts'
import { applyAnswerEffects } from './edge-policy.ts'
import type { Engine } from './engine.ts'
import type { ExchangeRecord } from './exchange-record.ts'
import type { ExchangeFacts } from './facts.ts'
import { answerFields } from './forwarding.ts'
import { type LocalAnswer, pageAnswer, ruleAnswer } from './local-answer.ts'
import { reasonOf } from './reason-phrase.ts'
import type { RequestDecision } from './request-decision.ts'
import { interruptionStatus, wafDecision, withheldExplanation } from './waf-decision.ts'
import type { WafLeg } from './waf-leg.ts'
import { mayHold } from './waf-messages.ts'

/** What the answer has to know of its exchange. */
export interface AnswerOwner {
  readonly facts: ExchangeFacts
  readonly record: ExchangeRecord
  readonly decision: RequestDecision
  /** The answer comes from somebody else than the origin. */
  abandonOrigin(): void
  finish(): void
}

/** An answer of which nothing could go on for this long comes as a stream: its reader shall not wait for the WAF. */
const WAIT_MS = 1000
const NO_BYTES = Buffer.alloc(0)

export class ClientAnswer {
  readonly #engine: Engine
  readonly #downstream: Downstream
  readonly #owner: AnswerOwner
  /** The head of an answer whose body is being collected. */
  #heldHead: ResponseHead | undefined = undefined
  /** When something went on last, or began to wait. */
  #heldSinceMs = 0
  /** What was not inspected yet does not go on. */
  #waits = false
  started = false
  ended = false

  constructor(engine: Engine, downstream: Downstream, owner: AnswerOwner) {
    this.#engine = engine
    this.#downstream = downstream
    this.#owner = owner
  }

  // From the origin.

  head(head: ResponseHead): void {
    const { facts } = this.#owner
    const { waf, isTest } = this.#owner.decision
    this.originAnswered(head)
    if (waf === undefined) {
      this.#pass(head)
      return
    }
    const wanted = waf.answerHead(head)
    if (this.#withheld()) return
    this.#waits = wanted && (waf.enforces || isTest) && mayHold(facts.responseFacts?.mime, head.fields)
    if (this.#waits) {
      this.#heldHead = head
      this.#heldSinceMs = this.#engine.nowMs
    } else this.#pass(head)
  }

  /** Notes what the origin answered. */
  originAnswered(head: ResponseHead): void {
    const { facts } = this.#owner
    facts.originStatus = head.status
    facts.responseStatus = head.status
    facts.responseFields = head.fields
  }

  body(bytes: Buffer): void {
    const { waf } = this.#owner.decision
    if (this.#heldHead !== undefined) {
      const taken = waf!.answerBytes(bytes)
      if (waf!.answerJudged) this.#release(bytes.subarray(taken))
      return
    }
    if (waf?.enforces === true && waf.inspectsAnswer) {
      waf.answerBytes(bytes)
      if (this.#withheld()) return
      if (this.#waits) this.#delay(bytes, waf)
      else this.#send(bytes)
      return
    }
    this.#send(bytes)
    waf?.answerBytes(bytes)
  }

  end(trailers: FieldList | undefined): void {
    const { waf } = this.#owner.decision
    waf?.answerEnd(true)
    if (this.#heldHead !== undefined) this.#release(NO_BYTES)
    else if (waf !== undefined) this.#withheld()
    if (this.ended) return
    waf?.answerDelay.drain(this.#send)
    this.ended = true
    this.#downstream.sendEnd(trailers)
  }

  /** End of a batch. False asks the origin to wait until the client has taken more. */
  flush(): boolean {
    if (this.#heldHead !== undefined) return true
    // The event first: what a client has read about is in the log, also when the process is killed now.
    if (this.ended) this.#owner.finish()
    return this.#downstream.flush()
  }

  /** A 1xx answer. A 100 that nobody waits for would confuse clients that send their body at once. */
  informational(head: ResponseHead, isContinueWelcome: boolean): void {
    if (head.status === 100 && !isContinueWelcome) return
    this.#downstream.sendInformational(head.status, head.reason, answerFields(head))
  }

  #delay(bytes: Uint8Array, { answerDelay }: WafLeg): void {
    if (answerDelay.isEmpty) this.#heldSinceMs = this.#engine.nowMs
    answerDelay.push(bytes, this.#send)
  }

  /** Lets an answer go that comes slowly. */
  tick(nowMs: number): void {
    const { waf } = this.#owner.decision
    if (waf === undefined || this.ended || nowMs - this.#heldSinceMs < WAIT_MS) return
    if (this.#heldHead !== undefined) {
      waf.judgeAnswer()
      this.#release(NO_BYTES)
    } else if (waf.answerDelay.isEmpty) return
    if (!this.ended) waf.answerDelay.drain(this.#send)
    this.flush()
  }

  #release(rest: Uint8Array): void {
    const { waf } = this.#owner.decision
    const head = this.#heldHead!
    this.#heldHead = undefined
    if (this.#withheld()) return
    this.#pass(head)
    if (this.ended) return
    if (waf!.collectedAnswer.length > 0) this.#send(waf!.collectedAnswer)
    if (rest.length > 0 && waf!.enforces) this.#delay(rest, waf!)
    else if (rest.length > 0) this.#send(rest)
  }

  /** Sends a 101 answer; undefined when a rule answered instead, or the front cannot switch. */
  switchProtocols(head: ResponseHead, protocol: string): ReturnType<Downstream['switchProtocols']> {
    const fields = this.#fieldsOf(head)
    if (fields === undefined) return undefined
    const answer = { status: 101, reason: head.reason, fields, contentLength: -1, hasBody: false, close: false }
    const switched = this.#downstream.switchProtocols(answer, protocol)
    if (switched !== undefined) this.started = true
    return switched
  }

  readonly #send = (bytes: Uint8Array): void => {
    this.#owner.facts.responseBytes += bytes.length
    this.#heldSinceMs = this.#engine.nowMs
    this.#downstream.sendBody(bytes)
  }

  /** Whether the WAF keeps the answer back, in whole or from here on; then the client has been told. */
  #withheld(): boolean {
    const { record, facts } = this.#owner
    const { waf, evaluation } = this.#owner.decision
    const interruption = waf?.interruption
    if (waf === undefined || !waf.enforces || interruption === undefined) return false
    if (evaluation?.skips?.phases.has('firewall_response') === true) return false
    record.decide(wafDecision(interruption, 'firewall_response', evaluation?.matches ?? []))
    waf.acted = true
    this.#owner.abandonOrigin()
    if (this.started) this.cut(interruption.why)
    else {
      const explanation = withheldExplanation(waf.facts.verdict)
      this.local(pageAnswer(facts, { status: interruptionStatus(interruption), explanation, side: undefined }, false))
    }
    return true
  }

  /** Asks the response phases and sends the head, or the answer of the rule that blocks it. */
  #pass(head: ResponseHead): void {
    const fields = this.#fieldsOf(head)
    if (fields === undefined) return
    const contentLength = head.status === 204 || head.framing === 'chunked' ? -1 : head.contentLength
    this.#sendHead({
      status: head.status,
      reason: head.reason,
      fields,
      contentLength,
      hasBody: head.framing !== 'none',
      close: false,
    })
  }

  /** The fields that go to the client after the response phases; undefined when a rule answered instead. */
  #fieldsOf(head: ResponseHead): string[] | undefined {
    const { facts, record } = this.#owner
    const { policy } = this.#owner.decision
    const fields = answerFields(head)
    const earlier = this.#owner.decision.evaluation!
    const evaluation = policy.evaluateAnswer(facts, facts.receivedMs, earlier)
    if (evaluation.matches.length > 0) {
      const effects = policy.effectsOf(evaluation)
      const joined = joinEvaluations(earlier, evaluation)
      if (evaluation.terminal !== undefined && this.#replace(joined, effects)) return undefined
      record.note(...applyAnswerEffects(fields, effects, facts))
      record.matched(joined.matches)
    }
    if (findField(fields, 'date') < 0) fields.push('Date', this.#engine.date())
    this.#pushOwn(fields)
    return fields
  }

  #replace(joined: Evaluation<Action>, effects: readonly Effect<ExchangeFacts>[]): boolean {
    const byRule = ruleAnswer(effects.at(-1)!, this.#owner.facts)
    if (byRule === undefined) return false
    this.#owner.record.decide(decisionOf(joined))
    this.#owner.abandonOrigin()
    this.local(byRule.answer)
    return true
  }

  // From the edge.

  /** Gives an answer of our own and ends the exchange. */
  local({ status, fields, body, close }: LocalAnswer): void {
    const { facts } = this.#owner
    const isHead = facts.head?.method === 'HEAD'
    this.#heldHead = undefined
    this.ended = true
    facts.responseStatus = status
    const all = [...fields, 'Date', this.#engine.date()]
    this.#pushOwn(all)
    this.#sendHead({
      status,
      reason: reasonOf(status),
      fields: all,
      contentLength: body.length,
      hasBody: !isHead,
      close,
    })
    if (!isHead && body.length > 0) this.#send(body)
    this.#downstream.sendEnd(undefined)
    this.#owner.finish()
    this.#downstream.flush()
  }

  /** Ends an answer that cannot be completed, and the exchange. */
  cut(why: string): void {
    this.ended = true
    this.#downstream.cut(why)
    this.#owner.finish()
  }

  #sendHead(head: AnswerHead): void {
    this.started = true
    this.#downstream.sendHead(head)
  }

  #pushOwn(fields: string[]): void {
    const { facts } = this.#owner
    const { waf, isTest } = this.#owner.decision
    fields.push('Tidegate-Ray', facts.ray)
    if (!isTest) return
    waf?.conclude()
    fields.push('Tidegate-Waf', (waf?.facts.verdict.ruleIds ?? []).join(','))
    if (waf !== undefined) fields.push('Tidegate-Waf-Score', String(waf.facts.verdict.score))
  }
}
