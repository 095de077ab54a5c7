import type { BodyMemory } from './body-memory.ts'

/** The WAF looks at streams in windows of this size: what is further back than that has been seen. */
const WINDOW_BYTES = 65_536

/** The end of a stream, kept back until the WAF has seen what follows it, so that nothing goes on before it was inspected. */
export class DelayLine {
  readonly #delayBytes: number
  readonly #memory: BodyMemory
  #pieces: Uint8Array[] = []
  #heldBytes = 0

  /** `limitBytes`: more is never kept back. */
  constructor(limitBytes: number, memory: BodyMemory) {
    this.#delayBytes = Math.min(limitBytes, WINDOW_BYTES)
    this.#memory = memory
  }

  get isEmpty(): boolean {
    return this.#pieces.length === 0
  }

  /** Takes bytes, which are valid during the call only, and passes on what is far enough back. */
  push(bytes: Uint8Array, pass: (bytes: Uint8Array) => void): void {
    if (this.#delayBytes === 0 || !this.#memory.reserve(bytes.length)) {
      this.drain(pass)
      pass(bytes)
      return
    }
    this.#pieces.push(Buffer.from(bytes))
    this.#heldBytes += bytes.length
    while (this.#pieces.length > 0 && this.#heldBytes - this.#pieces[0].length >= this.#delayBytes) {
      pass(this.#take())
    }
  }

  /** Passes on everything. */
  drain(pass: (bytes: Uint8Array) => void): void {
    while (this.#pieces.length > 0) pass(this.#take())
  }

  /** Forgets what was kept back. */
  clear(): void {
    this.#memory.release(this.#heldBytes)
    this.#pieces = []
    this.#heldBytes = 0
  }

  #take(): Uint8Array {
    const piece = this.#pieces.shift()!
    this.#heldBytes -= piece.length
    this.#memory.release(piece.length)
    return piece
  }
}
