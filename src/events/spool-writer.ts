import { mkdirSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { messageOf } from '#kernel'
import type { EventKind } from './event.ts'
import { RowBuffer } from './row-buffer.ts'
import { SegmentFile } from './segment-file.ts'
import { segmentFile, segmentHeader } from './spool-segment.ts'
import type { SpoolUsage } from './spool-usage.ts'
import { WritePace } from './write-pace.ts'

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
const RETRY_MS = 500

/**
 * Appends rows to segment files. `append` never fails. While rows are few each is in the system's hands when `append`
 * returns, so that a kill loses nothing that was answered; while they are many they are written together a few
 * milliseconds later, by one write at a time and without blocking. A write that fails (disk full) is tried again until it
 * succeeds; meanwhile rows are kept up to a bound, then refused.
 */
export class SpoolWriter {
  readonly #options: SpoolWriterOptions
  readonly #header: Buffer
  readonly #startDraining = (): void => void this.#drain()
  readonly #pace = new WritePace()
  #pending = new RowBuffer()
  #writing = new RowBuffer()
  #draining = false
  /** Rows are on their way to the file: what comes now must come after them. */
  #appending = false
  #closed = false
  #sequence = 0
  #file: SegmentFile | undefined
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
    const calm = this.#pace.calm(performance.now())
    if (!calm || this.#appending || this.#fault !== undefined || !this.#writeAtOnce()) this.#wake()
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

  /**
   * Also while a segment is handed over, which takes as long as the disk wants. False when it failed: the rows are still
   * pending, and the next attempt says why.
   */
  #writeAtOnce(): boolean {
    try {
      const file = this.#file ?? this.#began(SegmentFile.openSync(this.#path('open')))
      const bytes = this.#bytesFor(file, this.#pending)
      file.appendSync(bytes)
      this.#wrote(bytes.length)
    } catch {
      return false
    }
    this.#pending.clear()
    if (this.#rotationDue) this.#wake()
    return true
  }

  #wake(): void {
    if (this.#draining) return
    this.#draining = true
    setImmediate(this.#startDraining)
  }

  async #drain(): Promise<void> {
    while (!this.#pending.empty || this.#mustRotate()) {
      const pauseMs = await this.#step()
      if (this.#closed && this.#fault !== undefined) break
      if (pauseMs > 0 && !this.#closed) await sleep(pauseMs)
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
      return this.#pace.pauseMs
    } catch (thrown) {
      this.#fault = messageOf(thrown)
      await this.#abandonSegment()
      return RETRY_MS
    }
  }

  async #writePending(): Promise<void> {
    this.#appending = true
    try {
      await this.#appendPending()
    } finally {
      this.#appending = false
    }
  }

  async #appendPending(): Promise<void> {
    // Opened before rows are taken, so that a failure to open leaves them where they are.
    const file = this.#file ?? this.#began(await SegmentFile.open(this.#path('open')))
    const rows = this.#pending
    this.#pending = this.#writing
    this.#writing = rows
    try {
      const bytes = this.#bytesFor(file, rows)
      await file.append(bytes)
      this.#wrote(bytes.length)
    } catch (thrown) {
      // The rows come before those that arrived meanwhile.
      rows.take(this.#pending)
      this.#writing = this.#pending
      this.#pending = rows
      throw thrown
    }
    rows.clear()
  }

  #bytesFor(file: SegmentFile, rows: RowBuffer): Buffer {
    return file.sizeBytes === 0 ? Buffer.concat([this.#header, rows.bytes]) : rows.bytes
  }

  #wrote(sizeBytes: number): void {
    this.#writtenBytes += sizeBytes
    this.#options.usage.add(sizeBytes)
    if (this.#file !== undefined && this.#file.sizeBytes >= SEGMENT_BYTES) this.#rotationDue = true
  }

  #began(file: SegmentFile): SegmentFile {
    this.#file = file
    const ageMs = this.#options.usage.segments > LAGGING_SEGMENTS ? LAGGING_SEGMENT_AGE_MS : SEGMENT_AGE_MS
    this.#rotation = setTimeout(() => {
      this.#rotationDue = true
      this.#wake()
    }, ageMs)
    return file
  }

  async #rotate(): Promise<void> {
    this.#rotationDue = false
    clearTimeout(this.#rotation)
    const file = this.#file
    if (file === undefined) return
    this.#file = undefined
    await file.handOver(this.#path('ready', this.#sequence++))
  }

  /** After a failed write the file cannot be trusted to take more: the store gets it as it is, the next attempt opens another. */
  async #abandonSegment(): Promise<void> {
    try {
      await this.#rotate()
    } catch {
      // What is left behind as `open` is recovered at the next start.
    }
  }

  #path(state: 'open' | 'ready', sequence: number = this.#sequence): string {
    const { kind, writer, usage } = this.#options
    return path.join(usage.directory, segmentFile({ kind, writer, sequence, state }))
  }
}
