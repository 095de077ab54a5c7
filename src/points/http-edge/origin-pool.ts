import type { OriginConfig } from '#config'
import { createDialer, type Dialer } from '#net'
import type { MessageLimits } from '#wire'
import { OriginConnection, type OriginConnectionOwner } from './origin-connection.ts'
import type { OriginHealth } from './origin-health.ts'
import type { OriginUser } from './origin-user.ts'

export interface OriginPoolOptions {
  readonly config: OriginConfig
  readonly health: OriginHealth
  readonly limits: MessageLimits
  readonly connectTimeoutMs: number
  readonly idleMs: number
  /** Connections that this worker may have open. */
  readonly connectionLimit: number
}

/** The connections of one worker to one origin. Idle ones are used last in, first out, so that a surplus ages and closes. */
export class OriginPool implements OriginConnectionOwner {
  readonly config: OriginConfig
  readonly health: OriginHealth
  readonly limits: MessageLimits
  readonly secure: boolean
  readonly dialer: Dialer
  /** Value of Host when the client's is not kept. */
  readonly authority: string
  readonly #idleMs: number
  readonly #connectionLimit: number
  readonly #idle: OriginConnection[] = []
  readonly #open = new Set<OriginConnection>()

  constructor(options: OriginPoolOptions) {
    const { config } = options
    this.config = config
    this.health = options.health
    this.limits = options.limits
    this.secure = config.secure
    this.dialer = createDialer({ ...config, connectTimeoutMs: options.connectTimeoutMs })
    this.authority = new URL(config.url).host
    this.#idleMs = options.idleMs
    this.#connectionLimit = options.connectionLimit
  }

  /** Connections that carry a request or are being opened. */
  get busy(): number {
    return this.#open.size - this.#idle.length
  }

  get open(): number {
    return this.#open.size
  }

  /** An idle connection, or a new one that tells `user` when it is connected; undefined at the limit. `fresh` never reuses. */
  take(user: OriginUser, fresh: boolean): OriginConnection | undefined {
    if (!fresh) {
      const idle = this.#idle.pop()
      if (idle !== undefined) {
        idle.use(user)
        return idle
      }
    }
    if (this.#open.size >= this.#connectionLimit && !this.#closeOldestIdle()) return undefined
    const connection = new OriginConnection(this, user)
    this.#open.add(connection)
    return connection
  }

  connectionIdle(connection: OriginConnection): void {
    connection.idleSinceMs = performance.now()
    this.#idle.push(connection)
  }

  connectionClosed(connection: OriginConnection): void {
    this.#open.delete(connection)
    const at = this.#idle.indexOf(connection)
    if (at >= 0) this.#idle.splice(at, 1)
  }

  /** Closes what has been idle too long: the oldest stand first. */
  closeIdle(nowMs: number): void {
    while (this.#idle.length > 0 && nowMs - this.#idle[0].idleSinceMs > this.#idleMs) this.#idle[0].destroy()
  }

  close(): void {
    for (const connection of this.#open) connection.destroy()
  }

  #closeOldestIdle(): boolean {
    if (this.#idle.length === 0) return false
    this.#idle[0].destroy()
    return true
  }
}
