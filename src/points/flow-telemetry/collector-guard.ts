import { Worker } from 'node:worker_threads'
import type { ListenAddress } from '#config'
import { TidegateError } from '#kernel'
import type { CollectorStart, FromCollector, ToCollector } from './messages.ts'

export interface CollectorGuardEvents {
  onCounters(counters: Readonly<Record<string, number>>): void
  /** The thread ended by itself; it is started again. */
  onDeath(threadId: number, reason: string, restartInMs: number): void
  onRestarted(): void
}

const FIRST_BACKOFF_MS = 500
const LONGEST_BACKOFF_MS = 30_000
const DRAIN_MS = 5000

/** The collector of flows as the supervisor sees it: a thread that is started again when it dies. */
export class CollectorGuard {
  readonly #start: CollectorStart
  readonly #events: CollectorGuardEvents
  #thread: Worker | undefined
  #backoffMs = FIRST_BACKOFF_MS
  #restart: NodeJS.Timeout | undefined
  #isClosed = false
  #addresses: readonly ListenAddress[] = []

  constructor(start: CollectorStart, events: CollectorGuardEvents) {
    this.#start = start
    this.#events = events
  }

  /** Where exporters are heard; ports are those that the system chose. */
  get addresses(): readonly ListenAddress[] {
    return this.#addresses
  }

  /** @throws TidegateError ERR_LISTEN_FAILED */
  async open(): Promise<void> {
    const addresses = await this.#run()
    this.#addresses = addresses
  }

  /** Ends the thread when it has written out what it holds. */
  async close(): Promise<void> {
    this.#isClosed = true
    clearTimeout(this.#restart)
    const thread = this.#thread
    if (thread === undefined) return
    await new Promise<void>((resolve) => {
      const timer = setTimeout(() => void thread.terminate(), DRAIN_MS)
      thread.once('exit', () => {
        clearTimeout(timer)
        resolve()
      })
      thread.postMessage({ type: 'drain' } satisfies ToCollector)
    })
  }

  /** Starts a thread; resolves when it listens. */
  #run(): Promise<readonly ListenAddress[]> {
    // A thread that is born again listens where the first one did.
    const listeners = this.#addresses.length > 0 ? this.#addresses : this.#start.flows.listeners
    const start: CollectorStart = { ...this.#start, flows: { ...this.#start.flows, listeners } }
    const thread = new Worker(new URL('./worker.ts', import.meta.url), { workerData: start, name: 'flow-telemetry' })
    this.#thread = thread
    const { threadId } = thread
    return new Promise((resolve, reject) => {
      let isReady = false
      let failure: string | undefined
      thread.on('message', (message: FromCollector) => {
        if (message.type === 'counters') this.#events.onCounters(message.counters)
        else if (message.type === 'ready') {
          isReady = true
          resolve(message.addresses)
        } else if (message.type === 'failed') {
          const { remedy } = message
          const options = remedy === undefined ? {} : { remedy }
          reject(new TidegateError('ERR_LISTEN_FAILED', message.message, { source: 'environment', ...options }))
          void thread.terminate()
        }
      })
      thread.on('error', (error: unknown) => (failure = error instanceof Error ? error.message : String(error)))
      thread.on('exit', (code) => {
        this.#thread = undefined
        const reason = failure ?? `exit code ${code}`
        if (isReady) this.#revive(threadId, reason)
        else reject(new TidegateError('ERR_LISTEN_FAILED', `the collector ended: ${reason}`, { source: 'internal' }))
      })
    })
  }

  #revive(threadId: number, reason: string): void {
    if (this.#isClosed) return
    this.#events.onDeath(threadId, reason, this.#backoffMs)
    this.#restart = setTimeout(() => void this.#restartNow(), this.#backoffMs)
    this.#backoffMs = Math.min(this.#backoffMs * 2, LONGEST_BACKOFF_MS)
  }

  async #restartNow(): Promise<void> {
    try {
      await this.#run()
      this.#events.onRestarted()
    } catch (error) {
      this.#revive(0, error instanceof Error ? error.message : String(error))
    }
  }
}
