/**
 * The way of one request, and of its answer, through the WAF. The exchange tells it what comes in which order; it keeps the
 * steps of the inspection in theirs, collects the bodies as far as they are parsed, and says what shall stop. Whether
 * bytes wait for the judgement or only are copied on their way is the exchange's business.
 */
import type { WafInspection, WafInterruption, WafSettings } from '#detect'
import type { PayloadSealer } from '#events'
import type { ResponseHead } from '#wire'
import type { BodyMemory } from './body-memory.ts'
import { DelayLine } from './delay-line.ts'
import { HeldBody } from './held-body.ts'
import { WafFacts } from './waf-facts.ts'
import { wafResponse } from './waf-messages.ts'

const NO_BYTES = new Uint8Array(0)

/** How far a body has come through the inspection: `collecting` until the limit or its end, then piece by piece. */
type BodyState = 'collecting' | 'streaming' | 'done'

export interface WafLegOptions {
  readonly inspection: WafInspection
  readonly settings: WafSettings
  /** Seals what matched for the event. */
  readonly sealer: PayloadSealer | undefined
  readonly memory: BodyMemory
  /** Length of the request body; undefined when it is not known before its end. */
  readonly declaredBytes: number | undefined
  /** Told of an exception in our own code. */
  readonly onFault: (error: unknown) => void
}

const FAILED: WafInterruption = { status: 403, ruleId: 'waf-fault', why: 'the inspection failed: a fault of Tidegate' }

export class WafLeg {
  readonly facts: WafFacts
  readonly settings: WafSettings
  /** Whether what the WAF says is obeyed: in mode `block`, unless a rule of the policy lets the request pass. */
  enforces: boolean
  /** Set when it stopped the request or the answer. */
  acted = false
  /** Of the request body beyond the limit, and of the answer's: what may not go on yet. */
  readonly requestDelay: DelayLine
  readonly answerDelay: DelayLine
  readonly #inspection: WafInspection
  readonly #onFault: (error: unknown) => void
  readonly #memory: BodyMemory
  readonly #declaredBytes: number | undefined
  #headDone = false
  #request: BodyState = 'collecting'
  readonly #requestBody: HeldBody
  #answer: BodyState = 'done'
  #answerBody: HeldBody | undefined = undefined
  #answerBytes: number | undefined = undefined
  #finished = false

  constructor(options: WafLegOptions) {
    const { inspection, settings, sealer, memory, declaredBytes, onFault } = options
    this.settings = settings
    this.enforces = settings.mode === 'block'
    this.facts = new WafFacts(settings, inspection, sealer)
    this.#inspection = inspection
    this.#onFault = onFault
    this.#memory = memory
    this.#declaredBytes = declaredBytes
    this.#requestBody = new HeldBody(settings.bodyLimitBytes, memory)
    this.requestDelay = new DelayLine(settings.bodyLimitBytes, memory)
    this.answerDelay = new DelayLine(settings.responseBodyLimitBytes, memory)
  }

  /** Why the rules want it to stop here. */
  get interruption(): WafInterruption | undefined {
    return this.facts.interruption
  }

  /** Takes one step. A fault of our own ends the inspection as a used-up budget does: open or closed, as configured. */
  #step(step: () => void): void {
    try {
      step()
    } catch (error) {
      this.#onFault(error)
      this.#request = this.#answer = 'done'
      this.#finished = true
      if (this.settings.onBudget === 'closed') this.facts.failure = FAILED
    }
    this.facts.stepped()
  }

  /** True when the request was judged as far as it is parsed at once. */
  get requestJudged(): boolean {
    return this.#request !== 'collecting'
  }

  get requestDone(): boolean {
    return this.#request === 'done'
  }

  /** What was collected of the request body; empty after `passedOn`. */
  get collected(): Buffer {
    return this.#requestBody.bytes
  }

  /** What was collected of the request body is with the origin: it needs no memory any more. */
  passedOn(): void {
    this.#requestBody.release()
  }

  head(): void {
    if (this.#headDone) return
    this.#headDone = true
    this.#step(() => this.#inspection.head())
  }

  /** Takes a piece of the request body. Returns how many bytes of it were collected; the rest has been inspected as well. */
  requestBytes(bytes: Uint8Array): number {
    if (this.#request === 'done') return 0
    const taken = this.#request === 'collecting' ? this.#requestBody.take(bytes) : 0
    if (taken === bytes.length) return taken
    this.#giveRequestBody(false)
    this.#step(() => this.#inspection.more(taken === 0 ? bytes : bytes.subarray(taken), false))
    return taken
  }

  /** The request body has come to its end; `whole` is false when it was cut off. */
  requestEnd(whole: boolean): void {
    if (this.#request === 'done') return
    if (this.#request === 'collecting') this.#giveRequestBody(whole)
    // Of what was cut off nobody can say that it was inspected to its end.
    else if (whole) this.#step(() => this.#inspection.more(NO_BYTES, true))
    this.#request = 'done'
  }

  #giveRequestBody(complete: boolean): void {
    if (this.#request !== 'collecting') return
    this.#request = 'streaming'
    this.head()
    const bytes = this.#requestBody.bytes
    const totalBytes = complete ? bytes.length : this.#declaredBytes
    this.#step(() => this.#inspection.body({ bytes, complete, totalBytes }))
  }

  /**
   * The origin has answered. True when the body of the answer is wanted. An answer that comes before the end of the request
   * is left alone: the rest of the request is what can do harm.
   */
  answerHead(head: ResponseHead): boolean {
    if (this.#request !== 'done') return false
    let wanted = false
    this.#step(() => {
      wanted = this.#inspection.response(wafResponse(head))
    })
    if (!wanted || head.framing === 'none') return false
    this.#answer = 'collecting'
    this.#answerBytes = head.contentLength < 0 ? undefined : head.contentLength
    this.#answerBody = new HeldBody(this.settings.responseBodyLimitBytes, this.#memory)
    return true
  }

  /** As `collected`, of the answer. */
  get collectedAnswer(): Buffer {
    return this.#answerBody?.bytes ?? Buffer.alloc(0)
  }

  /** True while the body of the answer is wanted. */
  get inspectsAnswer(): boolean {
    return this.#answer !== 'done'
  }

  get answerJudged(): boolean {
    return this.#answer !== 'collecting'
  }

  /** As `requestBytes`, of the answer. */
  answerBytes(bytes: Uint8Array): number {
    if (this.#answer === 'done') return 0
    const taken = this.#answer === 'collecting' ? this.#answerBody!.take(bytes) : 0
    if (taken === bytes.length) return taken
    this.judgeAnswer()
    this.#step(() => this.#inspection.responseMore(taken === 0 ? bytes : bytes.subarray(taken), false))
    return taken
  }

  /** Judges what was collected of the answer, although more may come. */
  judgeAnswer(): void {
    if (this.#answer === 'collecting') this.#giveAnswerBody(false)
  }

  answerEnd(whole: boolean): void {
    if (this.#answer === 'done') return
    if (this.#answer === 'collecting') this.#giveAnswerBody(whole)
    else if (whole) this.#step(() => this.#inspection.responseMore(NO_BYTES, true))
    this.#answer = 'done'
  }

  #giveAnswerBody(complete: boolean): void {
    this.#answer = 'streaming'
    const bytes = this.#answerBody!.bytes
    const totalBytes = complete ? bytes.length : this.#answerBytes
    this.#step(() => this.#inspection.responseBody({ bytes, complete, totalBytes }))
  }

  /** Takes every step that is left with what there is, and gives the memory back. */
  finish(): void {
    this.conclude()
    this.#requestBody.release()
    this.#answerBody?.release()
    this.requestDelay.clear()
    this.answerDelay.clear()
  }

  /** The last step: rules that only log. Nothing is inspected afterwards. */
  conclude(): void {
    if (this.#finished) return
    this.requestEnd(false)
    this.answerEnd(false)
    if (!this.#finished) this.#step(() => this.#inspection.finish())
    this.#finished = true
  }
}
