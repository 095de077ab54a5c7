import { open, readdir, stat } from 'node:fs/promises'
import path from 'node:path'
import { type EventKind, parseSegmentFile, parseSegmentHeader } from '#events'
import type { SegmentColumn } from './segment-sql.ts'

/** A segment that waits to be stored. */
export interface Segment {
  readonly file: string
  readonly path: string
  readonly kind: EventKind
  readonly sizeBytes: number
  /** Undefined when its first line is no header that is known: nothing of it can be read. */
  readonly columns: readonly SegmentColumn[] | undefined
  /** Header line: segments of the same one can be read together. */
  readonly header: string
}

/** Bytes and files that one transaction takes at most: what is visible at once, and what is done again after a crash. */
const BATCH_BYTES = 128 * 1024 * 1024
const BATCH_FILES = 64
const HEADER_LIMIT = 16_384

/** The segments of a spool that are ready, as the store sees them. */
export class SpoolQueue {
  readonly directory: string
  readonly #firstSeenMs = new Map<string, number>()
  #bytes = 0

  constructor(directory: string) {
    this.directory = directory
  }

  get segments(): number {
    return this.#firstSeenMs.size
  }

  get bytes(): number {
    return this.#bytes
  }

  /** How long the oldest segment has been waiting. */
  get lagMs(): number {
    let oldest = Infinity
    for (const seenMs of this.#firstSeenMs.values()) oldest = Math.min(oldest, seenMs)
    return oldest === Infinity ? 0 : performance.now() - oldest
  }

  /** Names of the ready segments, in the order in which their writers made them. */
  async look(): Promise<readonly string[]> {
    const names = (await readdir(this.directory))
      .map((file) => ({ file, segment: parseSegmentFile(file) }))
      .filter(({ segment }) => segment?.state === 'ready')
      .sort((one, other) => (one.segment?.sequence ?? 0) - (other.segment?.sequence ?? 0))
      .map(({ file }) => file)
    const present = new Set(names)
    for (const file of this.#firstSeenMs.keys()) if (!present.has(file)) this.#firstSeenMs.delete(file)
    for (const file of names) if (!this.#firstSeenMs.has(file)) this.#firstSeenMs.set(file, performance.now())
    if (names.length === 0) this.#bytes = 0
    return names
  }

  /** Makes deletions last through a power cut. */
  async sync(): Promise<void> {
    const directory = await open(this.directory, 'r')
    try {
      await directory.sync()
    } finally {
      await directory.close()
    }
  }

  /** The next segments of one kind and header out of `names`, as many as one transaction takes. */
  async batch(names: readonly string[]): Promise<readonly Segment[]> {
    const batch: Segment[] = []
    let bytes = 0
    for (const file of names) {
      const segment = await this.#inspect(file)
      const first = batch.at(0) ?? segment
      if (segment.kind !== first.kind || segment.header !== first.header) continue
      if (batch.length > 0 && bytes + segment.sizeBytes > BATCH_BYTES) break
      batch.push(segment)
      bytes += segment.sizeBytes
      if (batch.length === BATCH_FILES) break
    }
    this.#bytes = bytes
    return batch
  }

  async #inspect(file: string): Promise<Segment> {
    const where = path.join(this.directory, file)
    const header = await firstLine(where)
    return {
      file,
      path: where,
      kind: parseSegmentFile(file)?.kind ?? 'http',
      sizeBytes: (await stat(where)).size,
      columns: header === undefined ? undefined : parseSegmentHeader(header),
      header: header ?? '',
    }
  }
}

async function firstLine(file: string): Promise<string | undefined> {
  const handle = await open(file, 'r')
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(HEADER_LIMIT), 0, HEADER_LIMIT, 0)
    const end = buffer.subarray(0, bytesRead).indexOf(0x0a)
    return end < 0 ? undefined : buffer.toString('utf8', 0, end)
  } finally {
    await handle.close()
  }
}
