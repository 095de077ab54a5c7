import { readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { mkdir, rename, writeFile } from 'node:fs/promises'
import path from 'node:path'
import type { FloodMemory, Mitigation } from '#detect'
import { messageOf } from '#kernel'
import { evidenceCapture } from './capture-file.ts'
import type { MitigationRecord } from './flood-log.ts'

const MEMORY_FILE = 'memory.json'
const RECORDS_FILE = 'mitigations.json'
const CAPTURE_END = '.pcapng'
const CAPTURES_MOST = 200
const CAPTURE_BYTES_MOST = 64 << 20
const MODE = 0o600

/**
 * What is kept of floods: what was learnt of usual traffic, the rules that were made, and a capture for each of them. Files are
 * written whole or not at all, one after the other; of captures the oldest go.
 */
export class FloodFiles {
  readonly #folder: string
  readonly #onFault: (message: string) => void
  readonly #waiting = new Map<string, () => string | Buffer>()
  #writing: Promise<void> | undefined

  constructor(folder: string, onFault: (message: string) => void) {
    this.#folder = folder
    this.#onFault = onFault
  }

  /** What was learnt before; undefined when nothing was, or it cannot be read. */
  readMemory(): FloodMemory | undefined {
    const memory = this.#read(MEMORY_FILE) as FloodMemory | undefined
    return memory?.version === 1 ? memory : undefined
  }

  readRecords(): readonly MitigationRecord[] {
    const records = this.#read(RECORDS_FILE)
    return Array.isArray(records) ? (records as MitigationRecord[]) : []
  }

  writeMemory(memory: FloodMemory): void {
    this.#write(MEMORY_FILE, () => JSON.stringify(memory))
  }

  writeRecords(records: () => readonly MitigationRecord[]): void {
    this.#write(RECORDS_FILE, () => JSON.stringify(records()))
  }

  /** Keeps the packets of the evidence; returns the path of the file, or undefined when there are none. */
  writeCapture(mitigation: Mitigation): string | undefined {
    if (mitigation.evidence.samples.length === 0) return undefined
    // The id is a rule's, and so no path.
    const name = `${path.basename(mitigation.id)}${CAPTURE_END}`
    this.#write(name, () => evidenceCapture(mitigation))
    return path.join(this.#folder, name)
  }

  /** Waits until everything is written. */
  async close(): Promise<void> {
    await this.#writing
  }

  #read(name: string): unknown {
    try {
      return JSON.parse(readFileSync(path.join(this.#folder, name), 'utf8'))
    } catch (error) {
      const isMissing = (error as NodeJS.ErrnoException).code === 'ENOENT'
      if (!isMissing) this.#onFault(`${path.join(this.#folder, name)} cannot be read: ${messageOf(error)}`)
      return undefined
    }
  }

  /** Of several contents of one file that wait, the last is written. */
  #write(name: string, content: () => string | Buffer): void {
    this.#waiting.set(name, content)
    this.#writing ??= this.#writeAll().finally(() => {
      this.#writing = undefined
    })
  }

  async #writeAll(): Promise<void> {
    for (const [name, content] of this.#waiting) {
      this.#waiting.delete(name)
      try {
        await mkdir(this.#folder, { recursive: true, mode: 0o700 })
        const file = path.join(this.#folder, name)
        await writeFile(`${file}.new`, content(), { mode: MODE })
        await rename(`${file}.new`, file)
        if (name.endsWith(CAPTURE_END)) this.#prune()
      } catch (error) {
        this.#onFault(`what is known of floods cannot be kept: ${messageOf(error)}`)
      }
    }
  }

  #prune(): void {
    const captures = readdirSync(this.#folder)
      .filter((name) => name.endsWith(CAPTURE_END))
      .map((name) => {
        const file = path.join(this.#folder, name)
        const { mtimeMs, size } = statSync(file)
        return { file, mtimeMs, size }
      })
      .sort((one, other) => other.mtimeMs - one.mtimeMs)
    let bytes = 0
    for (const [at, { file, size }] of captures.entries()) {
      bytes += size
      if (at >= CAPTURES_MOST || bytes > CAPTURE_BYTES_MOST) rmSync(file, { force: true })
    }
  }
}
