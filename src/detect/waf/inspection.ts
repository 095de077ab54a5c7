import type { WafBody, WafRequest, WafResponse } from './message.ts'
import type { WafException, WafSettings } from './settings.ts'
import type { WafInterruption, WafVerdict } from './verdict.ts'

/**
 * The judgement of one request, step by step: `head`, then `body` once (also for a request without one), then `more` for what
 * streams beyond the limit; `response`, `responseBody`, `responseMore` when the origin answered; `finish` at the end.
 * Steps may end early, never change order. After each step `interruption` tells whether the rules would stop here: the caller
 * obeys it or not, according to the mode. Nothing throws on traffic.
 */
export interface WafInspection {
  head(): void
  body(body: WafBody): void
  /** Bytes that follow what `body` was given, in order. `last` ends the body. */
  more(bytes: Uint8Array, last: boolean): void
  /** True when the body of this answer is wanted: it must be held up to the limit. */
  response(response: WafResponse): boolean
  responseBody(body: WafBody): void
  responseMore(bytes: Uint8Array, last: boolean): void
  /** Logging rules (SecLang phase 5). */
  finish(): void
  readonly interruption: WafInterruption | undefined
  readonly verdict: WafVerdict
}

/** Judges requests: one in each data worker, built from shared compiled rules. */
export interface Waf {
  inspect(request: WafRequest, settings: WafSettings, exceptions: readonly WafException[]): WafInspection
}
