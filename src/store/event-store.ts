import { MessageChannel, type MessagePort, Worker } from 'node:worker_threads'
import { isWriterOfThisThread, isWriterOfWorker, recoverSpool, type RedactionNames } from '#events'
import { Dialogue } from './dialogue.ts'
import type { StoreRequest, StoreResponse } from './messages.ts'
import type { Answers, Plan } from './plan.ts'

export interface EventStoreOptions extends RedactionNames {
  /** Directory of the database files. Created when missing. */
  readonly directory: string
  readonly spoolDirectory: string
  readonly retentionSeconds: number
  readonly retentionBytes: number
  readonly memoryLimitBytes: number
}

export interface StoreStatus {
  /** Rows in all files, of all kinds. */
  readonly rows: number
  readonly files: number
  readonly bytes: number
  /** Segments and bytes that wait in the spool, and the age of the oldest of them. */
  readonly spoolSegments: number
  readonly spoolBytes: number
  readonly lagMs: number
  /** Rows that could not be read and were left out, since the start. */
  readonly rejected: number
  readonly ingested: number
  readonly lastError: string | undefined
}

/** The event store of one machine, as the main thread sees it. DuckDB runs in a worker thread of its own. */
export class EventStore {
  readonly #worker: Worker
  readonly #spoolDirectory: string
  readonly #dialogue: Dialogue
  readonly #exited: Promise<void>
  #closing: Promise<void> | undefined

  private constructor(options: EventStoreOptions) {
    this.#spoolDirectory = options.spoolDirectory
    this.#worker = new Worker(new URL('./store-worker.ts', import.meta.url), { workerData: options })
    this.#dialogue = new Dialogue((request) => this.#worker.postMessage(request))
    this.#worker.on('message', (response: StoreResponse) => this.#dialogue.take(response))
    this.#worker.on('error', (error) => this.#dialogue.fail(error))
    this.#exited = new Promise((resolve) => {
      this.#worker.once('exit', () => {
        this.#dialogue.fail(new Error('the thread of the event store ended'))
        resolve()
      })
    })
  }

  /**
   * Opens the store and takes over the segments that dead writers left in the spool: call it before the first data worker
   * starts. Throws TidegateError ERR_STORE_FAILED when the directory or a file cannot be used.
   */
  static async open(options: EventStoreOptions): Promise<EventStore> {
    await recoverSpool(options.spoolDirectory, (writer) => !isWriterOfThisThread(writer))
    const store = new EventStore(options)
    try {
      await store.#dialogue.expect(OPENED)
    } catch (thrown) {
      await store.#worker.terminate()
      throw thrown
    }
    return store
  }

  /** Takes over what a data worker that died left in the spool. */
  async recoverWorker(threadId: number): Promise<void> {
    await recoverSpool(this.#spoolDirectory, (writer) => isWriterOfWorker(writer, threadId))
  }

  /**
   * Answers a question. Throws TidegateError: ERR_QUERY_INVALID when the filter or field cannot be asked of the store,
   * ERR_STORE_FAILED (retry) when the time is up or the engine fails.
   */
  async query<Name extends Plan['plan']>(plan: Extract<Plan, { plan: Name }>): Promise<Answers[Name]> {
    return (await this.#dialogue.ask((id) => ({ id, type: 'query', plan }))) as Answers[Name]
  }

  async status(): Promise<StoreStatus> {
    return (await this.#dialogue.ask((id) => ({ id, type: 'status' }))) as StoreStatus
  }

  /** A port for another thread, which asks with a `StoreLine` over it until one of them closes it. */
  connect(): MessagePort {
    const { port1, port2 } = new MessageChannel()
    const request: StoreRequest = { id: CONNECTED, type: 'connect', port: port1 }
    this.#worker.postMessage(request, [port1])
    return port2
  }

  /** Stores the segments that are ready, and closes the files. Close the writers first. */
  async close(): Promise<void> {
    this.#closing ??= this.#dialogue.ask((id) => ({ id, type: 'close' })).then(() => this.#exited)
    await this.#closing
  }
}

/** The number of the message that says whether the store is open. */
const OPENED = 0
/** Of a message that nobody answers. */
const CONNECTED = -1
