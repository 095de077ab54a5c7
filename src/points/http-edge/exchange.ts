/**
 * The life of a request. A front (HTTP/1 connection, HTTP/2 stream) reads a head and makes an exchange. `start` asks the
 * policy: the rules of the request phases are evaluated over the facts of the original request, and the WAF looks at it where
 * the site wants that. Where the WAF may block, the body waits for its judgement as far as it is parsed; where it only logs,
 * it gets a copy of what goes on. The effects of the rules are applied to a plan of what the origin shall receive. A
 * terminating rule, the WAF or a limit answers at once; otherwise an origin leg chooses an origin, connects and sends head
 * and body while they come in, with backpressure in both directions. The answer goes the way of `client-answer.ts`.
 * Whatever happens (refusal, failure of the origin, client gone, time limit) ends in `finish`, once, which writes the one
 * event with decision and reason.
 */
import { messageOf } from '#kernel'
import type { FieldList, LenientHead, ResponseHead } from '#wire'
import { ClientAnswer } from './client-answer.ts'
import type { Downstream, ExchangeInput, RequestFault } from './downstream.ts'
import type { RequestPlan } from './edge-policy.ts'
import type { Engine, Site, Timed } from './engine.ts'
import type { PageContent } from './error-page.ts'
import { ExchangeClock } from './exchange-clock.ts'
import { ExchangeRecord } from './exchange-record.ts'
import type { ExchangeFacts } from './facts.ts'
import { type LocalAnswer, pageAnswer } from './local-answer.ts'
import { publicExplanation, statusOfFailure, whyOfFailure } from './origin-error.ts'
import { OriginLeg, type OriginLegUser } from './origin-leg.ts'
import type { OriginPool } from './origin-pool.ts'
import { originRequest, retryPolicy } from './origin-request.ts'
import type { OriginFailure } from './origin-user.ts'
import { Relay } from './relay.ts'
import { type DecisionUser, RequestDecision } from './request-decision.ts'
import { type RequestRefusal, requestRefusal } from './request-refusal.ts'
import { accountForWaf } from './waf-accounting.ts'

export class Exchange implements ExchangeInput, OriginLegUser, DecisionUser, Timed {
  readonly facts: ExchangeFacts
  readonly record: ExchangeRecord
  readonly decision: RequestDecision
  readonly #engine: Engine
  readonly #downstream: Downstream
  readonly #clock: ExchangeClock
  readonly #answer: ClientAnswer
  #leg: OriginLeg | undefined = undefined
  #relay: Relay | undefined = undefined
  #upgrade: string | undefined = undefined
  /** The client was told to send its body: the origin's word is not waited for. */
  #continued = false
  #sentMs = 0
  #bodyLimitBytes = Number.POSITIVE_INFINITY
  #bodyBytes = 0
  finished = false

  constructor(engine: Engine, downstream: Downstream, facts: ExchangeFacts) {
    this.#engine = engine
    this.#downstream = downstream
    this.facts = facts
    this.record = new ExchangeRecord(engine, facts, engine.policy.version)
    this.decision = new RequestDecision(engine, facts, this.record, this)
    this.#clock = new ExchangeClock(engine.edge.timeouts, engine.nowMs, facts.head?.framing ?? 'none')
    this.#answer = new ClientAnswer(engine, downstream, this)
  }

  start(): void {
    this.#engine.watch(this)
    try {
      this.decision.start()
    } catch (error) {
      this.internalError(error)
    }
  }

  proceed(site: Site | undefined, plan: RequestPlan): void {
    const head = this.facts.head!
    const group = plan.origin === undefined ? site?.origins : this.#engine.routedOrigins(plan.origin, site?.config)
    const refusal = requestRefusal(this.facts, site?.config, group !== undefined)
    if (refusal !== undefined) {
      this.#refuse(refusal)
      return
    }
    if (site !== undefined) this.#bodyLimitBytes = site.config.bodyLimitBytes
    const request = originRequest(head, plan, site?.config, !this.#continued)
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
    if (this.#answer.ended) return
    if (this.#bodyBytes > this.#bodyLimitBytes) {
      const detail = `the body is larger than the limit of ${this.#bodyLimitBytes} bytes`
      this.requestFault({ status: 413, fault: 'body-too-large', detail })
    } else if (this.decision.gate === undefined) this.passBody(bytes)
    else this.decision.gate.body(bytes)
  }

  requestEnd(trailers: FieldList | undefined): void {
    if (this.facts.head?.framing === 'none') return
    this.#clock.requestDone(this.#engine.nowMs)
    const { gate } = this.decision
    if (gate === undefined || this.#answer.ended) this.passEnd(trailers)
    else gate.end(trailers)
  }

  passBody(bytes: Uint8Array): void {
    if (!this.#answer.ended) this.#leg?.sendBody(bytes)
  }

  passEnd(trailers: FieldList | undefined): void {
    this.#leg?.sendEnd(trailers)
  }

  requestFlush(): void {
    if (this.#leg === undefined || this.#answer.ended) return
    const goOn = this.#leg.flush()
    this.decision.gate?.flushed()
    if (goOn || this.finished) return
    this.#clock.bodyPaused = true
    this.#downstream.pauseBody()
  }

  requestFault(fault: RequestFault): void {
    if (this.finished) return
    this.#leg?.abandon()
    if (this.#answer.started) {
      this.record.override('refuse', fault.detail, fault.fault)
      this.#answer.cut(fault.detail)
    } else {
      this.#refuse({ status: fault.status, fault: fault.fault, why: fault.detail, side: 'client', close: true })
    }
  }

  /** Answers a request whose head was refused; `reading` is what can be made out of it. */
  refused(fault: RequestFault, reading: LenientHead | undefined, host: string | undefined): void {
    if (reading !== undefined) this.decision.explain(reading, host)
    this.requestFault(fault)
  }

  answerInstead(answer: LocalAnswer, why: string): void {
    this.abandonOrigin()
    if (this.#answer.started) this.#answer.cut(why)
    else this.#answer.local(answer)
  }

  awaitBody(expectsContinue: boolean): void {
    this.#bodyLimitBytes = this.decision.site?.config.bodyLimitBytes ?? Number.POSITIVE_INFINITY
    if (!expectsContinue) return
    this.#continued = true
    this.#downstream.sendInformational(100, 'Continue', [])
    this.#downstream.flush()
  }

  drained(): void {
    this.#clock.answerPaused = false
    this.#clock.progress(this.#engine.nowMs)
    this.#leg?.resume()
  }

  clientGone(why: string, fault?: string): void {
    if (this.finished) return
    if (fault === undefined) this.record.note(why)
    else this.record.override('refuse', why, fault)
    this.#leg?.abandon()
    this.finish()
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
    this.#answer.informational(head, this.facts.head!.expectsContinue && !this.#continued)
  }

  originHead(head: ResponseHead): void {
    this.facts.originFirstByteMs = performance.now() - this.#sentMs
    this.#answer.head(head)
  }

  originBody(bytes: Buffer): void {
    this.#answer.body(bytes)
  }

  originEnd(trailers: FieldList | undefined): void {
    this.#answer.end(trailers)
  }

  originFlush(): boolean {
    this.#clock.progress(this.#engine.nowMs)
    const goOn = this.#answer.flush()
    this.#clock.answerPaused = !goOn
    return goOn
  }

  originSwitched(head: ResponseHead): void {
    const leg = this.#leg!
    const protocol = this.#upgrade
    const agreed = protocol !== undefined && head.upgrade?.toLowerCase() === protocol.toLowerCase()
    this.#answer.originAnswered(head)
    const switched = agreed ? this.#answer.switchProtocols(head, protocol) : undefined
    if (this.finished) return
    if (switched === undefined) {
      leg.abandon()
      this.originFailed(UNASKED_SWITCH)
      return
    }
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
    if (why !== undefined) this.record.note(why)
    this.finish()
  }

  originRetried(failure: OriginFailure): void {
    this.#engine.counters.add('tidegate_origin_retries_total')
    this.record.note(`tried again after a failure ${whyOfFailure(failure)}`)
  }

  originFailed(failure: OriginFailure): void {
    if (this.finished) return
    if (this.#relay !== undefined) {
      this.#relay.originGone(failure.detail)
      return
    }
    this.#engine.counters.add(`tidegate_origin_errors_total{fault="${failure.fault}"}`)
    this.record.override('error', whyOfFailure(failure), failure.fault)
    if (this.#answer.started) this.#answer.cut(failure.detail)
    else this.#sendPage(statusOfFailure(failure), publicExplanation(failure), 'origin', false)
  }

  abandonOrigin(): void {
    this.#leg?.abandon()
    this.#leg = undefined
  }

  tick(nowMs: number): void {
    if (this.#relay !== undefined) {
      if (this.#relay.active) this.#clock.progress(nowMs)
      this.#relay.active = false
    }
    this.#answer.tick(nowMs)
    const expiry = this.#clock.expired(nowMs, this.#answer.started, this.#relay !== undefined)
    if (expiry === undefined || this.finished) return
    if (this.#relay !== undefined) this.#relay.stop(expiry.why)
    else if (expiry.side === 'origin' && this.#leg !== undefined) {
      this.#leg.timedOut({
        step: this.#answer.started ? 'answer-body' : 'answer-head',
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
    this.record.override('error', `internal error: ${messageOf(error)}`, 'internal-error')
    if (this.#answer.started) this.#answer.cut('internal error')
    else this.#sendPage(500, 'The edge failed to handle this request.', 'edge', true)
  }

  #refuse({ status, fault, why, side, close }: RequestRefusal): void {
    this.record.override('refuse', why, fault)
    this.#sendPage(status, why, side, close)
  }

  #sendPage(status: number, explanation: string, side: PageContent['side'], close: boolean): void {
    this.#leg = undefined
    this.#answer.local(pageAnswer(this.facts, { status, explanation, side }, close))
  }

  finish(): void {
    if (this.finished) return
    this.finished = true
    this.#leg = undefined
    this.#engine.unwatch(this)
    if (this.decision.waf !== undefined) accountForWaf(this.decision.waf, this.record, this.#engine.counters)
    this.record.write()
  }
}

const UNASKED_SWITCH: OriginFailure = {
  step: 'answer-head',
  fault: 'unexpected-101',
  detail: 'the origin switched protocols without being asked to',
  timedOut: false,
}
