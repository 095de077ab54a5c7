import type { Action } from '#act'
import type { Rule } from '#decide'
import { messageOf, TidegateError } from '#kernel'
import { nftRefusal } from '../backend-rules.ts'
import { FloodWatch } from '../floods/flood-watch.ts'
import { withMitigations } from '../floods/mitigation-rules.ts'
import { floodSettings } from '../floods/settings.ts'
import { warmUpFloods } from '../floods/warm-up.ts'
import { nextExpiryMs } from '../packet-rules.ts'
import { ChosenFilter } from './chosen-filter.ts'
import { InterfaceWatch } from './interface-watch.ts'
import type { FirewallState, FromFirewall, PacketBackend, Refusal, ToFirewall } from './messages.ts'
import type { PacketFilter } from './packet-filter.ts'
import { SampleDesk } from './sample-desk.ts'

const SAMPLE_TICK_MS = 50
const COUNTER_TICK_MS = 1000
const INTERFACE_TICK_MS = 500
const MEMORY_TICK_MS = 60_000
/** Timers cannot wait longer. */
const TIMER_MOST_MS = 0x7fff_ffff

type Apply = Extract<ToFirewall, { type: 'apply' }>
type Order = Extract<ToFirewall, { type: 'flood' }>

/** What the firewall process does: it carries out what the supervisor asks for, and tells what it sees. */
export class FirewallService {
  readonly #send: (message: FromFirewall) => void
  readonly #firewall: PacketFilter
  readonly #desk = new SampleDesk()
  readonly #interfaces = new InterfaceWatch()
  #floods: FloodWatch | undefined
  /** Something about floods was told last time, so that its end has to be told as well. */
  #isFlooded = false
  #applied: Apply | undefined
  #backend: PacketBackend | undefined
  #expiry: NodeJS.Timeout | undefined

  constructor(send: (message: FromFirewall) => void) {
    this.#send = send
    this.#firewall = new ChosenFilter((message) => send({ type: 'fault', message }))
    setInterval(() => this.#tick(), SAMPLE_TICK_MS)
    setInterval(() => this.#tellCounters(), COUNTER_TICK_MS)
    setInterval(() => this.#watchInterfaces(), INTERFACE_TICK_MS)
    setInterval(() => this.#tellMemory(), MEMORY_TICK_MS)
  }

  handle(message: ToFirewall): void {
    const { request } = message
    try {
      switch (message.type) {
        case 'release':
          clearTimeout(this.#expiry)
          this.#applied = undefined
          this.#firewall.release()
          this.#send({ type: 'applied', request, state: undefined })
          return
        case 'flood':
          this.#send({ type: 'answered', request, isKnown: this.#order(message) })
          return
        case 'apply':
          this.#send({ type: 'applied', request, state: this.#apply(message) })
      }
    } catch (error) {
      this.#send({ type: 'refused', request, ...refusalOf(error) })
    }
  }

  #apply(message: Apply): FirewallState {
    this.#watch(message)
    const state = this.#install(message)
    this.#applied = message
    if (state.backend !== this.#backend) {
      // Which steps there are against floods depends on what filters.
      this.#backend = state.backend
      this.#watch(message)
    }
    return state
  }

  #watch({ firewall, floodMemory }: Apply): void {
    const settings = floodSettings(firewall, this.#backend)
    if (settings === undefined) this.#floods = undefined
    else if (this.#floods === undefined) {
      this.#floods = new FloodWatch(settings, floodMemory)
      // When the answer is on its way: nobody waits for it.
      setImmediate(() => this.#warmUp())
    } else this.#floods.configure(settings)
    this.#desk.limit(settings !== undefined)
  }

  /** Puts a policy in force, with what stands against floods now. @throws TidegateError when the kernel refuses it */
  #install({ policy, firewall }: Pick<Apply, 'policy' | 'firewall'>): FirewallState {
    this.#interfaces.follow(firewall)
    const present = this.#interfaces.present(firewall)
    const state =
      present.interfaces.length > 0 ? this.#put(policy, present, this.#floods?.rules ?? []) : this.#rest(policy)
    this.#firewall.sample(this.#desk.strides)
    this.#armExpiry()
    const missing = [...this.#interfaces.gone].map((name) => `${name} is gone: it is filtered again when it is back`)
    return { ...state, notes: [...state.notes, ...missing] }
  }

  /** Every interface is gone: there is nothing to filter until one is back. */
  #rest({ version }: Apply['policy']): FirewallState {
    this.#firewall.release()
    const backend = this.#backend ?? 'xdp'
    return { policyVersion: version, backend, interfaces: [], rules: 0, memoryBytes: 0, instructions: 0, notes: [] }
  }

  /** What the engine finds, nftables may not be able to ask: that rule is left out rather than all of them. */
  #put(policy: Apply['policy'], firewall: Apply['firewall'], rules: readonly Rule<Action>[]): FirewallState {
    try {
      return this.#firewall.apply(withMitigations(policy, rules), firewall, Date.now())
    } catch (error) {
      const askable = rules.filter((rule) => nftRefusal(rule) === undefined)
      const isRefused = error instanceof TidegateError && error.code === 'ERR_RULE_INVALID'
      if (!isRefused || askable.length === rules.length) throw error
      this.#send({ type: 'fault', message: `a rule against a flood is not in force: ${error.message}` })
      return this.#firewall.apply(withMitigations(policy, askable), firewall, Date.now())
    }
  }

  /** The program knows no calendar: when a rule expires, another program takes its place. */
  #armExpiry(): void {
    clearTimeout(this.#expiry)
    const atMs = nextExpiryMs(this.#firewall.rules)
    if (atMs === undefined) return
    const inMs = Math.min(Math.max(atMs - Date.now(), 0) + 1, TIMER_MOST_MS)
    this.#expiry = setTimeout(() => this.#renew('a rule that expired is still in force'), inMs)
  }

  /** Puts the policy that runs in force anew. */
  #renew(fault: string): FirewallState | undefined {
    if (this.#applied === undefined) return undefined
    try {
      return this.#install(this.#applied)
    } catch (error) {
      this.#send({ type: 'fault', message: `${fault}: ${refusalOf(error).message}` })
      return undefined
    }
  }

  #watchInterfaces(): void {
    const news = this.#applied === undefined ? undefined : this.#interfaces.look()
    if (news === undefined) return
    const state = this.#renew('an interface came or went, and the others are filtered as before')
    this.#send({ type: 'interfaces', ...news, state })
  }

  #warmUp(): void {
    try {
      warmUpFloods()
    } catch (error) {
      this.#send({ type: 'fault', message: `the flood that is made up failed: ${messageOf(error)}` })
    }
  }

  #order({ order, id, ended }: Order): boolean {
    const isKnown = this.#floods?.order(order, id, ended) ?? false
    if (isKnown) {
      this.#watchFloods()
      this.#tellMemory()
    }
    return isKnown
  }

  #tick(): void {
    this.#drain()
    if (this.#desk.tick()) this.#firewall.sample(this.#desk.strides)
    this.#watchFloods()
    const policyVersion = this.#applied?.policy.version ?? ''
    const { samples, events } = this.#desk.take()
    if (samples.length + events.length > 0) this.#send({ type: 'samples', policyVersion, samples, events })
  }

  #drain(): void {
    this.#firewall.drainSamples((sample) => {
      this.#desk.add(sample)
      // A flood is what comes.
      if (sample.direction === 'in') this.#floods?.add(sample)
    })
  }

  #watchFloods(): void {
    const news = this.#floods?.tick(Date.now())
    if (news === undefined) return
    if (news.isOther) {
      // What rules counted that go now is told before they go.
      this.#tellCounters()
      this.#renew('the rules against a flood are not in force')
    }
    for (const message of news.faults) this.#send({ type: 'fault', message })
    if (news.isOther || news.changes.length > 0) this.#tellFloods(news.changes)
  }

  #tellFloods(changes: Extract<FromFirewall, { type: 'floods' }>['changes']): void {
    if (this.#floods === undefined) return
    const state = this.#floods.state()
    this.#isFlooded = state.mitigations.length + state.attacks.length > 0
    this.#send({ type: 'floods', changes, state })
  }

  #tellCounters(): void {
    const counters = this.#firewall.counters()
    // The samples of what is counted are there by now, so that what is missing is what was lost.
    this.#drain()
    this.#desk.settle(counters)
    this.#send({ type: 'counters', counters, sampling: this.#desk.state })
    if (this.#isFlooded) this.#tellFloods([])
  }

  #tellMemory(): void {
    const memory = this.#floods?.memory()
    if (memory !== undefined) this.#send({ type: 'floodMemory', memory })
  }
}

function refusalOf(error: unknown): Refusal {
  if (!(error instanceof TidegateError)) return { message: messageOf(error) }
  const { message, remedy, place } = error
  return { message, ...(remedy !== undefined && { remedy }), ...(place !== undefined && { place }) }
}
