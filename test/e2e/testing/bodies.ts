import { createHash, randomBytes } from 'node:crypto'
import type { Readable, Writable } from 'node:stream'

const BLOCK = randomBytes(1 << 20)
const MARK_BYTES = 4

/** A body that is told apart from every other one: its blocks differ in their first bytes, so that mixed-up buffers show. */
export class TestBody {
  readonly sizeBytes: number
  readonly #id: number
  readonly #blocks: number

  /** `blocks`: how many blocks of a little over 1 MiB. */
  constructor(id: number, blocks: number) {
    this.#id = id
    this.#blocks = blocks
    this.sizeBytes = blocks * (BLOCK.length + MARK_BYTES)
  }

  get digest(): string {
    const hash = createHash('sha256')
    for (const block of this.#all()) hash.update(block)
    return hash.digest('hex')
  }

  /** Writes all of it as fast as the sink takes it, and ends the sink. */
  writeTo(sink: Writable): void {
    const blocks = this.#all()
    const push = (): void => {
      for (let block = blocks.next(); !block.done; block = blocks.next()) {
        if (!sink.write(block.value)) {
          sink.once('drain', push)
          return
        }
      }
      sink.end()
    }
    push()
  }

  *#all(): Generator<Buffer> {
    for (let k = 0; k < this.#blocks; k++) {
      const mark = Buffer.alloc(MARK_BYTES)
      mark.writeUInt16BE(this.#id)
      mark.writeUInt16BE(k, 2)
      yield Buffer.concat([mark, BLOCK])
    }
  }
}

/** SHA-256 of everything that comes. A slow reader pauses after each piece, so that buffers fill up behind it. */
export function digestOf(source: Readable, slow: boolean): Promise<string> {
  return new Promise((resolve, reject) => {
    const hash = createHash('sha256')
    source.on('data', (chunk: Buffer) => {
      hash.update(chunk)
      if (!slow) return
      source.pause()
      setTimeout(() => source.resume(), 1)
    })
    source.on('end', () => resolve(hash.digest('hex')))
    source.on('error', reject)
    source.on('close', () => reject(new Error('it was closed before its end')))
  })
}
