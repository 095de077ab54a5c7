import { mkdir, readFile, rename, unlink } from 'node:fs/promises'
import path from 'node:path'
import { messageOf } from '#kernel'
import { countRows, EVENT_KINDS } from '#events'
import type { AttachedFile, DatabaseFiles } from './database-files.ts'
import { databaseAlias } from './database-file.ts'
import { type Engine, isDataFault } from './engine.ts'
import { insertSql } from './segment-sql.ts'
import type { Segment, SpoolQueue } from './spool-queue.ts'
import { identifier, literal } from './sql-text.ts'

/** A crash can only leave a segment whose rows went into one of the newest files. */
const FILES_TO_ASK = 2

/**
 * Moves segments into the database. The rows of a batch and the names of its segments are committed together, then the
 * segments are deleted: whenever the process is killed, each row is stored exactly once.
 */
export class Ingest {
  readonly #engine: Engine
  readonly #files: DatabaseFiles
  readonly #queue: SpoolQueue
  /** Segments whose rows are stored: to be deleted, never to be read again. */
  readonly #stored = new Set<string>()
  #rejectedRows = 0
  #storedRows = 0
  #lastRejection: string | undefined

  constructor(engine: Engine, files: DatabaseFiles, queue: SpoolQueue) {
    this.#engine = engine
    this.#files = files
    this.#queue = queue
  }

  get storedRows(): number {
    return this.#storedRows
  }

  get rejectedRows(): number {
    return this.#rejectedRows
  }

  get lastRejection(): string | undefined {
    return this.#lastRejection
  }

  /** Learns which segments were stored before a crash could delete them. */
  async begin(): Promise<void> {
    for (const kind of EVENT_KINDS) {
      for (const file of this.#files.of(kind).slice(-FILES_TO_ASK)) {
        const rows = await this.#engine.read(`SELECT segment FROM ${ingestedTable(file)}`)
        for (const [segment] of rows) this.#stored.add(String(segment))
      }
    }
  }

  /** Stores one batch; returns the number of segments that it dealt with. Throws when the machine is at fault. */
  async step(): Promise<number> {
    const names = await this.#queue.look()
    const known = names.filter((file) => this.#stored.has(file))
    for (const file of known) await unlink(path.join(this.#queue.directory, file))
    const batch = await this.#queue.batch(names.filter((file) => !this.#stored.has(file)))
    if (batch.length > 0) await this.#store(batch)
    return known.length + batch.length
  }

  /** Forgets the names of segments that are long deleted, and moves the write-ahead log into the files. */
  async settle(): Promise<void> {
    await this.#queue.sync()
    for (const kind of EVENT_KINDS) {
      const file = this.#files.of(kind).at(-1)
      if (file === undefined) continue
      await this.#engine.write(`DELETE FROM ${ingestedTable(file)}`)
      await this.#engine.write(`CHECKPOINT ${identifier(databaseAlias(file.name))}`)
    }
    this.#stored.clear()
  }

  async #store(batch: readonly Segment[]): Promise<void> {
    const [first] = batch
    if (first.columns === undefined) {
      for (const segment of batch) await this.#putAside(segment, 'its first line is not a known header')
      return
    }
    const file = await this.#files.current(first.kind)
    try {
      await this.#commit(file, batch, false)
    } catch (thrown) {
      if (!isDataFault(thrown)) throw thrown
      this.#lastRejection = messageOf(thrown)
      if (batch.length === 1) await this.#salvage(file, first)
      // One bad segment must not cost the others: each by itself.
      else for (const segment of batch) await this.#store([segment])
    }
  }

  /** Stores the rows of a damaged segment that can be read, and counts the others. */
  async #salvage(file: AttachedFile, segment: Segment): Promise<void> {
    const written = countRows(await readFile(segment.path)) - 1
    try {
      const stored = await this.#commit(file, [segment], true)
      this.#rejectedRows += Math.max(0, written - stored)
    } catch (thrown) {
      if (!isDataFault(thrown)) throw thrown
      this.#rejectedRows += written
      await this.#putAside(segment, messageOf(thrown))
    }
  }

  async #commit(file: AttachedFile, batch: readonly Segment[], tolerant: boolean): Promise<number> {
    const paths = batch.map((segment) => segment.path)
    const columns = batch[0].columns ?? []
    let stored: number
    await this.#engine.write('BEGIN')
    try {
      stored = await this.#engine.write(insertSql(file.name.kind, file.table, columns, paths, tolerant))
      const values = batch.map((segment) => `(${literal(segment.file)})`).join(', ')
      await this.#engine.write(`INSERT INTO ${ingestedTable(file)} VALUES ${values}`)
      await this.#engine.write('COMMIT')
    } catch (thrown) {
      await this.#rollback()
      throw thrown
    }
    for (const segment of batch) this.#stored.add(segment.file)
    this.#storedRows += stored
    for (const segmentPath of paths) await unlink(segmentPath)
    await this.#files.measure(file)
    return stored
  }

  async #rollback(): Promise<void> {
    try {
      await this.#engine.write('ROLLBACK')
    } catch {
      // A failed commit has ended the transaction already; the first error is the one that counts.
    }
  }

  /** Keeps what nobody could read for a person to look at, out of the way. */
  async #putAside(segment: Segment, why: string): Promise<void> {
    const directory = path.join(this.#queue.directory, 'rejected')
    await mkdir(directory, { recursive: true, mode: 0o700 })
    await rename(segment.path, path.join(directory, segment.file))
    this.#lastRejection = `${segment.file} was put aside: ${why}`
  }
}

function ingestedTable(file: AttachedFile): string {
  return `${identifier(databaseAlias(file.name))}.ingested`
}
