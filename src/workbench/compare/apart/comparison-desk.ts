import { TidegateError } from '#kernel'
import type { EventStore } from '#store'
import type { CompareReport } from '../report.ts'
import { compareApart } from './compare-apart.ts'
import type { CompareTask } from './compare-messages.ts'

/** Comparisons that may wait while one runs: each takes seconds, and whoever asks has a timeout. */
const WAITING = 4

/** Compares events of the log for many who ask, one comparison after the other, so that it never takes more than one core. */
export class ComparisonDesk {
  readonly #store: Pick<EventStore, 'connect'>
  #turns: Promise<unknown> = Promise.resolve()
  #present = 0

  constructor(store: Pick<EventStore, 'connect'>) {
    this.#store = store
  }

  /**
   * @param signal ends the comparison, also while it waits
   * @throws TidegateError ERR_BUSY when too many wait already; else as `compareApart`
   */
  async compare(task: CompareTask, signal?: AbortSignal): Promise<CompareReport> {
    if (this.#present > WAITING) {
      throw new TidegateError('ERR_BUSY', `${this.#present} comparisons are running or waiting`, {
        source: 'client',
        retry: true,
        remedy: 'Ask again in a few seconds.',
      })
    }
    this.#present++
    const before = this.#turns
    const mine = before.then(() => compareApart(task, { storePort: this.#connect(signal), signal }))
    this.#turns = mine.catch(() => {})
    // Who does not want the answer any more does not keep others out.
    const gone = Promise.withResolvers<never>()
    const leave = (): void => gone.reject(signal?.reason)
    signal?.addEventListener('abort', leave)
    try {
      return await Promise.race([mine, gone.promise])
    } finally {
      signal?.removeEventListener('abort', leave)
      this.#present--
    }
  }

  /** A line is opened only for a comparison that begins. */
  #connect(signal: AbortSignal | undefined): ReturnType<EventStore['connect']> {
    signal?.throwIfAborted()
    return this.#store.connect()
  }
}
