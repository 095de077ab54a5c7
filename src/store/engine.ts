import { mkdirSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import path from 'node:path'
import { type DuckDBConnection, DuckDBInstance, type DuckDBValue } from '@duckdb/node-api'
import { messageOf, TidegateError } from '#kernel'
import { literal } from './sql-text.ts'

export interface EngineOptions {
  /** Where intermediate results go that do not fit into memory. */
  readonly temporaryDirectory: string
  readonly memoryLimitBytes: number
}

/** Queries that run at once. Each holds a thread of the pool that also writes files for the whole process. */
const CONCURRENT_QUERIES = 2
const WAITING_QUERIES = 100

/** Asks one question of a conversation. */
export type Ask = (sql: string, parameters?: readonly string[]) => Promise<Record<string, DuckDBValue>[]>

/** One DuckDB instance without a database of its own: files are attached to it. One connection writes, others ask. */
export class Engine {
  readonly #instance: DuckDBInstance
  readonly #writer: DuckDBConnection
  readonly #waiting: (() => void)[] = []
  #running = 0

  private constructor(instance: DuckDBInstance, writer: DuckDBConnection) {
    this.#instance = instance
    this.#writer = writer
  }

  static async open(options: EngineOptions): Promise<Engine> {
    mkdirSync(options.temporaryDirectory, { recursive: true, mode: 0o700 })
    const instance = await DuckDBInstance.create(':memory:', {
      // Half of the cores at most: traffic comes first.
      threads: String(Math.max(1, Math.min(4, Math.floor(availableParallelism() / 2)))),
      memory_limit: `${Math.ceil(options.memoryLimitBytes / 2 ** 20)}MiB`,
      temp_directory: path.resolve(options.temporaryDirectory),
      preserve_insertion_order: 'false',
      // Each checkpoint writes the newest rows again: rarely is cheaper, and this much is replayed in a second or two.
      checkpoint_threshold: '128MB',
      // Nothing is ever fetched from the network.
      autoinstall_known_extensions: 'false',
      autoload_known_extensions: 'false',
    })
    return new Engine(instance, await instance.connect())
  }

  /** Runs a statement on the writing connection; returns the number of rows that it changed. */
  async write(sql: string): Promise<number> {
    return (await this.#writer.run(sql)).rowsChanged
  }

  /** Rows of a short statement of ours, on the writing connection. */
  async read(sql: string): Promise<DuckDBValue[][]> {
    return (await this.#writer.runAndReadAll(sql)).getRows()
  }

  /**
   * Answers a question on a connection of its own. After `timeoutMs` (waiting included) it is interrupted and fails with
   * ERR_STORE_FAILED.
   */
  async ask(sql: string, parameters: readonly string[], timeoutMs: number): Promise<Record<string, DuckDBValue>[]> {
    return this.converse(timeoutMs, (ask) => ask(sql, parameters))
  }

  /** Several questions on one connection, which keeps temporary tables for them; they fail as those of `ask`. */
  async converse<Answer>(timeoutMs: number, talk: (ask: Ask) => Promise<Answer>): Promise<Answer> {
    const deadlineMs = performance.now() + timeoutMs
    await this.#enter()
    try {
      const connection = await this.#instance.connect()
      try {
        const remainingMs = (): number => Math.max(1, deadlineMs - performance.now())
        return await talk((sql, parameters = []) => askWithin(connection, sql, parameters, remainingMs(), timeoutMs))
      } finally {
        connection.closeSync()
      }
    } finally {
      this.#leave()
    }
  }

  close(): void {
    this.#writer.closeSync()
    this.#instance.closeSync()
  }

  async #enter(): Promise<void> {
    if (this.#running < CONCURRENT_QUERIES) {
      this.#running++
      return
    }
    if (this.#waiting.length >= WAITING_QUERIES) {
      throw new TidegateError('ERR_STORE_FAILED', 'too many queries wait for the event store', {
        source: 'client',
        retry: true,
        remedy: 'Ask again in a moment, or ask less at once.',
      })
    }
    // The one that leaves hands its place over.
    await new Promise<void>((resolve) => this.#waiting.push(resolve))
  }

  #leave(): void {
    const next = this.#waiting.shift()
    if (next === undefined) this.#running--
    else next()
  }
}

async function askWithin(
  connection: DuckDBConnection,
  sql: string,
  parameters: readonly string[],
  remainingMs: number,
  timeoutMs: number,
): Promise<Record<string, DuckDBValue>[]> {
  let late = false
  const timer = setTimeout(() => {
    late = true
    connection.interrupt()
  }, remainingMs)
  try {
    const reader = await connection.runAndReadAll(sql, [...parameters])
    return reader.getRowObjects()
  } catch (thrown) {
    if (late) {
      throw new TidegateError('ERR_STORE_FAILED', `the query was stopped after ${Math.round(timeoutMs)} ms`, {
        source: 'client',
        retry: true,
        remedy: 'Choose a shorter range of time or a filter that selects less.',
        cause: thrown,
      })
    }
    throw new TidegateError('ERR_STORE_FAILED', `the event store could not answer: ${messageOf(thrown)}`, {
      source: 'internal',
      retry: true,
      cause: thrown,
    })
  } finally {
    clearTimeout(timer)
  }
}

/** True when the text of a statement's error says that the data given to it was bad, not the machine. */
export function isDataFault(thrown: unknown): boolean {
  return /^(?:Invalid Input|Conversion|Out of Range|Invalid) Error/.test(messageOf(thrown))
}

/** Reads a literal list of paths. */
export function pathList(paths: readonly string[]): string {
  return `[${paths.map(literal).join(', ')}]`
}
