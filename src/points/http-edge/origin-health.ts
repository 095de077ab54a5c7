import type { EdgeConfig } from '#config'

// One row of 32-bit words an origin.
const WORDS = 3
const FAILURES = 0
/** Deciseconds of the system's monotonic clock, which all threads share; 0 = not ejected. */
const EJECTED_UNTIL = 1
const CHECKED_UNHEALTHY = 2

/** Room for the health of every origin of every site, all healthy. The supervisor makes it once and gives it to all workers. */
export function createOriginHealth(edge: EdgeConfig): SharedArrayBuffer {
  const origins = edge.sites.reduce((sum, site) => sum + site.origins.length, 0)
  return new SharedArrayBuffer(Math.max(1, origins) * WORDS * Uint32Array.BYTES_PER_ELEMENT)
}

/** The row of the first origin of each site, in the order of the configuration. */
export function healthRows(edge: EdgeConfig): readonly number[] {
  let row = 0
  return edge.sites.map((site) => {
    const first = row
    row += site.origins.length
    return first
  })
}

function nowDeciseconds(): number {
  const [seconds, nanoseconds] = process.hrtime()
  return (seconds * 10 + Math.floor(nanoseconds / 1e8)) >>> 0
}

/** Health of one origin in memory that all workers share: what one finds out, all know. */
export class OriginHealth {
  readonly #words: Uint32Array
  readonly #base: number

  constructor(buffer: SharedArrayBuffer, row: number) {
    this.#words = new Uint32Array(buffer)
    this.#base = row * WORDS
  }

  /** False while checks fail or after too many failures in a row. */
  get available(): boolean {
    if (Atomics.load(this.#words, this.#base + CHECKED_UNHEALTHY) !== 0) return false
    const until = Atomics.load(this.#words, this.#base + EJECTED_UNTIL)
    return until === 0 || until <= nowDeciseconds()
  }

  /** Notes a failed request. True when this failure took the origin out for `ejectMs`. */
  failed(maxFailures: number, ejectMs: number): boolean {
    const failures = Atomics.add(this.#words, this.#base + FAILURES, 1) + 1
    if (failures < maxFailures) return false
    Atomics.store(this.#words, this.#base + FAILURES, 0)
    Atomics.store(this.#words, this.#base + EJECTED_UNTIL, nowDeciseconds() + Math.max(1, Math.ceil(ejectMs / 100)))
    return true
  }

  succeeded(): void {
    if (Atomics.load(this.#words, this.#base + FAILURES) !== 0) Atomics.store(this.#words, this.#base + FAILURES, 0)
    if (Atomics.load(this.#words, this.#base + EJECTED_UNTIL) !== 0)
      Atomics.store(this.#words, this.#base + EJECTED_UNTIL, 0)
  }

  /** The verdict of the active check. A healthy one also ends an ejection. */
  checked(healthy: boolean): void {
    Atomics.store(this.#words, this.#base + CHECKED_UNHEALTHY, healthy ? 0 : 1)
    if (healthy) this.succeeded()
  }
}
