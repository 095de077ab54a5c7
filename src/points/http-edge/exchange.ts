/**
 * The life of a request. A front (HTTP/1 connection, HTTP/2 stream) reads a head and makes an exchange. `start` asks the
 * policy: all request phases are evaluated over the facts of the original request, then their effects are applied to a plan
 * of what the origin shall receive. A terminating rule or a limit answers at once; otherwise an origin leg chooses an origin,
 * connects and sends head and body while they come in, with backpressure in both directions. The origin's answer head runs
 * through the response phases and goes to the front, then the body, piece by piece. Whatever happens (refusal, failure of
 * the origin, client gone, time limit) ends in `#finish`, once, which writes the one event with decision and reason.
 */
import type { Action } from '#act'
import { decisionOf, type Evaluation, joinEvaluations } from '#decide'
import { messageOf } from '#kernel'
import { type FieldList, findField, type ResponseHead } from '#wire'
import type { AnswerHead, Downstream, ExchangeInput, RequestFault } from './downstream.ts'
import {
  applyAnswerEffects,
  applyRequestEffects,
  type EdgePolicy,
  type RequestPlan,
  unchangedPlan,
} from './edge-policy.ts'
import type { Engine, Site, Timed } from './engine.ts'
import type { PageContent } from './error-page.ts'
import { ExchangeClock } from './exchange-clock.ts'
import { ExchangeRecord } from './exchange-record.ts'
import type { ExchangeFacts } from './facts.ts'
import { answerFields } from './forwarding.ts'
import { type LocalAnswer, pageAnswer, ruleAnswer } from './local-answer.ts'
import { publicExplanation, statusOfFailure, whyOfFailure } from './origin-error.ts'
import { OriginLeg, type OriginLegUser } from './origin-leg.ts'
import type { OriginPool } from './origin-pool.ts'
import { originRequest, retryPolicy } from './origin-request.ts'
import type { OriginFailure } from './origin-user.ts'
import { reasonOf } from './reason-phrase.ts'
import { Relay } from './relay.ts'
import { type RequestRefusal, requestRefusal } from './request-refusal.ts'

export class Exchange implements ExchangeInput, OriginLegUser, Timed {
  readonly facts: ExchangeFacts
  readonly #engine: Engine
  readonly #downstream: Downstream
  readonly #policy: EdgePolicy
  readonly #record: ExchangeRecord
  readonly #clock: ExchangeClock
  #evaluation: Evaluation<Action> | undefined = undefined
  #leg: OriginLeg | undefined = undefined
  #relay: Relay | undefined = undefined
  #upgrade: string | undefined = undefined
  #sentMs = 0
  #bodyLimitBytes = Number.POSITIVE_INFINITY
  #bodyBytes = 0
  #answerStarted = false
  #answerEnded = false
  finished = false

  constructor(engine: Engine, downstream: Downstream, facts: ExchangeFacts) {
    this.#engine = engine
    this.#downstream = downstream
    this.#policy = engine.policy
    this.facts = facts
    this.#record = new ExchangeRecord(engine, facts, engine.policy.version)
    this.#clock = new ExchangeClock(engine.edge.timeouts, engine.nowMs, facts.head?.framing ?? 'none')
  }

  start(): void {
    this.#engine.watch(this)
    try {
      this.#decide()
    } catch (error) {
      this.internalError(error)
    }
  }

  #decide(): void {
    const { facts } = this
    const engine = this.#engine
    const ownSite = engine.sites.find(facts.host)
    facts.siteName = ownSite?.config.name
    const evaluation = this.#policy.evaluateRequest(facts, facts.receivedMs)
    this.#evaluation = evaluation
    const peerTrusted = engine.trusted.has(facts.connection.remoteAddress)
    if (evaluation.matches.length === 0) {
      this.#proceed(ownSite, unchangedPlan(facts, peerTrusted))
      return
    }
    this.#record.decide(decisionOf(evaluation))
    const effects = this.#policy.effectsOf(evaluation)
    const last = evaluation.terminal === undefined ? undefined : effects.at(-1)
    const byRule = last === undefined ? undefined : ruleAnswer(last, facts)
    if (byRule !== undefined) {
      if (byRule.failure !== undefined) this.#record.override('error', byRule.failure, 'redirect-impossible')
      this.#answer(byRule.answer)
      return
    }
    const plan = unchangedPlan(facts, peerTrusted)
    applyRequestEffects(plan, effects, facts)
    this.#record.note(...plan.notes)
    this.#proceed(plan.site === undefined ? ownSite : engine.sites.byName(plan.site), plan)
  }

  #proceed(site: Site | undefined, plan: RequestPlan): void {
    const head = this.facts.head!
    const group = plan.origin === undefined ? site?.origins : this.#engine.routedOrigins(plan.origin, site?.config)
    const refusal = requestRefusal(this.facts, site?.config, group !== undefined)
    if (refusal !== undefined) {
      this.#refuse(refusal)
      return
    }
    if (site !== undefined) this.#bodyLimitBytes = site.config.bodyLimitBytes
    const request = originRequest(head, plan, site?.config)
    this.#upgrade = request.upgrade
    this.#leg = new OriginLeg(this, group!, request, retryPolicy(site?.config), head.framing !== 'none')
    this.#leg.start()
    // An HTTP/1 front delivers what it has of the body next and flushes then, so that head and small body leave together.
    if (head.framing === 'none' || head.version === 'HTTP/2') this.requestFlush()
  }

  // The front's side.

  requestBody(bytes: Uint8Array): void {
    this.#bodyBytes += bytes.length
    this.#clock.requestBytes(bytes.length, this.#engine.nowMs)
    if (this.#leg === undefined || this.#answerEnded) return
    if (this.#bodyBytes > this.#bodyLimitBytes) {
      const detail = `the body is larger than the limit of ${this.#bodyLimitBytes} bytes`
      this.requestFault({ status: 413, fault: 'body-too-large', detail })
      return
    }
    this.#leg.sendBody(bytes)
  }

  requestEnd(trailers: FieldList | undefined): void {
    if (this.facts.head?.framing === 'none') return
    this.#clock.requestDone(this.#engine.nowMs)
    this.#leg?.sendEnd(trailers)
  }

  requestFlush(): void {
    if (this.#leg === undefined || this.#answerEnded || this.#leg.flush()) return
    this.#clock.bodyPaused = true
    this.#downstream.pauseBody()
  }

  requestFault(fault: RequestFault): void {
    if (this.finished) return
    this.#leg?.abandon()
    if (this.#answerStarted) {
      this.#record.override('refuse', fault.detail, fault.fault)
      this.#cut(fault.detail)
    } else {
      this.#refuse({ status: fault.status, fault: fault.fault, why: fault.detail, side: 'client', close: true })
    }
  }

  drained(): void {
    this.#clock.answerPaused = false
    this.#clock.progress(this.#engine.nowMs)
    this.#leg?.resume()
  }

  clientGone(why: string, fault?: string): void {
    if (this.finished) return
    if (fault === undefined) this.#record.note(why)
    else this.#record.override('refuse', why, fault)
    this.#leg?.abandon()
    this.#finish()
  }

  // The origin's side.

  get heldBytes(): number {
    return this.#relay?.heldBytes ?? this.#downstream.pendingBytes
  }

  originChosen(origin: OriginPool, attempt: number): void {
    this.facts.originName = origin.config.url
    this.facts.originAttempts = attempt
    this.#sentMs = performance.now()
    this.#clock.progress(this.#engine.nowMs)
  }

  originConnected(milliseconds: number): void {
    this.facts.originConnectMs = milliseconds
    this.#sentMs = performance.now()
    this.#clock.progress(this.#engine.nowMs)
  }

  originReady(): void {
    this.#relay?.originReady()
    if (!this.#clock.bodyPaused) return
    this.#clock.bodyPaused = false
    this.#clock.progress(this.#engine.nowMs)
    this.#downstream.resumeBody()
  }

  originInformational(head: ResponseHead): void {
    // A 100 that nobody asked for would confuse clients that send their body at once.
    if (head.status === 100 && !this.facts.head!.expectsContinue) return
    this.#downstream.sendInformational(head.status, head.reason, answerFields(head))
  }

  originHead(head: ResponseHead): void {
    const { facts } = this
    facts.originFirstByteMs = performance.now() - this.#sentMs
    this.#originAnswered(head)
    const fields = this.#answerFields(head)
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

  #originAnswered(head: ResponseHead): void {
    this.facts.originStatus = head.status
    this.facts.responseStatus = head.status
    this.facts.responseFields = head.fields
  }

  #answerFields(head: ResponseHead): string[] {
    const { facts } = this
    const fields = answerFields(head)
    const earlier = this.#evaluation!
    const evaluation = this.#policy.evaluateAnswer(facts, facts.receivedMs, earlier)
    if (evaluation.matches.length > 0) {
      this.#record.note(...applyAnswerEffects(fields, this.#policy.effectsOf(evaluation), facts))
      this.#record.matched(joinEvaluations(earlier, evaluation).matches)
    }
    if (findField(fields, 'date') < 0) fields.push('Date', this.#engine.date())
    fields.push('Tidegate-Ray', facts.ray)
    return fields
  }

  originBody(bytes: Buffer): void {
    this.facts.responseBytes += bytes.length
    this.#downstream.sendBody(bytes)
  }

  originEnd(trailers: FieldList | undefined): void {
    this.#answerEnded = true
    this.#downstream.sendEnd(trailers)
  }

  originFlush(): boolean {
    this.#clock.progress(this.#engine.nowMs)
    if (this.#answerEnded) {
      // The event first: what a client has read about is in the log, also when the process is killed now.
      this.#finish()
      return this.#downstream.flush()
    }
    const goOn = this.#downstream.flush()
    this.#clock.answerPaused = !goOn
    return goOn
  }

  originSwitched(head: ResponseHead): void {
    const leg = this.#leg!
    const protocol = this.#upgrade
    const agreed = protocol !== undefined && head.upgrade?.toLowerCase() === protocol.toLowerCase()
    this.#originAnswered(head)
    const answer: AnswerHead = {
      status: 101,
      reason: head.reason,
      fields: this.#answerFields(head),
      contentLength: -1,
      hasBody: false,
      close: false,
    }
    const switched = agreed ? this.#downstream.switchProtocols(answer, protocol) : undefined
    if (switched === undefined) {
      leg.abandon()
      this.originFailed({
        step: 'answer-head',
        fault: 'unexpected-101',
        detail: 'the origin switched protocols without being asked to',
        timedOut: false,
      })
      return
    }
    this.#answerStarted = true
    this.#relay = new Relay(switched.stream, leg, (why) => this.#relayDone(why))
    this.#relay.start(switched.early)
  }

  originStream(bytes: Buffer): boolean {
    return this.#relay?.fromOrigin(bytes) ?? true
  }

  originStreamEnd(): void {
    this.#relay?.originEnd()
  }

  #relayDone(why: string | undefined): void {
    this.facts.responseBytes = this.#relay!.bytesToClient
    if (why !== undefined) this.#record.note(why)
    this.#finish()
  }

  originRetried(failure: OriginFailure): void {
    this.#engine.counters.add('tidegate_origin_retries_total')
    this.#record.note(`tried again after a failure ${whyOfFailure(failure)}`)
  }

  originFailed(failure: OriginFailure): void {
    if (this.finished) return
    if (this.#relay !== undefined) {
      this.#relay.originGone(failure.detail)
      return
    }
    this.#engine.counters.add(`tidegate_origin_errors_total{fault="${failure.fault}"}`)
    this.#record.override('error', whyOfFailure(failure), failure.fault)
    if (this.#answerStarted) this.#cut(failure.detail)
    else this.#sendPage(statusOfFailure(failure), publicExplanation(failure), 'origin', false)
  }

  tick(nowMs: number): void {
    if (this.#relay !== undefined) {
      if (this.#relay.active) this.#clock.progress(nowMs)
      this.#relay.active = false
    }
    const expiry = this.#clock.expired(nowMs, this.#answerStarted, this.#relay !== undefined)
    if (expiry === undefined) return
    if (this.#relay !== undefined) this.#relay.stop(expiry.why)
    else if (expiry.side === 'origin' && this.#leg !== undefined) {
      this.#leg.timedOut({
        step: this.#answerStarted ? 'answer-body' : 'answer-head',
        fault: 'origin-timeout',
        detail: expiry.why,
        timedOut: true,
      })
    } else this.requestFault({ status: 408, fault: 'client-timeout', detail: expiry.why })
  }

  /** An exception in our own code: this exchange ends, the others go on. */
  internalError(error: unknown): void {
    this.#engine.fault(error)
    if (this.finished) return
    this.#leg?.abandon()
    this.#record.override('error', `internal error: ${messageOf(error)}`, 'internal-error')
    if (this.#answerStarted) this.#cut('internal error')
    else this.#sendPage(500, 'The edge failed to handle this request.', 'edge', true)
  }

  // Answers.

  #refuse({ status, fault, why, side, close }: RequestRefusal): void {
    this.#record.override('refuse', why, fault)
    this.#sendPage(status, why, side, close)
  }

  #sendPage(status: number, explanation: string, side: PageContent['side'], close: boolean): void {
    this.#answer(pageAnswer(this.facts, { status, explanation, side }, close))
  }

  #answer({ status, fields, body, close }: LocalAnswer): void {
    const { facts } = this
    const isHead = facts.head?.method === 'HEAD'
    this.#leg = undefined
    this.#answerEnded = true
    facts.responseStatus = status
    const all = [...fields, 'Date', this.#engine.date(), 'Tidegate-Ray', facts.ray]
    this.#sendHead({
      status,
      reason: reasonOf(status),
      fields: all,
      contentLength: body.length,
      hasBody: !isHead,
      close,
    })
    if (!isHead && body.length > 0) {
      facts.responseBytes = body.length
      this.#downstream.sendBody(body)
    }
    this.#downstream.sendEnd(undefined)
    this.#finish()
    this.#downstream.flush()
  }

  #sendHead(head: AnswerHead): void {
    this.#answerStarted = true
    this.#downstream.sendHead(head)
  }

  #cut(why: string): void {
    this.#downstream.cut(why)
    this.#finish()
  }

  #finish(): void {
    if (this.finished) return
    this.finished = true
    this.#leg = undefined
    this.#engine.unwatch(this)
    this.#record.write()
  }
}
