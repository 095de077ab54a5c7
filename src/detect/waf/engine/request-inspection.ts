import { BodyWindows } from '../body/windows.ts'
import type { WafInspection } from '../inspection.ts'
import type { ManagedInspection, ManagedRules } from '../managed/index.ts'
import type { WafBody, WafRequest, WafResponse } from '../message.ts'
import { RequestParts } from '../parts/request-parts.ts'
import { ResponseParts } from '../parts/response-parts.ts'
import type { WafException, WafSettings } from '../settings.ts'
import type { WafInterruption, WafVerdict } from '../verdict.ts'
import { Budget } from './budget.ts'
import { BodyCoverage } from './coverage.ts'
import type { Program } from './program.ts'
import { RuleExceptions } from './rule-exceptions.ts'
import { SecInspection } from './sec-inspection.ts'
import { verdictOf } from './verdict-of.ts'

/** A body brings its own time: as much as the budget for the request with each of so many bytes. */
const BYTES_PER_BUDGET = 1024 * 1024

/** The judgement of one request by the rule sets that its settings name. */
export class RequestInspection implements WafInspection {
  readonly #settings: WafSettings
  readonly #parts: RequestParts
  readonly #budget: Budget
  readonly #sec: SecInspection | undefined
  readonly #managed: ManagedInspection | undefined
  readonly #exceptions: RuleExceptions | undefined
  #requestCoverage: BodyCoverage | undefined = undefined
  #responseCoverage: BodyCoverage | undefined = undefined
  #response: ResponseParts | undefined = undefined
  #requestWindows: BodyWindows | undefined = undefined
  #responseWindows: BodyWindows | undefined = undefined

  constructor(
    request: WafRequest,
    settings: WafSettings,
    exceptions: readonly WafException[],
    program: Program | undefined,
    managed: ManagedRules | undefined,
  ) {
    this.#settings = settings
    this.#parts = new RequestParts(request)
    this.#budget = new Budget(settings.budgetMs)
    this.#exceptions = exceptions.length === 0 ? undefined : new RuleExceptions(exceptions)
    const isSpent = (): boolean => this.#budget.isSpent()
    const options = {
      exceptions: this.#exceptions,
      stopsAtInterruption: settings.mode === 'block',
      budget: this.#budget,
    }
    this.#sec = program === undefined ? undefined : new SecInspection(program, this.#parts, options)
    this.#managed = managed?.inspection(this.#parts, settings, exceptions, isSpent)
  }

  head(): void {
    this.#budget.start()
    this.#sec?.head()
    this.#managed?.head()
    this.#budget.stop()
  }

  body(body: WafBody): void {
    this.#extendBudget(body.bytes)
    this.#budget.start()
    const { bodyProcessor } = this.#sec ?? { bodyProcessor: this.#parts.naturalProcessor }
    if (this.#sec?.readsRequestBody !== false) this.#parts.setBody(body, bodyProcessor)
    this.#requestCoverage = BodyCoverage.ofRequest(this.#parts, body)
    if (!body.complete) {
      this.#requestWindows = new BodyWindows()
      this.#requestWindows.precede(body.bytes)
    }
    this.#sec?.body(body)
    this.#managed?.body()
    this.#budget.stop()
  }

  more(bytes: Uint8Array, last: boolean): void {
    const windows = this.#requestWindows
    const coverage = this.#requestCoverage
    if (windows === undefined || coverage === undefined) return
    this.#extendBudget(bytes)
    coverage.streamed(bytes, last)
    if (coverage.isOpaque) return
    this.#budget.start()
    windows.push(bytes, last, (window) => {
      if (this.#budget.check()) return
      this.#sec?.window(window)
      this.#managed?.window(window)
      coverage.inspected(window.length)
    })
    this.#budget.stop()
  }

  response(response: WafResponse): boolean {
    this.#budget.start()
    const parts = new ResponseParts(response)
    this.#response = parts
    this.#responseCoverage = BodyCoverage.ofResponse(undefined)
    this.#sec?.response(parts)
    this.#budget.stop()
    return this.#settings.responseBodyLimitBytes > 0 && parts.isText && this.#sec?.readsResponseBody !== false
  }

  responseBody(body: WafBody): void {
    const parts = this.#response
    if (parts === undefined) return
    this.#budget.start()
    parts.setBody(body)
    this.#responseCoverage = BodyCoverage.ofResponse(body)
    if (!body.complete) {
      this.#responseWindows = new BodyWindows()
      this.#responseWindows.precede(body.bytes)
    }
    this.#sec?.responseBody(body.complete)
    this.#managed?.responseBody(parts)
    this.#budget.stop()
  }

  responseMore(bytes: Uint8Array, last: boolean): void {
    const windows = this.#responseWindows
    const coverage = this.#responseCoverage
    if (windows === undefined || coverage === undefined) return
    this.#extendBudget(bytes)
    coverage.streamed(bytes, last)
    this.#budget.start()
    windows.push(bytes, last, (window) => {
      if (this.#budget.check()) return
      this.#sec?.responseWindow(window)
      this.#managed?.responseWindow(window)
      coverage.inspected(window.length)
    })
    this.#budget.stop()
  }

  finish(): void {
    this.#budget.start()
    this.#sec?.finish()
    this.#budget.stop()
  }

  get interruption(): WafInterruption | undefined {
    return this.#sec?.interruption ?? this.#managed?.interruption ?? this.#budgetInterruption()
  }

  get verdict(): WafVerdict {
    return verdictOf({
      sec: this.#sec,
      managed: this.#managed,
      exceptionIds: this.#exceptions?.used ?? [],
      request: this.#requestCoverage?.statement(this.#budget.exceeded) ?? NOTHING,
      response: this.#responseCoverage?.statement(this.#budget.exceeded),
      budget: this.#budget,
    })
  }

  #extendBudget(bytes: Uint8Array): void {
    this.#budget.extend((this.#settings.budgetMs * bytes.length) / BYTES_PER_BUDGET)
  }

  #budgetInterruption(): WafInterruption | undefined {
    if (!this.#budget.exceeded || this.#settings.onBudget === 'open') return undefined
    const why = `judging this request took more than ${this.#settings.budgetMs} ms of CPU time`
    return { status: 403, ruleId: 'waf-budget', why }
  }
}

const NOTHING = { inspectedBytes: 0, totalBytes: 0, why: undefined } as const
