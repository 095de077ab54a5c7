/** Cells of the hash table for each state. */
const CELLS_PER_STATE = 2
const FREE = -1
/** What one state holds besides its core: list entries, object headers and cells. */
const STATE_BYTES = 120

/** The states of an automaton by what they are: the steps of a program in ascending order, and two small numbers. */
export class StateTable {
  readonly #cores: Int32Array[] = []
  readonly #marks: number[] = []
  readonly #hashes: number[] = []
  #cells = new Int32Array(16).fill(FREE)
  #heldBytes = 0

  get count(): number {
    return this.#cores.length
  }

  get heldBytes(): number {
    return this.#heldBytes
  }

  coreOf(state: number): Int32Array {
    return this.#cores[state]
  }

  /** The mark that the state was made with. */
  markOf(state: number): number {
    return this.#marks[state]
  }

  /** The number of the state with this core and mark; FREE when there is none yet. `core` may be a view that changes later. */
  find(core: Int32Array, mark: number): number {
    const hash = hashOf(core, mark)
    const mask = this.#cells.length - 1
    for (let cell = hash & mask; ; cell = (cell + 1) & mask) {
      const state = this.#cells[cell]
      if (state === FREE) return FREE
      if (this.#hashes[state] === hash && this.#marks[state] === mark && isEqual(this.#cores[state], core)) return state
    }
  }

  /** Adds a state that is not there yet, and returns its number. */
  add(core: Int32Array, mark: number): number {
    const hash = hashOf(core, mark)
    const state = this.#cores.push(core.slice()) - 1
    this.#marks.push(mark)
    this.#hashes.push(hash)
    this.#heldBytes += core.byteLength + STATE_BYTES
    if (this.count * CELLS_PER_STATE > this.#cells.length) this.#grow()
    else this.#place(state)
    return state
  }

  #grow(): void {
    this.#cells = new Int32Array(this.#cells.length * 2).fill(FREE)
    for (let state = 0; state < this.count; state++) this.#place(state)
  }

  #place(state: number): void {
    const mask = this.#cells.length - 1
    let cell = this.#hashes[state] & mask
    while (this.#cells[cell] !== FREE) cell = (cell + 1) & mask
    this.#cells[cell] = state
  }
}

/** FNV-1a over the numbers, mixed once more because low bits choose the cell. */
function hashOf(core: Int32Array, mark: number): number {
  let hash = 0x811c9dc5 ^ mark
  for (let at = 0; at < core.length; at++) hash = Math.imul(hash ^ core[at], 0x01000193)
  return (hash ^ (hash >>> 15)) | 0
}

function isEqual(one: Int32Array, other: Int32Array): boolean {
  if (one.length !== other.length) return false
  for (let at = 0; at < one.length; at++) if (one[at] !== other[at]) return false
  return true
}
