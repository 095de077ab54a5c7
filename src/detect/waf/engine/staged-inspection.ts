import type { WafInspection } from '../inspection.ts'
import type { WafBody, WafResponse } from '../message.ts'
import type { WafInterruption, WafVerdict } from '../verdict.ts'

/** The judgement in force, with that of staged rules beside it: those are recorded and decide nothing. */
export class StagedInspection implements WafInspection {
  readonly #inForce: WafInspection
  readonly #staged: WafInspection
  #wantsAnswer = false
  #stagedWantsAnswer = false

  constructor(inForce: WafInspection, staged: WafInspection) {
    this.#inForce = inForce
    this.#staged = staged
  }

  head(): void {
    this.#inForce.head()
    this.#staged.head()
  }

  body(body: WafBody): void {
    this.#inForce.body(body)
    this.#staged.body(body)
  }

  more(bytes: Uint8Array, last: boolean): void {
    this.#inForce.more(bytes, last)
    this.#staged.more(bytes, last)
  }

  response(response: WafResponse): boolean {
    this.#wantsAnswer = this.#inForce.response(response)
    this.#stagedWantsAnswer = this.#staged.response(response)
    return this.#wantsAnswer || this.#stagedWantsAnswer
  }

  responseBody(body: WafBody): void {
    if (this.#wantsAnswer) this.#inForce.responseBody(body)
    if (this.#stagedWantsAnswer) this.#staged.responseBody(body)
  }

  responseMore(bytes: Uint8Array, last: boolean): void {
    if (this.#wantsAnswer) this.#inForce.responseMore(bytes, last)
    if (this.#stagedWantsAnswer) this.#staged.responseMore(bytes, last)
  }

  finish(): void {
    this.#inForce.finish()
    this.#staged.finish()
  }

  get interruption(): WafInterruption | undefined {
    return this.#inForce.interruption
  }

  get verdict(): WafVerdict {
    const { ruleIds } = this.#staged.verdict
    return { ...this.#inForce.verdict, staged: { ruleIds, blocks: this.#staged.interruption !== undefined } }
  }
}
