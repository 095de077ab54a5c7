import type { RuleCounter } from './process/messages.ts'
import { counterKey } from './process/rule-counter.ts'

/** Sums the counters of processes that follow each other: what a dead one counted stays counted, for rules that go on. */
export class CounterTotals {
  #before: ReadonlyMap<string, RuleCounter> = new Map()
  #now: readonly RuleCounter[] = []
  #totals: readonly RuleCounter[] = []

  get totals(): readonly RuleCounter[] {
    return this.#totals
  }

  /** What the process that runs counted for the rules of its policy. */
  update(counters: readonly RuleCounter[]): void {
    this.#now = counters
    this.#totals = counters.map((counter) => sum(counter, this.#before.get(counterKey(counter))))
    const present = new Set(counters.map(counterKey))
    if ([...this.#before.keys()].some((key) => !present.has(key))) {
      this.#before = new Map([...this.#before].filter(([key]) => present.has(key)))
    }
  }

  /** The process is dead. */
  retire(): void {
    if (this.#now.length === 0) return
    this.#before = new Map(this.#totals.map((counter) => [counterKey(counter), counter]))
    this.#now = []
  }
}

function sum(counter: RuleCounter, before: RuleCounter | undefined): RuleCounter {
  if (before === undefined) return counter
  return {
    ...counter,
    packets: counter.packets + before.packets,
    bytes: counter.bytes + before.bytes,
    over: counter.over + before.over,
  }
}
