import { randomBytes } from 'node:crypto'

const DIGITS = '0123456789abcdefghjkmnpqrstvwxyz'
const COUNTER_LIMIT = 2 ** 20

/** A ray: 9 digits of milliseconds, 4 digits of counter, 7 random digits of its maker; Crockford base 32, lower case. */
export const RAY_PATTERN = /^[0-9a-hjkmnp-tv-z]{20}$/

function digits(value: number, width: number): string {
  let text = ''
  for (let i = 0; i < width; i++) {
    text = DIGITS[value % 32] + text
    value = Math.floor(value / 32)
  }
  return text
}

/**
 * Makes ids of 20 characters that sort by time of creation within a maker, also when the wall clock jumps back.
 * Two makers (threads, processes, nodes) differ by 35 random bits.
 */
export class RayMaker {
  readonly #suffix = digits(randomBytes(5).readUIntBE(0, 5) % 32 ** 7, 7)
  #lastMs = 0
  #prefix = ''
  #counter = 0

  /** The next ray; `nowMs` is the wall clock in milliseconds. */
  next(nowMs: number = Date.now()): string {
    if (nowMs > this.#lastMs || this.#counter === COUNTER_LIMIT) {
      this.#lastMs = Math.max(nowMs, this.#lastMs + 1)
      this.#prefix = digits(this.#lastMs, 9)
      this.#counter = 0
    }
    const n = this.#counter++
    return (
      this.#prefix + DIGITS[n >> 15] + DIGITS[(n >> 10) & 31] + DIGITS[(n >> 5) & 31] + DIGITS[n & 31] + this.#suffix
    )
  }
}
