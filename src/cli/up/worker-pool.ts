import { setTimeout as sleep } from 'node:timers/promises'
import type { Action } from '#act'
import type { WafTables } from '#config'
import type { Policy } from '#decide'
import { monotonicMs, TidegateError } from '#kernel'
import type { WorkerStart } from '#points'
import { CounterLedger } from './counter-ledger.ts'
import { DataWorker, type WorkerAddress } from './data-worker.ts'

const ANSWER_TIMEOUT_MS = 30_000
const FIRST_BACKOFF_MS = 100
const LONGEST_BACKOFF_MS = 10_000
/** A worker that lived this long starts again at once. */
const STABLE_MS = 30_000

export interface WorkerDeath {
  readonly index: number
  readonly threadId: number
  readonly reason: string
  readonly restartInMs: number
}

export interface WorkerPoolOptions {
  readonly count: number
  readonly module: URL
  /** What a worker is born with: always the policy that runs. */
  start(index: number): WorkerStart
  onDeath(death: WorkerDeath): void
  onRestarted(index: number): void
}

/** The data workers of one point: starts them, keeps them alive, and changes all of them or none. */
export class WorkerPool {
  readonly counters = new CounterLedger()
  deaths = 0
  readonly #options: WorkerPoolOptions
  readonly #workers: (DataWorker | undefined)[]
  readonly #failures: number[]
  #stopping = false
  /** Births and changes of policy happen one after the other, so that no worker is born with a policy that is just replaced. */
  #turn: Promise<void> = Promise.resolve()

  constructor(options: WorkerPoolOptions) {
    this.#options = options
    this.#workers = Array.from({ length: options.count }, () => undefined)
    this.#failures = Array.from({ length: options.count }, () => 0)
  }

  get running(): number {
    return this.#workers.filter((worker) => worker !== undefined && !worker.ended).length
  }

  /** Starts all workers. @throws TidegateError ERR_LISTEN_FAILED with the message of the first that failed; none is left then */
  async start(): Promise<readonly WorkerAddress[]> {
    const births = await Promise.all(this.#workers.map((_, index) => this.#give(index)))
    const failure = births.find((birth) => birth.type === 'failed')
    if (failure !== undefined) {
      await this.stop()
      throw new TidegateError('ERR_LISTEN_FAILED', failure.message, { source: 'environment' })
    }
    const [first] = births
    return first?.type === 'ready' ? first.addresses : []
  }

  /**
   * Gives a policy, and another WAF unless it stays, to all workers: first each prepares it, then each commits it. `onCommitted` runs before any worker
   * that died meanwhile is born again.
   * @throws TidegateError ERR_POLICY_INVALID when a worker refuses; all then keep the policy that runs
   */
  changePolicy(policy: Policy<Action>, waf: WafTables | undefined, onCommitted: () => void): Promise<void> {
    return this.#inTurn(async () => {
      const prepared = await this.#askAll({ type: 'prepare-policy', policy, waf }, [
        'policy-prepared',
        'policy-refused',
      ])
      for (const reply of prepared) {
        if (reply.type === 'policy-refused') {
          throw new TidegateError('ERR_POLICY_INVALID', reply.message, { source: 'configuration' })
        }
      }
      onCommitted()
      await Promise.all(this.#alive.map((worker) => this.#commit(worker, policy.version)))
    })
  }

  /** Lets all workers read their certificates again. Returns the faults; faulty certificates leave those before in use. */
  reloadCertificates(): Promise<readonly string[]> {
    return this.#inTurn(async () => {
      const replies = await this.#askAll({ type: 'reload-certificates' }, ['certificates-reloaded'])
      return [...new Set(replies.flatMap((reply) => (reply.type === 'certificates-reloaded' ? reply.faults : [])))]
    })
  }

  /** Stops accepting, finishes what runs within `drainMs`, and ends all threads. */
  async drain(drainMs: number): Promise<void> {
    this.#stopping = true
    await this.#turn
    await this.#askAll({ type: 'drain' }, ['drained'], drainMs)
    await this.stop()
  }

  /** Ends all threads at once. */
  async stop(): Promise<void> {
    this.#stopping = true
    await Promise.all(this.#alive.map((worker) => worker.stop()))
  }

  #askAll(
    message: Parameters<DataWorker['ask']>[0],
    types: Parameters<DataWorker['ask']>[1],
    timeoutMs: number = ANSWER_TIMEOUT_MS,
  ): Promise<readonly Awaited<ReturnType<DataWorker['ask']>>[]> {
    return Promise.all(this.#alive.map((worker) => worker.ask(message, types, timeoutMs)))
  }

  get #alive(): readonly DataWorker[] {
    return this.#workers.filter((worker) => worker !== undefined)
  }

  /** A worker that prepared a policy and cannot commit it is replaced by one that is born with it. */
  async #commit(worker: DataWorker, version: string): Promise<void> {
    const types = ['policy-committed', 'policy-refused'] as const
    const reply = await worker.ask({ type: 'commit-policy', version }, types, ANSWER_TIMEOUT_MS)
    if (reply.type === 'policy-refused') await worker.stop()
  }

  async #give(
    index: number,
  ): Promise<
    | { readonly type: 'ready'; readonly addresses: readonly WorkerAddress[] }
    | { readonly type: 'failed'; readonly message: string }
  > {
    const bornAtMs = monotonicMs()
    let isReady = false
    const worker = new DataWorker(this.#options.module, this.#options.start(index), {
      onCounters: (counters) => this.counters.update(index, counters),
      onEnd: (reason) => {
        this.counters.retire(index)
        if (isReady && !this.#stopping)
          this.#revive({ index, threadId: worker.threadId, reason }, monotonicMs() - bornAtMs)
      },
    })
    this.#workers[index] = worker
    const reply = await worker.ask(undefined, ['ready', 'failed'], ANSWER_TIMEOUT_MS)
    if (reply.type === 'ready') {
      isReady = true
      return reply
    }
    const message = reply.type === 'failed' ? reply.message : `a data worker ended while it started: ${endOf(reply)}`
    await worker.stop()
    return { type: 'failed', message }
  }

  #revive(death: Omit<WorkerDeath, 'restartInMs'>, livedMs: number): void {
    const { index } = death
    this.deaths++
    if (livedMs > STABLE_MS) this.#failures[index] = 0
    const failures = this.#failures[index]++
    const waitMs = Math.min(LONGEST_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** failures)
    this.#options.onDeath({ ...death, restartInMs: waitMs })
    void this.#restartAfter(index, waitMs)
  }

  async #restartAfter(index: number, waitMs: number): Promise<void> {
    await sleep(waitMs, undefined, { ref: false })
    await this.#inTurn(async () => {
      if (this.#stopping) return
      const bornAtMs = monotonicMs()
      const birth = await this.#give(index)
      const threadId = this.#workers[index]?.threadId ?? 0
      if (birth.type === 'ready') this.#options.onRestarted(index)
      else if (!this.#stopping) this.#revive({ index, threadId, reason: birth.message }, monotonicMs() - bornAtMs)
    })
  }

  #inTurn<Result>(task: () => Promise<Result>): Promise<Result> {
    const result = this.#turn.then(task)
    this.#turn = result.then(
      () => {},
      () => {},
    )
    return result
  }
}

function endOf(reply: Awaited<ReturnType<DataWorker['ask']>>): string {
  return reply.type === 'died' ? reply.reason : reply.type
}
