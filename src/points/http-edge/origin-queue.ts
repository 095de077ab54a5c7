import type { OriginConnection } from './origin-connection.ts'
import type { OriginUser } from './origin-user.ts'

/** Requests that may wait for one origin in one worker. More would only wait in vain and hold memory. */
const QUEUE_LIMIT = 1024

/** A request that waits because its origin has as many connections as it may have. */
export interface OriginWaiter extends OriginUser {
  /** Its turn: a connection that is connected, or being connected for it. */
  onConnectionFree(connection: OriginConnection): void
  onWaitExpired(): void
}

/** Who waits for a connection to an origin, first in, first out. */
export class OriginQueue {
  readonly #waitMs: number
  /** Since when each one waits; a map keeps the order of arrival and forgets from its middle at no cost. */
  readonly #sinceMs = new Map<OriginWaiter, number>()

  constructor(waitMs: number) {
    this.#waitMs = waitMs
  }

  get length(): number {
    return this.#sinceMs.size
  }

  get isFull(): boolean {
    return this.#sinceMs.size >= QUEUE_LIMIT
  }

  get first(): OriginWaiter | undefined {
    return this.#sinceMs.keys().next().value
  }

  add(waiter: OriginWaiter): void {
    this.#sinceMs.set(waiter, performance.now())
  }

  delete(waiter: OriginWaiter): void {
    this.#sinceMs.delete(waiter)
  }

  clear(): void {
    this.#sinceMs.clear()
  }

  /** Sends those away who have waited too long: the oldest stand first. */
  expire(nowMs: number): void {
    for (const [waiter, sinceMs] of this.#sinceMs) {
      if (nowMs - sinceMs <= this.#waitMs) return
      this.#sinceMs.delete(waiter)
      waiter.onWaitExpired()
    }
  }
}
