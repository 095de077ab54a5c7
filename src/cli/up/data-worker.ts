import { Worker } from 'node:worker_threads'
import type { FromWorker, ToWorker, WorkerStart } from '#points'

export type WorkerAddress = Extract<FromWorker, { type: 'ready' }>['addresses'][number]

/** What a worker answered, or that it will never answer. */
export type WorkerReply = FromWorker | { readonly type: 'died'; readonly reason: string }

interface Waiting {
  readonly types: ReadonlySet<FromWorker['type']>
  readonly resolve: (reply: WorkerReply) => void
  readonly timer: NodeJS.Timeout
}

export interface DataWorkerEvents {
  onCounters(counters: Readonly<Record<string, number>>): void
  /** Called once, whatever the reason of the end. */
  onEnd(reason: string): void
}

/** Where short-lived objects begin. V8 would take several times as much for a thread with many rules, and gain nothing. */
const YOUNG_GENERATION_MB = 32

/** One data worker thread and the conversation with it: one question at a time. */
export class DataWorker {
  /** Id of the thread, also when it has ended. */
  readonly threadId: number
  readonly #thread: Worker
  #waiting: Waiting | undefined
  #failure: string | undefined
  #ended = false

  constructor(module: URL, start: WorkerStart, events: DataWorkerEvents) {
    this.#thread = new Worker(module, {
      workerData: start,
      name: `http-edge-${start.index}`,
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_GENERATION_MB },
    })
    this.threadId = this.#thread.threadId
    this.#thread.on('message', (message: FromWorker) => {
      if (message.type === 'counters') events.onCounters(message.counters)
      else this.#settle(message)
    })
    this.#thread.on('error', (error: unknown) => {
      this.#failure = error instanceof Error ? (error.stack ?? error.message) : String(error)
    })
    this.#thread.on('exit', (code) => {
      const reason = this.#failure ?? `exit code ${code}`
      this.#ended = true
      this.#finish({ type: 'died', reason })
      events.onEnd(reason)
    })
  }

  get ended(): boolean {
    return this.#ended
  }

  /** Waits for one of `types`; `timeoutMs` without an answer counts as a death and ends the thread. */
  ask(message: ToWorker | undefined, types: readonly FromWorker['type'][], timeoutMs: number): Promise<WorkerReply> {
    if (this.#ended) return Promise.resolve({ type: 'died', reason: 'the worker has ended' })
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.#giveUp(timeoutMs), timeoutMs)
      this.#waiting = { types: new Set(types), resolve, timer }
      if (message !== undefined) this.#thread.postMessage(message)
    })
  }

  async stop(): Promise<void> {
    await this.#thread.terminate()
  }

  #giveUp(timeoutMs: number): void {
    this.#failure = `it did not answer for ${timeoutMs} ms`
    this.#finish({ type: 'died', reason: this.#failure })
    void this.#thread.terminate()
  }

  #settle(message: FromWorker): void {
    if (this.#waiting?.types.has(message.type) === true) this.#finish(message)
  }

  #finish(reply: WorkerReply): void {
    const waiting = this.#waiting
    if (waiting === undefined) return
    this.#waiting = undefined
    clearTimeout(waiting.timer)
    waiting.resolve(reply)
  }
}
