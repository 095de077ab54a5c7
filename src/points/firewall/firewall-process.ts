import type { Action } from '#act'
import type { FirewallConfig } from '#config'
import type { Policy } from '#decide'
import type { FloodMemory, VetoedRule } from '#detect'
import { TidegateError } from '#kernel'
import { type ChildProcess, startChild } from '#net'
import { CounterTotals } from './counter-totals.ts'
import type {
  FirewallState,
  FloodOrder,
  FromFirewall,
  RuleCounter,
  SamplingState,
  ToFirewall,
} from './process/messages.ts'

export type SamplesMessage = Extract<FromFirewall, { type: 'samples' }>
export type FloodsMessage = Extract<FromFirewall, { type: 'floods' }>
type InterfacesMessage = Extract<FromFirewall, { type: 'interfaces' }>

export interface FirewallProcessEvents {
  onSamples(message: SamplesMessage): void
  onFloods(message: FloodsMessage): void
  onFloodMemory(memory: FloodMemory): void
  /** Interfaces went away, or are filtered again. */
  onInterfaces(message: InterfacesMessage): void
  /** Something went wrong that nobody asked for. */
  onFault(message: string): void
  /** The process ended by itself; it is started again, and gets the same policy. */
  onDeath(reason: string, restartInMs: number): void
  onRestarted(state: FirewallState): void
}

type Answer = Extract<FromFirewall, { type: 'applied' | 'answered' }>

interface Waiting {
  readonly resolve: (answer: Answer) => void
  readonly reject: (error: TidegateError) => void
  readonly timer: NodeJS.Timeout
}

/** Filling a list of a million prefixes takes some seconds. */
const ANSWER_MS = 60_000
const RESTART_MS = 500
const RESTART_MOST_MS = 30_000

/**
 * The firewall as the supervisor sees it: a process with the rights to filter packets, which is told what to do. Native
 * memory is touched there only; when it dies it is started again with the policy that ran.
 */
export class FirewallProcess {
  readonly #config: FirewallConfig
  readonly #events: FirewallProcessEvents
  readonly #waiting = new Map<number, Waiting>()
  #child: ChildProcess<ToFirewall> | undefined
  #policy: Policy<Action> | undefined
  #state: FirewallState | undefined
  readonly #counters = new CounterTotals()
  #sampling: SamplingState = NO_SAMPLING
  #floodMemory: FloodMemory | undefined
  #requests = 0
  #restartMs = RESTART_MS
  #restart: NodeJS.Timeout | undefined
  #isClosed = false
  deaths = 0

  /** @param floodMemory what was learnt of the traffic before */
  constructor(config: FirewallConfig, events: FirewallProcessEvents, floodMemory?: FloodMemory) {
    this.#config = config
    this.#floodMemory = floodMemory
    this.#events = events
  }

  /** What runs in the kernel; undefined when nothing does. */
  get state(): FirewallState | undefined {
    return this.#state
  }

  /** As of the last second, with what processes counted that died since. */
  get counters(): readonly RuleCounter[] {
    return this.#counters.totals
  }

  get sampling(): SamplingState {
    return this.#sampling
  }

  get pid(): number | undefined {
    return this.#child?.pid
  }

  /**
   * Lets a policy take the place of the one that runs.
   *
   * @throws TidegateError ERR_BPF_FAILED when it was refused: the one before runs on
   */
  async apply(policy: Policy<Action>): Promise<FirewallState> {
    const answer = await this.#ask((request) => {
      const floodMemory = this.#floodMemory
      return { type: 'apply', request, firewall: this.#config, policy, floodMemory }
    })
    const state = answer.type === 'applied' ? answer.state : undefined
    if (state === undefined) throw died('it did not say what runs')
    this.#policy = policy
    this.#state = state
    return state
  }

  /** Takes everything off: packets pass until the next `apply`. */
  async release(): Promise<void> {
    await this.#ask((request) => ({ type: 'release', request }))
    this.#policy = undefined
    this.#state = undefined
  }

  /** Carries out what a person decided about a rule against a flood; false when there is none of this id. */
  async order(order: FloodOrder, id: string, ended?: VetoedRule): Promise<boolean> {
    const about = { order, id, ...(ended !== undefined && { ended }) }
    const answer = await this.#ask((request) => ({ type: 'flood', request, ...about }))
    return answer.type === 'answered' && answer.isKnown
  }

  /** Ends the process. What becomes of the rules then is what `firewall.onExit` says. */
  async close(): Promise<void> {
    this.#isClosed = true
    clearTimeout(this.#restart)
    await this.#child?.stop()
  }

  #ask(question: (request: number) => ToFirewall): Promise<Answer> {
    this.#child ??= this.#start()
    const request = ++this.#requests
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => this.#settle(request)?.reject(died('it does not answer')), ANSWER_MS)
      this.#waiting.set(request, { resolve, reject, timer })
      this.#child?.send(question(request))
    })
  }

  #start(): ChildProcess<ToFirewall> {
    return startChild<ToFirewall, FromFirewall>(new URL('./worker.ts', import.meta.url), {
      onMessage: (message) => this.#hear(message),
      onEnd: (reason) => this.#end(reason),
    })
  }

  #hear(message: FromFirewall): void {
    switch (message.type) {
      case 'applied':
      case 'answered':
        this.#settle(message.request)?.resolve(message)
        return
      case 'refused': {
        const { message: text, remedy, place } = message
        const options = { ...(remedy !== undefined && { remedy }), ...(place !== undefined && { place }) }
        this.#settle(message.request)?.reject(
          new TidegateError('ERR_BPF_FAILED', text, { source: 'environment', ...options }),
        )
        return
      }
      case 'counters':
        // Before its first policy a process knows no rules.
        if (this.#state !== undefined) this.#counters.update(message.counters)
        this.#sampling = message.sampling
        return
      case 'samples':
        this.#events.onSamples(message)
        return
      case 'floods':
        this.#events.onFloods(message)
        return
      case 'floodMemory':
        // Also for the next process, when this one dies.
        this.#floodMemory = message.memory
        this.#events.onFloodMemory(message.memory)
        return
      case 'interfaces':
        this.#state = message.state ?? this.#state
        this.#events.onInterfaces(message)
        return
      case 'fault':
        this.#events.onFault(message.message)
    }
  }

  #settle(request: number): Waiting | undefined {
    const waiting = this.#waiting.get(request)
    this.#waiting.delete(request)
    clearTimeout(waiting?.timer)
    return waiting
  }

  #end(reason: string): void {
    this.#child = undefined
    this.#state = undefined
    this.#counters.retire()
    for (const request of this.#waiting.keys()) this.#settle(request)?.reject(died(reason))
    if (this.#isClosed) return
    this.deaths++
    this.#events.onDeath(reason, this.#restartMs)
    this.#restartLater()
  }

  #restartLater(): void {
    this.#restart = setTimeout(() => void this.#restartNow(), this.#restartMs)
    this.#restartMs = Math.min(this.#restartMs * 2, RESTART_MOST_MS)
  }

  async #restartNow(): Promise<void> {
    if (this.#policy === undefined || this.#isClosed) return
    try {
      const state = await this.apply(this.#policy)
      this.#restartMs = RESTART_MS
      this.#events.onRestarted(state)
    } catch (error) {
      // A death while it starts is heard by itself.
      if (this.#child === undefined) return
      this.#events.onFault(error instanceof TidegateError ? error.describe() : String(error))
      // What was missing may come back, such as an interface.
      this.#restartLater()
    }
  }
}

const NO_SAMPLING: SamplingState = { passed: 1, dropped: 1, samples: 0 }

function died(reason: string): TidegateError {
  return new TidegateError('ERR_WORKER_DIED', `the firewall process: ${reason}`, { source: 'internal', retry: true })
}
