const SWEEP_MS = 250

/**
 * Deadlines of one length for many things, kept by one coarse timer: things wait in the order in which they came,
 * so each sweep looks only at those that are due. At most 250 ms late.
 */
export class Deadlines<T> {
  readonly #lengthMs: number
  readonly #expire: (item: T) => void
  readonly #due = new Map<T, number>()
  #timer: NodeJS.Timeout | undefined

  constructor(lengthMs: number, expire: (item: T) => void) {
    this.#lengthMs = lengthMs
    this.#expire = expire
  }

  start(item: T): void {
    this.#due.set(item, performance.now() + this.#lengthMs)
    this.#timer ??= setInterval(() => this.#sweep(), SWEEP_MS)
  }

  /** True when the item was still waiting. */
  stop(item: T): boolean {
    return this.#due.delete(item)
  }

  /** Forgets everything without calling anybody. */
  clear(): void {
    this.#due.clear()
    clearInterval(this.#timer)
    this.#timer = undefined
  }

  #sweep(): void {
    const now = performance.now()
    for (const [item, dueMs] of this.#due) {
      if (dueMs > now) return
      this.#due.delete(item)
      this.#expire(item)
    }
    this.clear()
  }
}
