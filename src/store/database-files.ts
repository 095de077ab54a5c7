import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs'
import path from 'node:path'
import { COLUMNS, type EventKind } from '#events'
import { messageOf, wallClockMicros } from '#kernel'
import { databaseAlias, databaseFile, type DatabaseFileName, parseDatabaseFile } from './database-file.ts'
import type { Engine } from './engine.ts'
import { tableColumnsSql } from './segment-sql.ts'
import { identifier, literal } from './sql-text.ts'

/** An attached file and what is known of its contents without asking it. */
export interface AttachedFile {
  readonly name: DatabaseFileName
  readonly path: string
  /** `alias.events`. */
  readonly table: string
  /** Types of its columns by name: a file of an older version lacks some. */
  readonly columns: ReadonlyMap<string, string>
  rows: number
  /** Undefined while it is empty. */
  firstMicros: number | undefined
  lastMicros: number | undefined
}

/** A budget is kept by deleting whole files, so one file may hold this part of it. */
const FILES_PER_BUDGET = 8

/** What the engine says of a file that is no whole database: one that was killed while it was being made ends too early. */
const DAMAGE = /corrupt|not a valid DuckDB|checksum|serializ|storage version|could not read enough bytes/i

/** The database files of a directory, attached to one engine. */
export class DatabaseFiles {
  readonly #engine: Engine
  readonly #directory: string
  readonly #fileBytesLimit: number
  readonly #files: AttachedFile[] = []
  readonly faults: string[] = []

  constructor(engine: Engine, directory: string, retentionBytes: number) {
    this.#engine = engine
    this.#directory = directory
    this.#fileBytesLimit = retentionBytes / FILES_PER_BUDGET
  }

  /** Attaches what is there. A file that cannot be opened is put aside under another name, and `faults` says so. */
  async attachAll(): Promise<void> {
    mkdirSync(this.#directory, { recursive: true, mode: 0o700 })
    const names = readdirSync(this.#directory)
      .map(parseDatabaseFile)
      .filter((name) => name !== undefined)
      .sort((one, other) => one.sequence - other.sequence)
    for (const name of names) {
      try {
        await this.#attach(name)
      } catch (thrown) {
        const from = this.#path(name)
        if (!DAMAGE.test(messageOf(thrown))) throw thrown
        renameSync(from, `${from}.damaged`)
        if (existsSync(`${from}.wal`)) renameSync(`${from}.wal`, `${from}.wal.damaged`)
        this.faults.push(`${from} is damaged and was put aside: ${messageOf(thrown)}`)
      }
    }
  }

  /** Files of a kind, oldest first. */
  of(kind: EventKind): readonly AttachedFile[] {
    return this.#files.filter((file) => file.name.kind === kind)
  }

  get all(): readonly AttachedFile[] {
    return this.#files
  }

  bytes(): number {
    return this.#files.reduce((sum, file) => sum + fileBytes(file.path), 0)
  }

  /** The file that takes new events: the newest one, or a new one when a day began, it is full, or it has other columns. */
  async current(kind: EventKind): Promise<AttachedFile> {
    const newest = this.of(kind).at(-1)
    const today = new Date(wallClockMicros() / 1000).toISOString().slice(0, 10)
    if (
      newest !== undefined &&
      // A clock that was set back must not make a file for every jump.
      today <= newest.name.day &&
      fileBytes(newest.path) < this.#fileBytesLimit &&
      hasColumnsOf(newest, kind)
    ) {
      return newest
    }
    if (newest !== undefined) await this.#engine.write(`CHECKPOINT ${identifier(databaseAlias(newest.name))}`)
    return this.#create({ kind, day: today, sequence: (newest?.name.sequence ?? 0) + 1 })
  }

  /** What a full disk leaves of a file that was just being made has no rows, and would stand in the way of the next try. */
  async #create(name: DatabaseFileName): Promise<AttachedFile> {
    try {
      return await this.#attach(name)
    } catch (thrown) {
      await this.#engine.write(`DETACH DATABASE IF EXISTS ${identifier(databaseAlias(name))}`)
      removeFile(this.#path(name))
      throw thrown
    }
  }

  /** Detaches and deletes. No query may be using the file. */
  async delete(file: AttachedFile): Promise<void> {
    this.#files.splice(this.#files.indexOf(file), 1)
    await this.#engine.write(`DETACH ${identifier(databaseAlias(file.name))}`)
    removeFile(file.path)
  }

  async #attach(name: DatabaseFileName): Promise<AttachedFile> {
    const file = this.#path(name)
    const alias = identifier(databaseAlias(name))
    await this.#engine.write(`ATTACH ${literal(file)} AS ${alias}`)
    await this.#engine.write(`CREATE TABLE IF NOT EXISTS ${alias}.events (${tableColumnsSql(name.kind)})`)
    await this.#engine.write(`CREATE TABLE IF NOT EXISTS ${alias}.ingested (segment VARCHAR)`)
    const columns = await this.#engine.read(
      `SELECT column_name, data_type FROM duckdb_columns()
       WHERE database_name = ${literal(databaseAlias(name))} AND table_name = 'events'`,
    )
    const attached: AttachedFile = {
      name,
      path: file,
      table: `${alias}.events`,
      columns: new Map(columns.map(([column, type]) => [String(column), String(type)])),
      rows: 0,
      firstMicros: undefined,
      lastMicros: undefined,
    }
    await this.measure(attached)
    this.#files.push(attached)
    return attached
  }

  /** Brings number and times of the rows up to date. Rows are only ever appended, so only the new ones are looked at. */
  async measure(file: AttachedFile): Promise<void> {
    const [row] = await this.#engine.read(
      `SELECT count(*), min(time), max(time) FROM ${file.table} WHERE rowid >= ${file.rows}`,
    )
    if (row[1] === null) return
    file.rows += Number(row[0])
    file.firstMicros = Math.min(file.firstMicros ?? Infinity, Number(row[1]))
    file.lastMicros = Math.max(file.lastMicros ?? -Infinity, Number(row[2]))
  }

  #path(name: DatabaseFileName): string {
    return path.join(this.#directory, databaseFile(name))
  }
}

function hasColumnsOf(file: AttachedFile, kind: EventKind): boolean {
  return COLUMNS[kind].every((column) => file.columns.get(column.name) === column.type)
}

function removeFile(file: string): void {
  rmSync(file, { force: true })
  rmSync(`${file}.wal`, { force: true })
}

function fileBytes(file: string): number {
  return sizeOf(file) + sizeOf(`${file}.wal`)
}

function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0
}
