import type { Verdict } from '#decide'

/**
 * What one worker counts. Names are those of the Prometheus text format with labels, so that the sum over all workers can be
 * printed as it is. `_total` only grows; the others are levels.
 */
export class Counters {
  readonly #values = new Map<string, number>()
  // Requests are counted by verdict and status class in a table, so that counting makes no strings.
  readonly #requests = new Map<Verdict, Float64Array>()
  readonly #ruleHits = new Map<string, number>()

  add(name: string, amount = 1): void {
    this.#values.set(name, (this.#values.get(name) ?? 0) + amount)
  }

  set(name: string, value: number): void {
    this.#values.set(name, value)
  }

  /** `status` 0 stands for a request that got no answer. */
  request(verdict: Verdict, status: number): void {
    let byClass = this.#requests.get(verdict)
    if (byClass === undefined) {
      byClass = new Float64Array(6)
      this.#requests.set(verdict, byClass)
    }
    byClass[Math.min(5, Math.floor(status / 100))]++
  }

  ruleHit(ruleId: string): void {
    this.#ruleHits.set(ruleId, (this.#ruleHits.get(ruleId) ?? 0) + 1)
  }

  snapshot(): Record<string, number> {
    const result = Object.fromEntries(this.#values)
    for (const [verdict, byClass] of this.#requests) {
      for (const [statusClass, count] of byClass.entries()) {
        const label = statusClass === 0 ? 'none' : `${statusClass}xx`
        if (count > 0) result[`tidegate_http_requests_total{verdict="${verdict}",status="${label}"}`] = count
      }
    }
    for (const [ruleId, count] of this.#ruleHits) result[`tidegate_rule_hits_total{rule="${ruleId}"}`] = count
    return result
  }
}
