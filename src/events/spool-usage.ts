import { readdir, stat } from 'node:fs/promises'
import path from 'node:path'
import { parseSegmentFile } from './spool-segment.ts'

/** How much of its budget the spool holds: looked up in the directory now and then, and reckoned on in between. */
export class SpoolUsage {
  readonly directory: string
  readonly budgetBytes: number
  #bytes = 0
  #segments = 0
  #refreshing = false

  constructor(directory: string, budgetBytes: number) {
    this.directory = directory
    this.budgetBytes = budgetBytes
  }

  get bytes(): number {
    return this.#bytes
  }

  /** Segments that wait for the store: many when it is behind. */
  get segments(): number {
    return this.#segments
  }

  /** 1 and more: full. */
  get fill(): number {
    return this.#bytes / this.budgetBytes
  }

  /** Bytes that this thread wrote since. */
  add(bytes: number): void {
    this.#bytes += bytes
  }

  /** Looks at the directory. Segments that vanish meanwhile were read by the store. */
  async refresh(): Promise<void> {
    if (this.#refreshing) return
    this.#refreshing = true
    try {
      const names = (await readdir(this.directory)).filter((name) => parseSegmentFile(name) !== undefined)
      let bytes = 0
      for (const name of names) {
        const found = await stat(path.join(this.directory, name)).catch(() => undefined)
        bytes += found?.size ?? 0
      }
      this.#bytes = bytes
      this.#segments = names.length
    } catch {
      // The directory cannot be read: what is known stays, and the writer reports why it cannot write.
    } finally {
      this.#refreshing = false
    }
  }
}
