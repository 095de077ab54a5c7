/** Names, with labels or without, of what only grows. Every other value is a level and ends with the worker that had it. */
const GROWS = /_total(\{|$)/

/** Sums the counters of all workers. What a dead worker had counted stays counted. */
export class CounterLedger {
  readonly #live = new Map<number, Readonly<Record<string, number>>>()
  readonly #retired = new Map<string, number>()

  update(worker: number, counters: Readonly<Record<string, number>>): void {
    this.#live.set(worker, counters)
  }

  retire(worker: number): void {
    for (const [name, value] of Object.entries(this.#live.get(worker) ?? {})) {
      if (GROWS.test(name)) this.#retired.set(name, (this.#retired.get(name) ?? 0) + value)
    }
    this.#live.delete(worker)
  }

  /** Sums by name. */
  totals(): ReadonlyMap<string, number> {
    const totals = new Map(this.#retired)
    for (const counters of this.#live.values()) {
      for (const [name, value] of Object.entries(counters)) totals.set(name, (totals.get(name) ?? 0) + value)
    }
    return totals
  }
}
