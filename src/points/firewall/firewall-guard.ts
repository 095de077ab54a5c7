import type { Action } from '#act'
import type { FirewallConfig } from '#config'
import type { Policy } from '#decide'
import type { GeoLookup } from '#detect'
import type { FloodChange } from '#detect'
import {
  FirewallProcess,
  type FirewallProcessEvents,
  type FloodsMessage,
  type SamplesMessage,
} from './firewall-process.ts'
import { FloodFiles } from './floods/flood-files.ts'
import { FloodLog } from './floods/flood-log.ts'
import { PacketTop, type TopFlow } from './packet-top.ts'
import type { FirewallState, FloodOrder, PacketSample, RuleCounter, SamplingState } from './process/messages.ts'
import { asksAddressFacts, resolveAddressFacts } from './resolve-address-facts.ts'

/** What the firewall does now, for people and programs. */
export interface FirewallReport {
  readonly state: FirewallState | undefined
  readonly counters: readonly RuleCounter[]
  readonly sampling: SamplingState
  readonly deaths: number
  /** When the policy before comes back unless somebody confirms this one, in milliseconds since the epoch. */
  readonly revertsAtMs: number | undefined
}

export interface FirewallGuardEvents extends Pick<
  FirewallProcessEvents,
  'onFault' | 'onDeath' | 'onRestarted' | 'onInterfaces'
> {
  /** A packet that is to be recorded; its weight says for how many it stands. */
  onPacket(sample: PacketSample, policyVersion: string): void
  onFloodChange(change: FloodChange): void
  /** Nobody confirmed a policy in time. `version` is that of the one that runs again; undefined when no rule runs. */
  onReverted(version: string | undefined): void
}

/**
 * Deploys policies so that nobody locks himself out for good: with `confirmWithin`, each has to be confirmed over a connection
 * that it lets through; otherwise the last confirmed one comes back.
 */
export class FirewallGuard {
  /** What was and is done about floods. */
  readonly floods: FloodLog
  readonly #process: FirewallProcess
  readonly #files: FloodFiles
  readonly #events: FirewallGuardEvents
  readonly #addressData: () => Promise<GeoLookup | undefined>
  readonly #top = new PacketTop(Date.now())
  readonly #confirmWithinMs: number | undefined
  #running: Policy<Action> | undefined
  #confirmed: Policy<Action> | undefined
  #revertsAtMs: number | undefined
  #timer: NodeJS.Timeout | undefined

  /**
   * @param floodFolder where is kept what is known of floods
   * @param addressData countries and autonomous systems, for rules that ask for them
   */
  constructor(
    config: FirewallConfig,
    floodFolder: string,
    events: FirewallGuardEvents,
    addressData: () => Promise<GeoLookup | undefined> = async () => undefined,
  ) {
    this.#addressData = addressData
    this.#files = new FloodFiles(floodFolder, (message) => events.onFault(message))
    this.floods = new FloodLog(this.#files)
    this.#process = new FirewallProcess(
      config,
      {
        ...events,
        onSamples: (message) => this.#take(message),
        onFloods: (message) => this.#takeFloods(message),
        onFloodMemory: (memory) => this.#files.writeMemory(memory),
        onDeath: (reason, restartInMs) => {
          this.floods.forgetState((ruleId) => this.#packetsOf(ruleId))
          events.onDeath(reason, restartInMs)
        },
      },
      this.#files.readMemory(),
    )
    this.#events = events
    this.#confirmWithinMs = config.confirmWithinMs
  }

  /** @throws TidegateError when the kernel refuses it: the policy before runs on */
  async apply(policy: Policy<Action>): Promise<void> {
    const resolved = asksAddressFacts(policy) ? resolveAddressFacts(policy, await this.#addressData()) : policy
    await this.#process.apply(resolved)
    this.#running = resolved
    if (this.#confirmWithinMs === undefined) this.#confirmed = resolved
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
    const { state, counters, sampling, deaths } = this.#process
    return { state, counters, sampling, deaths, revertsAtMs: this.#revertsAtMs }
  }

  /** Carries out what a person decided about a rule against a flood; false when there is none of this id. */
  orderFlood(order: FloodOrder, id: string): Promise<boolean> {
    const record = this.floods.find(id)
    return this.#process.order(order, id, record && { when: record.when, destination: record.destination })
  }

  /** The heaviest flows of the last seconds, estimated from samples. */
  top(limit: number): { readonly seconds: number; readonly flows: readonly TopFlow[] } {
    return this.#top.top(limit, Date.now())
  }

  async close(): Promise<void> {
    this.#disarm()
    await this.#process.close()
    await this.#files.close()
  }

  #take({ policyVersion, samples, events }: SamplesMessage): void {
    this.#top.add(samples, Date.now())
    for (const sample of events) this.#events.onPacket(sample, policyVersion)
  }

  #takeFloods({ changes, state }: FloodsMessage): void {
    this.floods.take(changes, state, (ruleId) => this.#packetsOf(ruleId))
    for (const change of changes) this.#events.onFloodChange(change)
  }

  #packetsOf(ruleId: string): number | undefined {
    return this.#process.counters.find((counter) => counter.ruleId === ruleId)?.packets
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
