import type { OriginConfig } from '#config'
import { createDialer, type Dialer } from '#net'
import type { MessageLimits } from '#wire'
import { OriginConnection, type OriginConnectionOwner } from './origin-connection.ts'
import type { OriginHealth } from './origin-health.ts'
import { OriginQueue, type OriginWaiter } from './origin-queue.ts'
import type { OriginUser } from './origin-user.ts'

export interface OriginPoolOptions {
  readonly config: OriginConfig
  readonly health: OriginHealth
  readonly limits: MessageLimits
  /** For a connection to be made, and for one to become free. */
  readonly connectTimeoutMs: number
  readonly idleMs: number
}

/**
 * The connections of one worker to one origin. Idle ones are used last in, first out, so that a surplus ages and closes.
 * When all are busy, requests wait for their turn.
 */
export class OriginPool implements OriginConnectionOwner {
  readonly config: OriginConfig
  readonly health: OriginHealth
  readonly limits: MessageLimits
  readonly secure: boolean
  readonly dialer: Dialer
  /** Value of Host when the client's is not kept. */
  readonly authority: string
  /** How long a request may wait for a connection to become free. */
  readonly waitMs: number
  readonly #idleMs: number
  readonly #idle: OriginConnection[] = []
  readonly #open = new Set<OriginConnection>()
  readonly #queue: OriginQueue
  #servesSoon = false

  constructor(options: OriginPoolOptions) {
    const { config } = options
    this.config = config
    this.health = options.health
    this.limits = options.limits
    this.secure = config.secure
    this.dialer = createDialer({ ...config, connectTimeoutMs: options.connectTimeoutMs })
    this.authority = new URL(config.url).host
    this.waitMs = options.connectTimeoutMs
    this.#idleMs = options.idleMs
    this.#queue = new OriginQueue(options.connectTimeoutMs)
  }

  /** Connections that carry a request or are being opened. */
  get busy(): number {
    return this.#open.size - this.#idle.length
  }

  get open(): number {
    return this.#open.size
  }

  /** Requests that wait for a connection. */
  get waiting(): number {
    return this.#queue.length
  }

  /** Whether a request would be carried at once. */
  get hasRoom(): boolean {
    return this.#queue.length === 0 && (this.#idle.length > 0 || this.#open.size < this.config.maxConnections)
  }

  /**
   * An idle connection, or a new one that tells `user` when it is connected; undefined when all are busy or others wait
   * already. `fresh` never reuses, and goes before those who wait: it repeats a request that had its turn.
   */
  take(user: OriginUser, fresh: boolean): OriginConnection | undefined {
    return this.#queue.length > 0 && !fresh ? undefined : this.#take(user, fresh)
  }

  #take(user: OriginUser, fresh: boolean): OriginConnection | undefined {
    if (!fresh) {
      const idle = this.#idle.pop()
      if (idle !== undefined) {
        idle.use(user)
        return idle
      }
    }
    if (this.#open.size >= this.config.maxConnections && !this.#closeOldestIdle()) return undefined
    const connection = new OriginConnection(this, user)
    this.#open.add(connection)
    return connection
  }

  /** Lets `waiter` wait for a connection. False when too many wait already. */
  wait(waiter: OriginWaiter): boolean {
    if (this.#queue.isFull) return false
    this.#queue.add(waiter)
    return true
  }

  stopWaiting(waiter: OriginWaiter): void {
    this.#queue.delete(waiter)
  }

  // Not at once: the connection that became free is still at work for the request that it carried.
  #serveSoon(): void {
    if (this.#servesSoon || this.#queue.length === 0) return
    this.#servesSoon = true
    queueMicrotask(() => {
      this.#servesSoon = false
      this.#serve()
    })
  }

  #serve(): void {
    for (let waiter = this.#queue.first; waiter !== undefined; waiter = this.#queue.first) {
      const connection = this.#take(waiter, false)
      if (connection === undefined) return
      this.#queue.delete(waiter)
      waiter.onConnectionFree(connection)
    }
  }

  connectionIdle(connection: OriginConnection): void {
    connection.idleSinceMs = performance.now()
    this.#idle.push(connection)
    this.#serveSoon()
  }

  connectionClosed(connection: OriginConnection): void {
    this.#open.delete(connection)
    const at = this.#idle.indexOf(connection)
    if (at >= 0) this.#idle.splice(at, 1)
    this.#serveSoon()
  }

  /** Ends what has lasted too long, idleness and waiting; of connections the oldest stand first. */
  tick(nowMs: number): void {
    this.#queue.expire(nowMs)
    while (this.#idle.length > 0 && nowMs - this.#idle[0].idleSinceMs > this.#idleMs) this.#idle[0].destroy()
  }

  close(): void {
    this.#queue.clear()
    for (const connection of this.#open) connection.destroy()
  }

  #closeOldestIdle(): boolean {
    if (this.#idle.length === 0) return false
    this.#idle[0].destroy()
    return true
  }
}
