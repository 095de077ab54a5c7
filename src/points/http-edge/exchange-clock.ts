import type { HttpTimeouts } from '#config'
import type { BodyFraming } from '#wire'

// A body of declared length that comes slower than this, after a time of grace, is a slow-loris (bytes a second).
const MIN_BODY_RATE = 500
const BODY_GRACE_MS = 10_000

export interface Expiry {
  readonly side: 'client' | 'origin'
  readonly why: string
}

function seconds(milliseconds: number): string {
  return `${milliseconds / 1000} s`
}

/** Who is waited for, since when, and for how long that is allowed. */
export class ExchangeClock {
  readonly #timeouts: HttpTimeouts
  readonly #framing: BodyFraming
  #sinceMs: number
  #bodyDone: boolean
  #bodyBytes = 0
  #bodyStartMs = 0
  /** The origin does not take more of the request body. */
  bodyPaused = false
  /** The client does not take more of the answer. */
  answerPaused = false

  constructor(timeouts: HttpTimeouts, nowMs: number, framing: BodyFraming) {
    this.#timeouts = timeouts
    this.#sinceMs = nowMs
    this.#framing = framing
    this.#bodyDone = framing === 'none'
  }

  /** Something moved. */
  progress(nowMs: number): void {
    this.#sinceMs = nowMs
  }

  requestBytes(count: number, nowMs: number): void {
    this.#sinceMs = nowMs
    if (this.#bodyBytes === 0) this.#bodyStartMs = nowMs
    this.#bodyBytes += count
  }

  requestDone(nowMs: number): void {
    this.#sinceMs = nowMs
    this.#bodyDone = true
  }

  /** The limit that has passed, or undefined. */
  expired(nowMs: number, answerStarted: boolean, relaying: boolean): Expiry | undefined {
    const waitedMs = nowMs - this.#sinceMs
    const { bodyIdleMs, originResponseMs } = this.#timeouts
    if (relaying) {
      return waitedMs > bodyIdleMs
        ? { side: 'client', why: `nothing moved in either direction for ${seconds(bodyIdleMs)}` }
        : undefined
    }
    if (!answerStarted && !this.#bodyDone && !this.bodyPaused) return this.#slowBody(nowMs, waitedMs)
    if (answerStarted && this.answerPaused) {
      return waitedMs > bodyIdleMs
        ? { side: 'client', why: `client did not read its answer for ${seconds(bodyIdleMs)}` }
        : undefined
    }
    if (answerStarted || this.bodyPaused) {
      const what = answerStarted ? 'origin sent nothing more of its answer' : 'origin did not read the request body'
      return waitedMs > bodyIdleMs ? { side: 'origin', why: `${what} for ${seconds(bodyIdleMs)}` } : undefined
    }
    return waitedMs > originResponseMs
      ? { side: 'origin', why: `origin sent no answer for ${seconds(originResponseMs)}` }
      : undefined
  }

  #slowBody(nowMs: number, waitedMs: number): Expiry | undefined {
    const { bodyIdleMs } = this.#timeouts
    if (waitedMs > bodyIdleMs)
      return { side: 'client', why: `client sent nothing more of its body for ${seconds(bodyIdleMs)}` }
    const elapsedMs = nowMs - this.#bodyStartMs
    const tooSlow =
      this.#bodyBytes > 0 && elapsedMs > BODY_GRACE_MS && (this.#bodyBytes * 1000) / elapsedMs < MIN_BODY_RATE
    if (!tooSlow || this.#framing !== 'length') return undefined
    return { side: 'client', why: `client sent its body slower than ${MIN_BODY_RATE} bytes/s` }
  }
}
