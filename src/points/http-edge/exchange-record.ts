import type { Decision, RuleMatch, Verdict } from '#decide'
import { wallClockMicros } from '#kernel'
import type { Engine } from './engine.ts'
import type { ExchangeFacts } from './facts.ts'

const UNDECIDED: Decision = Object.freeze({ verdict: 'allow', why: 'no rule matched', matches: [] })

/** What was decided about one exchange and why, and the one event that is written about it. */
export class ExchangeRecord {
  readonly #engine: Engine
  readonly #facts: ExchangeFacts
  readonly #policyVersion: string
  readonly #timeMicros = wallClockMicros()
  readonly #startMs = performance.now()
  #decision = UNDECIDED

  constructor(engine: Engine, facts: ExchangeFacts, policyVersion: string) {
    this.#engine = engine
    this.#facts = facts
    this.#policyVersion = policyVersion
  }

  /** The policy's decision; notes and failures come on top of it. */
  decide(decision: Decision): void {
    this.#decision = decision
  }

  /** Something outweighs what the rules said: a fault of the client, of the origin or of ours. */
  override(verdict: Verdict, why: string, fault: string): void {
    this.#facts.fault = fault
    this.#decision = { ...this.#decision, verdict, why }
  }

  /** Rules of the response phases matched as well. */
  matched(matches: readonly RuleMatch[]): void {
    this.#decision = { ...this.#decision, matches }
  }

  /** Rules of the WAF matched as well. */
  wafFound(matches: readonly RuleMatch[]): void {
    if (matches.length > 0) this.matched([...this.#decision.matches, ...matches])
  }

  /** Adds to the reason. */
  note(...notes: readonly string[]): void {
    if (notes.length > 0) this.#decision = { ...this.#decision, why: [this.#decision.why, ...notes].join('; ') }
  }

  /** Counts and logs; called once, at the end. */
  write(): void {
    const facts = this.#facts
    const decision = this.#decision
    const { counters, events } = this.#engine
    facts.durationMs = performance.now() - this.#startMs
    counters.request(decision.verdict, facts.responseStatus ?? 0)
    for (const match of decision.matches) counters.ruleHit(match.ruleId)
    const policyVersion = this.#policyVersion
    events.record({ ray: facts.ray, timeMicros: this.#timeMicros, point: 'http-edge', policyVersion, decision }, facts)
  }
}
