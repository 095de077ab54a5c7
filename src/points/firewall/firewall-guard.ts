import type { Action } from '#act'
import type { FirewallConfig } from '#config'
import type { Policy } from '#decide'
import { FirewallProcess, type FirewallProcessEvents } from './firewall-process.ts'
import { PacketTop, type TopFlow } from './packet-top.ts'
import type { FirewallState, RuleCounter } from './process/messages.ts'

/** What the firewall does now, for people and programs. */
export interface FirewallReport {
  readonly state: FirewallState | undefined
  readonly counters: readonly RuleCounter[]
  readonly deaths: number
  /** When the policy before comes back unless somebody confirms this one, in milliseconds since the epoch. */
  readonly revertsAtMs: number | undefined
}

export interface FirewallGuardEvents extends Omit<FirewallProcessEvents, 'onSamples'> {
  /** Nobody confirmed a policy in time. `version` is that of the one that runs again; undefined when no rule runs. */
  onReverted(version: string | undefined): void
}

/**
 * Deploys policies so that nobody locks himself out for good: with `confirmWithin`, each has to be confirmed over a connection
 * that it lets through; otherwise the last confirmed one comes back.
 */
export class FirewallGuard {
  readonly #process: FirewallProcess
  readonly #events: FirewallGuardEvents
  readonly #top = new PacketTop(Date.now())
  readonly #confirmWithinMs: number | undefined
  #running: Policy<Action> | undefined
  #confirmed: Policy<Action> | undefined
  #revertsAtMs: number | undefined
  #timer: NodeJS.Timeout | undefined

  constructor(config: FirewallConfig, events: FirewallGuardEvents) {
    this.#process = new FirewallProcess(config, {
      ...events,
      onSamples: (samples) => this.#top.add(samples, Date.now()),
    })
    this.#events = events
    this.#confirmWithinMs = config.confirmWithinMs
  }

  /** @throws TidegateError when the kernel refuses it: the policy before runs on */
  async apply(policy: Policy<Action>): Promise<void> {
    await this.#process.apply(policy)
    this.#running = policy
    if (this.#confirmWithinMs === undefined) this.#confirmed = policy
    else this.#arm(this.#confirmWithinMs)
  }

  /** Keeps the policy that runs; false when there was nothing to confirm. */
  confirm(): boolean {
    const wasOpen = this.#revertsAtMs !== undefined
    this.#disarm()
    this.#confirmed = this.#running
    return wasOpen
  }

  report(): FirewallReport {
    const { state, counters, deaths } = this.#process
    return { state, counters, deaths, revertsAtMs: this.#revertsAtMs }
  }

  /** The heaviest flows of the last seconds, estimated from samples. */
  top(limit: number): { readonly seconds: number; readonly flows: readonly TopFlow[] } {
    return this.#top.top(limit, Date.now())
  }

  async close(): Promise<void> {
    this.#disarm()
    await this.#process.close()
  }

  #arm(withinMs: number): void {
    this.#disarm()
    this.#revertsAtMs = Date.now() + withinMs
    this.#timer = setTimeout(() => void this.#revert(), withinMs)
  }

  #disarm(): void {
    clearTimeout(this.#timer)
    this.#revertsAtMs = undefined
  }

  async #revert(): Promise<void> {
    this.#disarm()
    try {
      if (this.#confirmed === undefined) await this.#process.release()
      else await this.#process.apply(this.#confirmed)
      this.#running = this.#confirmed
      this.#events.onReverted(this.#confirmed?.version)
    } catch (error) {
      this.#events.onFault(`the policy that nobody confirmed cannot be taken back: ${String(error)}`)
    }
  }
}
