import { messageOf, TidegateError } from '#kernel'
import { nextExpiryMs } from '../packet-rules.ts'
import type { FromFirewall, PacketSample, ToFirewall } from './messages.ts'
import { XdpFirewall } from './xdp-firewall.ts'

const SAMPLE_TICK_MS = 50
const COUNTER_TICK_MS = 1000
/** Samples that are told in one tick; they stand for the others. */
const TOLD_SAMPLES = 64
/** Timers cannot wait longer. */
const TIMER_MOST_MS = 0x7fff_ffff

type Apply = Extract<ToFirewall, { type: 'apply' }>

/** What the firewall process does: it carries out what the supervisor asks for, and tells what it sees. */
export class FirewallService {
  readonly #send: (message: FromFirewall) => void
  readonly #firewall = new XdpFirewall()
  #applied: Apply | undefined
  #expiry: NodeJS.Timeout | undefined

  constructor(send: (message: FromFirewall) => void) {
    this.#send = send
    setInterval(() => this.#tellSamples(), SAMPLE_TICK_MS)
    setInterval(() => this.#send({ type: 'counters', counters: this.#firewall.counters() }), COUNTER_TICK_MS)
  }

  handle(message: ToFirewall): void {
    const { request } = message
    try {
      if (message.type === 'release') {
        clearTimeout(this.#expiry)
        this.#firewall.release()
        this.#send({ type: 'applied', request, state: undefined })
      } else {
        this.#apply(message)
      }
    } catch (error) {
      this.#send({ type: 'refused', request, ...refusalOf(error) })
    }
  }

  #apply(message: Apply): void {
    const state = this.#firewall.apply(message.policy, message.firewall, Date.now())
    this.#applied = message
    this.#armExpiry()
    this.#send({ type: 'applied', request: message.request, state })
  }

  /** The program knows no calendar: when a rule expires, another program takes its place. */
  #armExpiry(): void {
    clearTimeout(this.#expiry)
    const atMs = nextExpiryMs(this.#firewall.rules)
    if (atMs === undefined) return
    const inMs = Math.min(Math.max(atMs - Date.now(), 0) + 1, TIMER_MOST_MS)
    this.#expiry = setTimeout(() => {
      const { policy, firewall } = this.#applied ?? {}
      if (policy === undefined || firewall === undefined) return
      try {
        this.#firewall.apply(policy, firewall, Date.now())
        this.#armExpiry()
      } catch (error) {
        this.#send({ type: 'fault', message: `a rule that expired is still in force: ${refusalOf(error).message}` })
      }
    }, inMs)
  }

  #tellSamples(): void {
    const samples: PacketSample[] = []
    let seen = 0
    this.#firewall.drainSamples((sample) => {
      // Each has the same chance to be among those that are told.
      const place = seen++ < TOLD_SAMPLES ? samples.length : Math.floor(Math.random() * seen)
      if (place < TOLD_SAMPLES) samples[place] = sample
    })
    if (seen === 0) return
    const share = seen / samples.length
    this.#send({ type: 'samples', samples: samples.map((sample) => ({ ...sample, weight: sample.weight * share })) })
  }
}

function refusalOf(error: unknown): { readonly message: string; readonly remedy?: string } {
  if (!(error instanceof TidegateError)) return { message: messageOf(error) }
  return error.remedy === undefined ? { message: error.message } : { message: error.message, remedy: error.remedy }
}
