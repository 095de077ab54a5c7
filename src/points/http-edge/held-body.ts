import type { BodyMemory } from './body-memory.ts'

const FIRST_CAPACITY = 4096
const NOTHING = Buffer.alloc(0)

/** The first bytes of a body in one piece, up to a limit. It grows with what comes, never with what a client declares. */
export class HeldBody {
  readonly #limitBytes: number
  readonly #memory: BodyMemory
  #buffer = NOTHING
  #length = 0

  constructor(limitBytes: number, memory: BodyMemory) {
    this.#limitBytes = limitBytes
    this.#memory = memory
  }

  get sizeBytes(): number {
    return this.#length
  }

  /** What was taken; a view that stays as it is. */
  get bytes(): Buffer {
    return this.#buffer.subarray(0, this.#length)
  }

  /** Copies what fits and returns how many bytes that were: less than all when the limit or the memory is used up. */
  take(bytes: Uint8Array): number {
    const wanted = Math.min(bytes.length, this.#limitBytes - this.#length)
    const taken = this.#grow(this.#length + wanted) ? wanted : Math.min(wanted, this.#buffer.length - this.#length)
    this.#buffer.set(taken === bytes.length ? bytes : bytes.subarray(0, taken), this.#length)
    this.#length += taken
    return taken
  }

  /** Gives the memory back to the count. Views that somebody still writes from stay valid. */
  release(): void {
    this.#memory.release(this.#buffer.length)
    this.#buffer = NOTHING
    this.#length = 0
  }

  #grow(needed: number): boolean {
    const capacity = this.#buffer.length
    if (needed <= capacity) return true
    const wanted = Math.min(this.#limitBytes, Math.max(FIRST_CAPACITY, needed, capacity * 2))
    if (!this.#memory.reserve(wanted - capacity)) return false
    const grown = Buffer.allocUnsafeSlow(wanted)
    this.#buffer.copy(grown, 0, 0, this.#length)
    this.#buffer = grown
    return true
  }
}
