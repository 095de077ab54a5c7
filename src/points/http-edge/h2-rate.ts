/** Counts what happens within a second. A burst across the border of two seconds may reach twice the limit. */
export class RateWindow {
  readonly #limit: number
  #startMs = 0
  #count = 0

  /** `limit`: how often something may happen within one second. */
  constructor(limit: number) {
    this.#limit = limit
  }

  /** Counts one; true when the limit is exceeded. `nowMs` is monotonic. */
  exceeds(nowMs: number): boolean {
    if (nowMs - this.#startMs >= 1000) {
      this.#startMs = nowMs
      this.#count = 0
    }
    return ++this.#count > this.#limit
  }
}
