import type { FieldList } from '#wire'
import type { WafLeg } from './waf-leg.ts'

/** The exchange as its gate sees it. */
export interface RequestGateUser {
  /** The request was judged as far as it is parsed at once; what it decides follows. Called once, by a gate that holds. */
  requestJudged(): void
  /** Whether the WAF stops the request here; then it has been answered or cut. */
  requestStopped(): boolean
  passBody(bytes: Uint8Array): void
  passEnd(trailers: FieldList | undefined): void
}

const NO_BYTES = new Uint8Array(0)

/**
 * What stands between the body of a request and its origin while the WAF looks at it. A gate that holds lets nothing through
 * before the body was judged as far as it is parsed, and then piece by piece, each after its inspection. The other one gives
 * the WAF a copy of what it has let through.
 */
export class RequestGate {
  readonly #waf: WafLeg
  readonly #user: RequestGateUser
  #holds: boolean
  /** Everything went on and is still to be inspected. */
  #awaitsInspection: boolean

  /** `hasBody` is false for a request that is complete with its head. */
  constructor(waf: WafLeg, user: RequestGateUser, holds: boolean, hasBody: boolean) {
    this.#waf = waf
    this.#user = user
    this.#holds = holds
    this.#awaitsInspection = !holds && !hasBody
  }

  /** Bytes are valid during the call only. */
  body(bytes: Uint8Array): void {
    const waf = this.#waf
    if (this.#holds) {
      const taken = waf.requestBytes(bytes)
      if (waf.requestJudged) this.open(bytes.subarray(taken))
    } else if (waf.enforces) {
      waf.requestBytes(bytes)
      if (!this.#user.requestStopped()) waf.requestDelay.push(bytes, this.#pass)
    } else {
      this.#user.passBody(bytes)
      waf.requestBytes(bytes)
    }
  }

  end(trailers: FieldList | undefined): void {
    const waf = this.#waf
    if (this.#holds) {
      waf.requestEnd(true)
      this.open(NO_BYTES)
    } else if (waf.enforces) {
      waf.requestEnd(true)
      if (this.#user.requestStopped()) return
      waf.requestDelay.drain(this.#pass)
    } else this.#awaitsInspection = true
    // No rule looks at trailers, and RFC 9110 section 6.5.1 lets a proxy leave them out.
    this.#user.passEnd(waf.enforces ? undefined : trailers)
  }

  /** Called when what was let through is on its way: the origin works while the WAF does. */
  flushed(): void {
    if (!this.#awaitsInspection) return
    this.#awaitsInspection = false
    this.#waf.requestEnd(true)
  }

  /** Lets what was held go on; `rest` is what follows it. */
  open(rest: Uint8Array): void {
    const waf = this.#waf
    this.#holds = false
    this.#user.requestJudged()
    if (waf.collected.length > 0) this.#pass(waf.collected)
    if (rest.length > 0 && waf.enforces) waf.requestDelay.push(rest, this.#pass)
    else if (rest.length > 0) this.#pass(rest)
    waf.passedOn()
  }

  readonly #pass = (bytes: Uint8Array): void => this.#user.passBody(bytes)
}
