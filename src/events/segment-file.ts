import { close, ftruncate, ftruncateSync, open, openSync, write, writeSync } from 'node:fs'
import { rename, unlink } from 'node:fs/promises'
import { promisify } from 'node:util'

const openFile = promisify(open)
const writeFile = promisify(write)
const truncateFile = promisify(ftruncate)
const closeFile = promisify(close)

const MODE = 0o600

/**
 * One segment while it is written. Rows can be written at once, or without blocking the thread; a write that fails leaves
 * whole rows only.
 */
export class SegmentFile {
  readonly #path: string
  readonly #handle: number
  #sizeBytes = 0

  private constructor(path: string, handle: number) {
    this.#path = path
    this.#handle = handle
  }

  static async open(path: string): Promise<SegmentFile> {
    return new SegmentFile(path, await openFile(path, 'wx', MODE))
  }

  static openSync(path: string): SegmentFile {
    return new SegmentFile(path, openSync(path, 'wx', MODE))
  }

  get sizeBytes(): number {
    return this.#sizeBytes
  }

  async append(bytes: Uint8Array): Promise<void> {
    try {
      for (let at = 0; at < bytes.length;) {
        const { bytesWritten } = await writeFile(this.#handle, bytes, at, bytes.length - at, this.#sizeBytes + at)
        at += bytesWritten
      }
    } catch (thrown) {
      // Half a row must not stand in front of the rows of the next attempt.
      await truncateFile(this.#handle, this.#sizeBytes)
      throw thrown
    }
    this.#sizeBytes += bytes.length
  }

  appendSync(bytes: Uint8Array): void {
    try {
      for (let at = 0; at < bytes.length;) {
        at += writeSync(this.#handle, bytes, at, bytes.length - at, this.#sizeBytes + at)
      }
    } catch (thrown) {
      ftruncateSync(this.#handle, this.#sizeBytes)
      throw thrown
    }
    this.#sizeBytes += bytes.length
  }

  /** Closes the file and gives it its final name; one whose first write failed holds nothing and is removed. */
  async handOver(finalPath: string): Promise<void> {
    await closeFile(this.#handle)
    await (this.#sizeBytes === 0 ? unlink(this.#path) : rename(this.#path, finalPath))
  }
}
