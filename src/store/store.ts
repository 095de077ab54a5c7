import { mkdirSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { EVENT_KINDS, RedactionTable } from '#events'
import { messageOf, wallClockMicros } from '#kernel'
import { type AttachedFile, DatabaseFiles } from './database-files.ts'
import { Engine } from './engine.ts'
import type { EventStoreOptions, StoreStatus } from './event-store.ts'
import { Ingest } from './ingest.ts'
import type { Answers, Plan } from './plan.ts'
import { Queries } from './queries.ts'
import { SpoolQueue } from './spool-queue.ts'

const POLL_MS = 100
const RETRY_MS = 1000
/** Without a new segment for this long, the write-ahead log is moved into the file. */
const QUIET_MS = 3000
const RETENTION_MS = 10_000

/** Everything that belongs to one opened engine. After a fault that the engine does not survive it is made anew. */
interface Opened {
  readonly engine: Engine
  readonly files: DatabaseFiles
  readonly ingest: Ingest
  readonly queries: Queries
}

/** The event store inside its thread: stores what the spool brings, forgets what is too old, answers questions. */
export class Store {
  readonly #options: EventStoreOptions
  readonly #queue: SpoolQueue
  readonly #redactions: RedactionTable
  readonly #loop: Promise<void>
  readonly #stop = new AbortController()
  #opened: Opened
  #lastError: string | undefined
  #storedBefore = 0
  #rejectedBefore = 0
  #unsettled = true
  #lastStepMs = performance.now()
  #lastRetentionMs = -RETENTION_MS
  #asking = 0
  #noneAsks: (() => void) | undefined
  #maintenance: Promise<void> = Promise.resolve()

  private constructor(options: EventStoreOptions, opened: Opened, queue: SpoolQueue, redactions: RedactionTable) {
    this.#options = options
    this.#opened = opened
    this.#queue = queue
    this.#redactions = redactions
    this.#loop = this.#run()
  }

  static async open(options: EventStoreOptions): Promise<Store> {
    mkdirSync(options.spoolDirectory, { recursive: true, mode: 0o700 })
    const queue = new SpoolQueue(options.spoolDirectory)
    const redactions = new RedactionTable(options)
    return new Store(options, await openAll(options, queue, redactions), queue, redactions)
  }

  async query(plan: Plan): Promise<Answers[Plan['plan']]> {
    await this.#maintenance
    this.#asking++
    try {
      return await this.#opened.queries.answer(plan)
    } finally {
      this.#asking--
      if (this.#asking === 0) this.#noneAsks?.()
    }
  }

  status(): StoreStatus {
    const { files, ingest } = this.#opened
    return {
      rows: files.all.reduce((sum, file) => sum + file.rows, 0),
      files: files.all.length,
      bytes: files.bytes(),
      spoolSegments: this.#queue.segments,
      spoolBytes: this.#queue.bytes,
      lagMs: this.#queue.lagMs,
      ingested: this.#storedBefore + ingest.storedRows,
      rejected: this.#rejectedBefore + ingest.rejectedRows,
      lastError: this.#lastError ?? ingest.lastRejection ?? files.faults.at(-1),
    }
  }

  /** Stores what is ready, then closes. Segments that are still open wait for the next start. */
  async close(): Promise<void> {
    this.#stop.abort()
    await this.#loop
    if (this.#lastError === undefined) await this.#finish()
    this.#opened.engine.close()
  }

  async #finish(): Promise<void> {
    try {
      while ((await this.#opened.ingest.step()) > 0);
      await this.#opened.ingest.settle()
    } catch (thrown) {
      // What could not be stored stays in the spool for the next start.
      this.#lastError = messageOf(thrown)
    }
  }

  async #run(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      let pauseMs: number
      try {
        pauseMs = await this.#turn()
        this.#lastError = undefined
      } catch (thrown) {
        this.#lastError = messageOf(thrown)
        pauseMs = RETRY_MS
        if (/FATAL|invalidated/i.test(this.#lastError)) await this.#reopen()
      }
      if (pauseMs > 0) await sleep(pauseMs, undefined, { signal: this.#stop.signal }).catch(() => undefined)
    }
  }

  /** One batch, or maintenance when there is none; returns how long to wait. */
  async #turn(): Promise<number> {
    const { ingest } = this.#opened
    const nowMs = performance.now()
    if (nowMs - this.#lastRetentionMs >= RETENTION_MS) {
      this.#lastRetentionMs = nowMs
      await this.#forget()
    }
    if ((await ingest.step()) > 0) {
      this.#lastStepMs = performance.now()
      this.#unsettled = true
      return 0
    }
    if (this.#unsettled && nowMs - this.#lastStepMs >= QUIET_MS) {
      await ingest.settle()
      this.#unsettled = false
    }
    return POLL_MS
  }

  /** Deletes whole files: those with nothing young enough in them, then the oldest until the rest fits. */
  async #forget(): Promise<void> {
    const { files } = this.#opened
    const current = new Set(EVENT_KINDS.map((kind) => files.of(kind).at(-1)))
    // Reckoned from the start of the process, so that a clock set forward by mistake deletes nothing.
    const oldestMicros = wallClockMicros() - this.#options.retentionSeconds * 1_000_000
    const byAge = files.all
      .filter((file) => !current.has(file))
      .sort((one, other) => youngestMicros(one) - youngestMicros(other))
    const expired = byAge.filter((file) => youngestMicros(file) < oldestMicros)
    const rest = byAge.filter((file) => !expired.includes(file))
    await this.#delete(expired)
    while (rest.length > 0 && files.bytes() > this.#options.retentionBytes) await this.#delete(rest.splice(0, 1))
  }

  async #delete(doomed: readonly AttachedFile[]): Promise<void> {
    if (doomed.length === 0) return
    await this.#alone(async () => {
      for (const file of doomed) await this.#opened.files.delete(file)
    })
  }

  /** Runs `work` while no query is under way; queries that come meanwhile wait. */
  async #alone(work: () => Promise<void>): Promise<void> {
    const done = Promise.withResolvers<void>()
    this.#maintenance = done.promise
    try {
      if (this.#asking > 0) {
        await new Promise<void>((resolve) => {
          this.#noneAsks = resolve
        })
      }
      await work()
    } finally {
      this.#noneAsks = undefined
      done.resolve()
    }
  }

  async #reopen(): Promise<void> {
    await this.#alone(async () => {
      try {
        const { engine, ingest } = this.#opened
        engine.close()
        this.#storedBefore += ingest.storedRows
        this.#rejectedBefore += ingest.rejectedRows
        this.#opened = await openAll(this.#options, this.#queue, this.#redactions)
      } catch (thrown) {
        this.#lastError = messageOf(thrown)
      }
    })
  }
}

const DAY_MICROS = 86_400_000_000

/** The time of a file's youngest event. None is younger than the day of storing, whatever a clock that was wrong wrote. */
function youngestMicros(file: AttachedFile): number {
  return Math.min(file.lastMicros ?? 0, Date.parse(file.name.day) * 1000 + DAY_MICROS)
}

async function openAll(options: EventStoreOptions, queue: SpoolQueue, redactions: RedactionTable): Promise<Opened> {
  const engine = await Engine.open({
    temporaryDirectory: path.join(options.directory, 'temporary'),
    memoryLimitBytes: options.memoryLimitBytes,
  })
  const files = new DatabaseFiles(engine, options.directory, options.retentionBytes)
  await files.attachAll()
  const ingest = new Ingest(engine, files, queue)
  await ingest.begin()
  return { engine, files, ingest, queries: new Queries(engine, files, redactions) }
}
