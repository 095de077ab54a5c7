import type { IpAddress } from '#wire'
import type { ConnectionFaultName } from './connection-fault.ts'
import { HeadDebts } from './head-debts.ts'

/** From this share of the limit on, connections that are late with a request head make room for others. */
const SCARCE_SHARE = 0.95
const IPV6_INTERFACE_BITS = 64n

export interface ConnectionLimitOptions {
  /** Open connections of all listeners that share these limits. */
  readonly connections: number
  /** Connections of one address that may be late with a whole request head at a time. */
  readonly headsPerAddress: number
  /** Addresses that speak for many clients, and have no limit of their own: trusted proxies. */
  isExempt(address: IpAddress): boolean
}

/** Ends a connection that has to make room, and reports why. */
export type Evict = (fault: ConnectionFaultName, detail: string) => void

/**
 * How many connections a worker holds, and who has to go when there are too many: whoever is longest without a whole
 * request head. That is what an attacker does who opens connections and says nothing, or a byte now and then.
 */
export class ConnectionLimits {
  readonly #options: ConnectionLimitOptions
  readonly #scarceFrom: number
  readonly #debts: HeadDebts
  #open = 0

  constructor(options: ConnectionLimitOptions) {
    this.#options = options
    this.#scarceFrom = Math.min(options.connections - 1, Math.floor(options.connections * SCARCE_SHARE))
    this.#debts = new HeadDebts(options.headsPerAddress)
  }

  get connections(): number {
    return this.#options.connections
  }

  /**
   * Admits a connection that was accepted just now, at the cost of another one if need be; undefined when there is no room.
   * `address` is the client's, undefined when it is not known yet.
   */
  admit(evict: Evict, address: IpAddress | undefined): Admission | undefined {
    if (this.#open >= this.#scarceFrom) {
      const isFull = this.#open >= this.#options.connections
      const why = `${this.#open} of at most ${this.#options.connections} connections were open: of those without a whole request head the oldest was closed`
      this.#debts.evictOldest(isFull, why)
      if (this.#open >= this.#options.connections) return undefined
    }
    this.#open++
    const group = address === undefined ? undefined : this.groupOf(address)
    return new Admission(this, this.#debts, evict, group)
  }

  /** Takes back what `admit` counted. */
  release(): void {
    this.#open--
  }

  /** Where an address is counted; undefined without a limit. One client has a whole /64 of IPv6 to itself. */
  groupOf(address: IpAddress): IpAddress | undefined {
    if (this.#options.isExempt(address)) return undefined
    return typeof address === 'bigint' ? address >> IPV6_INTERFACE_BITS : address
  }
}

/** A connection that counts against the limits until it is closed. It owes its first request head from the beginning. */
export class Admission {
  readonly #limits: ConnectionLimits
  readonly #debts: HeadDebts
  readonly #evict: Evict
  #group: IpAddress | undefined
  #closed = false

  constructor(limits: ConnectionLimits, debts: HeadDebts, evict: Evict, group: IpAddress | undefined) {
    this.#limits = limits
    this.#debts = debts
    this.#evict = evict
    this.#group = group
    debts.add(this)
  }

  /** Where it is counted; undefined when its client is not known yet or has no limit of its own. */
  get group(): IpAddress | undefined {
    return this.#group
  }

  /** Says whose connection it is: behind a proxy that is known only after its header. */
  identify(address: IpAddress): void {
    this.#debts.delete(this)
    this.#group = this.#limits.groupOf(address)
    this.#debts.add(this)
  }

  /** A request head has begun. Nothing changes when it was known already. */
  headBegun(): void {
    if (!this.#closed) this.#debts.add(this)
  }

  /** The request head is whole. */
  headDone(): void {
    this.#debts.delete(this)
  }

  evict(fault: ConnectionFaultName, detail: string): void {
    this.close()
    this.#evict(fault, detail)
  }

  /** The connection has ended. */
  close(): void {
    if (this.#closed) return
    this.#closed = true
    this.#debts.delete(this)
    this.#limits.release()
  }
}
