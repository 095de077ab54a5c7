import { mkdirSync } from 'node:fs'
import { type FileHandle, open, rename, unlink } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { messageOf } from '#kernel'
import type { EventKind } from './event.ts'
import { segmentFile, segmentHeader } from './spool-segment.ts'
import { RowBuffer } from './row-buffer.ts'
import type { SpoolUsage } from './spool-usage.ts'

export interface SpoolWriterOptions {
  readonly kind: EventKind
  /** Unique among all writers that ever lived in this spool: lower-case letters, digits, underscore. */
  readonly writer: string
  readonly usage: SpoolUsage
}

const SEGMENT_BYTES = 4 * 1024 * 1024
/** A segment is handed over this long after its first row. */
const SEGMENT_AGE_MS = 400
/** The same while the store is behind, so that it does not drown in small files. */
const LAGGING_SEGMENT_AGE_MS = 10_000
const LAGGING_SEGMENTS = 100
/**
 * Writes are spread so that a busy worker makes about one a `GROUP_MS`: rows that arrive meanwhile share it. A worker with
 * little to write may be ahead by some writes, so that its rows wait for nothing.
 */
const GROUP_MS = 3
const GROUPS_AHEAD = 8
const RETRY_MS = 500

/**
 * Appends rows to segment files. `append` never blocks and never fails: rows are written a few milliseconds later at
 * most, by one write at a time. A write that fails (disk full) is tried again until it succeeds; meanwhile rows are kept
 * up to a bound, then refused.
 */
export class SpoolWriter {
  readonly #options: SpoolWriterOptions
  readonly #header: Buffer
  readonly #startDraining = (): void => void this.#drain()
  #pending = new RowBuffer()
  #writing = new RowBuffer()
  #nextWriteMs = 0
  #draining = false
  #closed = false
  #sequence = 0
  #file: FileHandle | undefined
  #fileBytes = 0
  #rotation: NodeJS.Timeout | undefined
  #rotationDue = false
  #fault: string | undefined
  #idle: (() => void) | undefined
  #writtenBytes = 0

  /** Creates the directory when it is missing. */
  constructor(options: SpoolWriterOptions) {
    this.#options = options
    this.#header = Buffer.from(segmentHeader(options.kind), 'utf8')
    mkdirSync(options.usage.directory, { recursive: true, mode: 0o700 })
  }

  /** Why rows cannot be written at the moment; undefined when all is well. */
  get fault(): string | undefined {
    return this.#fault
  }

  get writtenBytes(): number {
    return this.#writtenBytes
  }

  /** Takes a whole row with its line end. False: refused, because too much waits already or the writer is closed. */
  append(row: string): boolean {
    if (this.#closed || !this.#pending.append(row)) return false
    this.#wake()
    return true
  }

  /** Writes what is pending (tries once when the disk is at fault) and hands the last segment to the store. */
  async close(): Promise<void> {
    this.#closed = true
    this.#wake()
    await new Promise<void>((resolve) => {
      this.#idle = resolve
    })
  }

  #wake(): void {
    if (this.#draining) return
    this.#draining = true
    setImmediate(this.#startDraining)
  }

  async #drain(): Promise<void> {
    while (!this.#pending.empty || this.#mustRotate()) {
      const retryMs = await this.#step()
      if (this.#closed && this.#fault !== undefined) break
      if (retryMs > 0 && !this.#closed) await sleep(retryMs)
    }
    this.#draining = false
    if (this.#closed) this.#idle?.()
  }

  /** A closed writer hands over its segment when nothing is left to write into it. */
  #mustRotate(): boolean {
    return this.#rotationDue || (this.#closed && this.#pending.empty && this.#file !== undefined)
  }

  /** One write or one rotation; returns how long to wait before the next. */
  async #step(): Promise<number> {
    try {
      if (!this.#pending.empty) await this.#writePending()
      if (this.#mustRotate()) await this.#rotate()
      this.#fault = undefined
      return this.#pauseMs()
    } catch (thrown) {
      this.#fault = messageOf(thrown)
      await this.#abandonSegment()
      return RETRY_MS
    }
  }

  async #writePending(): Promise<void> {
    // Opened before rows are taken, so that a failure to open leaves them where they are.
    const file = this.#file ?? (await this.#openSegment())
    const rows = this.#pending
    this.#pending = this.#writing
    this.#writing = rows
    try {
      await this.#write(file, this.#fileBytes === 0 ? Buffer.concat([this.#header, rows.bytes]) : rows.bytes)
    } catch (thrown) {
      // The rows come before those that arrived meanwhile.
      rows.take(this.#pending)
      this.#writing = this.#pending
      this.#pending = rows
      // Half a row must not stand in front of the rows of the next attempt.
      await file.truncate(this.#fileBytes)
      throw thrown
    }
    rows.clear()
  }

  async #write(file: FileHandle, bytes: Buffer): Promise<void> {
    let written = 0
    while (written < bytes.length) {
      const result = await file.write(bytes, written, bytes.length - written, this.#fileBytes + written)
      written += result.bytesWritten
    }
    this.#fileBytes += bytes.length
    this.#writtenBytes += bytes.length
    this.#options.usage.add(bytes.length)
    if (this.#fileBytes >= SEGMENT_BYTES) this.#rotationDue = true
  }

  #pauseMs(): number {
    const nowMs = performance.now()
    this.#nextWriteMs = Math.max(this.#nextWriteMs, nowMs - GROUP_MS * GROUPS_AHEAD) + GROUP_MS
    return Math.max(0, this.#nextWriteMs - nowMs)
  }

  async #openSegment(): Promise<FileHandle> {
    this.#file = await open(this.#path('open'), 'wx', 0o600)
    this.#fileBytes = 0
    const ageMs = this.#options.usage.segments > LAGGING_SEGMENTS ? LAGGING_SEGMENT_AGE_MS : SEGMENT_AGE_MS
    this.#rotation = setTimeout(() => {
      this.#rotationDue = true
      this.#wake()
    }, ageMs)
    return this.#file
  }

  async #rotate(): Promise<void> {
    this.#rotationDue = false
    clearTimeout(this.#rotation)
    const file = this.#file
    if (file === undefined) return
    const from = this.#path('open')
    this.#file = undefined
    await file.close()
    // A segment whose first write failed holds nothing.
    await (this.#fileBytes === 0 ? unlink(from) : rename(from, this.#path('ready')))
    this.#sequence++
  }

  /** After a failed write the file cannot be trusted to take more: the store gets it as it is, the next attempt opens another. */
  async #abandonSegment(): Promise<void> {
    try {
      await this.#rotate()
    } catch {
      // What is left behind as `open` is recovered at the next start.
      this.#sequence++
    }
  }

  #path(state: 'open' | 'ready'): string {
    const { kind, writer, usage } = this.#options
    return path.join(usage.directory, segmentFile({ kind, writer, sequence: this.#sequence, state }))
  }
}
