import { BESIDE } from './byte-classes.ts'
import type { Program } from './program.ts'
import type { RegexMemory, TableHolder } from './regex-memory.ts'
import { StateTable } from './state-table.ts'
import { MATCHED_HERE, ThreadStepper } from './thread-stepper.ts'

/** There is no match. */
export const NO_MATCH = -1
/** The scan would have cost too much and ended early. */
export const GAVE_UP = -2

const UNKNOWN = -1
/** States that end a scan or note a match stand in the table as this minus their number: one comparison finds them. */
const SPECIAL = -2

/** What building one entry costs beside the steps that it visits. */
const ENTRY_WORK = 40
const STATE_LIMIT = 16_384
/** The mark of a state holds its flags, and above them the byte beside it. */
const FLAGS_MASK = 3

export interface DfaKind {
  /** Reads from the start of a value, else from its end; the program must be made for it. */
  readonly isForward: boolean
  /** Matches begin where the reading does, else anywhere. */
  readonly isAnchored: boolean
  /** What one scan may spend on building states, in visited steps of some 10 ns each. */
  readonly workLimit: number
}

/**
 * A deterministic automaton that is built while it reads: a pair of state and byte class is worked out once and kept for all later
 * values, so that a value costs a few nanoseconds a byte whatever the pattern. Tables are bounded; a value that makes it
 * build too much ends with GAVE_UP. After R. Cox, "Regular Expression Matching in the Wild" (2010).
 */
export class LazyDfa implements TableHolder {
  readonly #stepper: ThreadStepper
  readonly #isForward: boolean
  readonly #isAnchored: boolean
  readonly #workLimit: number
  readonly #memory: RegexMemory
  readonly #shift: number
  #table = new Int32Array(0)
  #states = new StateTable()
  #chargedBytes = 0
  /** Work that had been done when the scan began. */
  #workAtStart = 0

  constructor(program: Program, { isForward, isAnchored, workLimit }: DfaKind, memory: RegexMemory) {
    this.#stepper = new ThreadStepper(program, isForward, isAnchored)
    this.#isForward = isForward
    this.#workLimit = workLimit
    this.#isAnchored = isAnchored
    this.#memory = memory
    this.#shift = 32 - Math.clz32(this.#stepper.classes.count)
    memory.add(this)
  }

  release(): void {
    this.#memory.charge(-this.#chargedBytes)
    this.#chargedBytes = 0
    this.#table = new Int32Array(0)
    this.#states = new StateTable()
  }

  /** What the last scan spent on building states, in steps of some 10 ns each. */
  get work(): number {
    return this.#stepper.work - this.#workAtStart
  }

  /**
   * Forward: the place where a match is known first, which is its end or (where an assertion had to look at it) the byte after.
   * Backward: where the leftmost match starts. NO_MATCH or GAVE_UP otherwise.
   */
  find(value: string): number {
    this.#workAtStart = this.#stepper.work
    if (this.#stepper.startFlags !== 0) return 0
    if (this.#states.count === 0) this.#addStart()
    return this.#isForward ? this.#findForward(value) : this.#findBackward(value)
  }

  #findForward(value: string): number {
    const { classOf } = this.#stepper.classes
    let table = this.#table
    let row = 0
    for (let at = 0; at < value.length; at++) {
      const byteClass = classOf[value.charCodeAt(at) & 0xff]
      let next = table[row + byteClass]
      if (next === UNKNOWN) {
        if (this.work > this.#workLimit) return GAVE_UP
        next = this.#build(row >> this.#shift, byteClass)
        table = this.#table
      }
      if (next <= SPECIAL) return (this.#states.markOf(SPECIAL - next) & FLAGS_MASK) === 0 ? NO_MATCH : at + 1
      row = next
    }
    return this.#matchesAtEdge(row) ? value.length : NO_MATCH
  }

  #findBackward(value: string): number {
    const { classOf } = this.#stepper.classes
    let table = this.#table
    let row = 0
    let leftmost = NO_MATCH
    for (let at = value.length - 1; at >= 0; at--) {
      const byteClass = classOf[value.charCodeAt(at) & 0xff]
      let next = table[row + byteClass]
      if (next === UNKNOWN) {
        if (this.work > this.#workLimit) return GAVE_UP
        next = this.#build(row >> this.#shift, byteClass)
        table = this.#table
      }
      if (next <= SPECIAL) {
        const state = SPECIAL - next
        leftmost = (this.#states.markOf(state) & MATCHED_HERE) === 0 ? at + 1 : at
        next = state << this.#shift
      }
      row = next
    }
    return this.#matchesAtEdge(row) ? 0 : leftmost
  }

  /** Whether assertions that hold at the edge of the value make the last state match. */
  #matchesAtEdge(row: number): boolean {
    const { asserts, count } = this.#stepper.classes
    if (!asserts) return false
    const known = this.#table[row + count]
    if (known !== UNKNOWN) return known === SPECIAL
    const isMatch = this.#step(row >> this.#shift, count) !== 0
    this.#table[row + count] = isMatch ? SPECIAL : 0
    return isMatch
  }

  #step(state: number, byteClass: number): number {
    this.#stepper.work += ENTRY_WORK
    const beside = this.#states.markOf(state) >> 2
    return this.#stepper.step(this.#states.coreOf(state), beside, byteClass)
  }

  /** Works out one entry of the table. */
  #build(state: number, byteClass: number): number {
    const flags = this.#step(state, byteClass)
    const { core, classes } = this.#stepper
    const beside = classes.asserts ? classes.beside[byteClass] : BESIDE.edge
    const states = this.#states
    const next = this.#stateOf(core, beside * 4 + flags)
    // Without threads, and without new ones at each place, nothing can match any more.
    const isSpecial = flags !== 0 || (this.#isAnchored && core.length === 0)
    const entry = isSpecial ? SPECIAL - next : next << this.#shift
    if (states === this.#states) this.#table[(state << this.#shift) + byteClass] = entry
    return entry
  }

  #addStart(): void {
    this.#stateOf(this.#stepper.startCore, BESIDE.edge * 4)
  }

  /** The number of a state, made if it is new. */
  #stateOf(core: Int32Array, mark: number): number {
    const known = this.#states.find(core, mark)
    if (known >= 0) return known
    if (!this.#hasRoom()) {
      this.#addStart()
      return this.#stateOf(core, mark)
    }
    const state = this.#states.add(core, mark)
    const rowCells = 1 << this.#shift
    if ((state + 1) * rowCells > this.#table.length) {
      const grown = new Int32Array(Math.max(4, state * 2) * rowCells).fill(UNKNOWN)
      grown.set(this.#table)
      this.#table = grown
    }
    return state
  }

  /** Lets go of all states when there are too many, here or in all automata together; false when that was done. */
  #hasRoom(): boolean {
    const heldBytes = this.#table.byteLength + this.#states.heldBytes
    const fits = this.#memory.charge(heldBytes - this.#chargedBytes)
    this.#chargedBytes = heldBytes
    // Two states are always kept: the first one, and the one that the scan is at.
    if (this.#states.count < 2 || (fits && this.#states.count < STATE_LIMIT)) return true
    if (fits) this.release()
    else this.#memory.releaseAll()
    return false
  }
}
