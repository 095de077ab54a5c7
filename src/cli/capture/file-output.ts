import { once } from 'node:events'
import { closeSync, openSync, rmSync, statSync, writeSync } from 'node:fs'
import { messageOf, TidegateError } from '#kernel'

/** Where a capture is written to: a file, or standard output for `-`. */
export class CaptureOutput {
  readonly #path: string
  readonly #file: number | undefined
  #waiting: Buffer[] = []

  /** @throws TidegateError ERR_USAGE when it cannot be written, is the file that is read, or is a terminal */
  constructor(path: string, inputPath: string) {
    this.#path = path
    if (path === '-') {
      if (process.stdout.isTTY) throw unwritable(path, 'standard output is a terminal')
      this.#file = undefined
      return
    }
    if (isSameFile(path, inputPath)) throw unwritable(path, 'it is the file that is read')
    try {
      this.#file = openSync(path, 'w')
    } catch (error) {
      throw unwritable(path, messageOf(error), error)
    }
  }

  /** Takes finished bytes; they are kept until `drain`. */
  readonly write = (bytes: Buffer): void => {
    this.#waiting.push(bytes)
  }

  /** Writes what was taken. @throws TidegateError ERR_USAGE when that fails */
  async drain(): Promise<void> {
    const pieces = this.#waiting
    this.#waiting = []
    for (const piece of pieces) {
      if (this.#file === undefined) {
        if (!process.stdout.write(piece)) await once(process.stdout, 'drain')
      } else this.#writeFile(this.#file, piece)
    }
  }

  #writeFile(file: number, piece: Buffer): void {
    try {
      for (let at = 0; at < piece.length;) at += writeSync(file, piece, at)
    } catch (error) {
      throw unwritable(this.#path, messageOf(error), error)
    }
  }

  close(): void {
    if (this.#file !== undefined) closeSync(this.#file)
  }

  /** Closes the file and takes it away: what was begun is no capture. */
  abandon(): void {
    this.close()
    if (this.#file !== undefined) rmSync(this.#path, { force: true })
  }
}

function isSameFile(path: string, other: string): boolean {
  const status = statSync(path, { throwIfNoEntry: false })
  const otherStatus = other === '-' ? undefined : statSync(other, { throwIfNoEntry: false })
  if (status === undefined || otherStatus === undefined || !status.isFile()) return false
  return status.dev === otherStatus.dev && status.ino === otherStatus.ino
}

function unwritable(path: string, why: string, cause?: unknown): TidegateError {
  return new TidegateError('ERR_USAGE', `--output ${path}: ${why}`, {
    source: 'environment',
    remedy: 'Give another file, or - for standard output.',
    cause,
  })
}
