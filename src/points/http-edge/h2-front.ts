import type { ServerHttp2Session } from 'node:http2'
import { monotonicMs } from '#kernel'
import type { Admission, ConnectionFacts } from '#net'
import type { H2Host, H2Limits } from './h2-host.ts'
import { H2Session } from './h2-session.ts'

const SWEEP_MS = 500

/** All HTTP/2 sessions of a worker. One timer watches every timeout; it is at most 500 ms late. */
export class H2Front {
  readonly #limits: H2Limits
  readonly #host: H2Host
  readonly #sessions = new Set<H2Session>()
  #timer: NodeJS.Timeout | undefined
  #draining = false

  constructor(limits: H2Limits, host: H2Host) {
    this.#limits = limits
    this.#host = host
  }

  get openSessions(): number {
    return this.#sessions.size
  }

  /** Takes over a session from a listener. */
  take(session: ServerHttp2Session, connection: ConnectionFacts, admission: Admission): void {
    session.once('stream', () => admission.headDone())
    const owner = new H2Session(session, connection, this.#limits, this.#host)
    this.#sessions.add(owner)
    this.#timer ??= setInterval(() => this.#sweep(), SWEEP_MS)
    session.once('close', () => this.#forget(owner))
    if (this.#draining) owner.drain()
  }

  /** Lets open streams end and refuses new ones, on all sessions and on those still to come. */
  drain(): void {
    this.#draining = true
    for (const session of this.#sessions) session.drain()
  }

  /** Cuts everything. */
  destroy(): void {
    for (const session of this.#sessions) session.destroy()
  }

  #sweep(): void {
    const nowMs = monotonicMs()
    for (const session of this.#sessions) session.sweep(nowMs)
  }

  #forget(session: H2Session): void {
    this.#sessions.delete(session)
    if (this.#sessions.size > 0) return
    clearInterval(this.#timer)
    this.#timer = undefined
  }
}
