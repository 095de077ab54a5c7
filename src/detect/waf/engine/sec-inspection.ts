import type { BodyProcessor } from '../body-contents.ts'
import type { WafBody } from '../message.ts'
import type { RequestParts } from '../parts/request-parts.ts'
import type { ResponseParts } from '../parts/response-parts.ts'
import type { WafInterruption } from '../verdict.ts'
import type { MatchLog } from './match-log.ts'
import { MultipartPieces } from './multipart-pieces.ts'
import type { ScanStep } from './prefilter-plan.ts'
import type { Program } from './program.ts'
import { runPhase, runWindow } from './run-phase.ts'
import type { SecValue } from './sec-value.ts'
import { Transaction, type TransactionOptions } from './transaction.ts'
import { responseWindowValues, windowValues } from './window-values.ts'

const REQUEST_BODY_PHASE = 2
const RESPONSE_BODY_PHASE = 4

/** What the rules of a SecLang set say about one request, step by step. */
export class SecInspection {
  readonly #program: Program
  readonly #transaction: Transaction
  #multipart: MultipartPieces | undefined = undefined

  constructor(program: Program, parts: RequestParts, options: TransactionOptions) {
    this.#program = program
    this.#transaction = new Transaction(parts, program, options)
  }

  get interruption(): WafInterruption | undefined {
    return this.#transaction.interruption
  }

  get log(): MatchLog {
    return this.#transaction.log
  }

  head(): void {
    this.#find('head')
    runPhase(this.#program, this.#transaction, 1)
  }

  /** False when a rule forbids looking at the body. */
  get readsRequestBody(): boolean {
    return this.#transaction.readsRequestBody
  }

  /** The parser for the body: that of its type, unless a rule chose another. */
  get bodyProcessor(): BodyProcessor {
    return this.#transaction.bodyProcessor
  }

  /** Takes the body that is held and that `RequestParts` has taken apart. */
  body(body: WafBody): void {
    const transaction = this.#transaction
    transaction.begin('body')
    transaction.bodyBytes = body.totalBytes ?? body.bytes.length
    transaction.bodyExceedsLimit = !body.complete
    if (!body.complete && transaction.bodyProcessor === 'MULTIPART') {
      this.#multipart = new MultipartPieces(transaction.parts.contentType, transaction.parts.bodyText)
    }
    this.#find('body')
    runPhase(this.#program, transaction, 2)
  }

  response(response: ResponseParts): void {
    this.#transaction.response = response
    this.#transaction.begin('response')
    this.#find('response')
    runPhase(this.#program, this.#transaction, 3)
  }

  /** False when a rule forbids looking at the body of the answer. */
  get readsResponseBody(): boolean {
    return this.#transaction.readsResponseBody
  }

  /** Takes the body of the answer, which `ResponseParts` holds. */
  responseBody(complete: boolean): void {
    this.#transaction.begin('responseBody')
    this.#transaction.responseExceedsLimit = !complete
    this.#find('responseBody')
    runPhase(this.#program, this.#transaction, 4)
  }

  /** Takes a window of what streams beyond the body that is held. */
  window(text: string): void {
    const values = this.#multipart?.valuesOf(text) ?? windowValues(this.#transaction.bodyProcessor, text)
    this.#window('body', REQUEST_BODY_PHASE, values)
  }

  responseWindow(text: string): void {
    this.#window('responseBody', RESPONSE_BODY_PHASE, responseWindowValues(text))
  }

  #window(step: 'body' | 'responseBody', phase: number, values: readonly SecValue[]): void {
    this.#transaction.candidates.clear(phase)
    this.#transaction.showWindow(step, values)
    this.#find(step)
    runWindow(this.#program, this.#transaction, phase)
  }

  finish(): void {
    runPhase(this.#program, this.#transaction, 5)
  }

  #find(step: ScanStep): void {
    this.#program.finder?.find(this.#transaction, this.#transaction.candidates, step)
  }
}
