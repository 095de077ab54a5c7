import { assertionHolds, type ByteClasses, classifyBytes } from './byte-classes.ts'
import { type Program, STEP } from './program.ts'

/** Flag of a set of threads: a match ends at its place. */
export const MATCHED_HERE = 1
/** Flag: a match ended at the place before the last byte. */
const MATCHED_BEFORE = 2

/** Longer lists are sorted by the engine's own routine. */
const INSERTION_SORT_LIMIT = 24

/** What begins a match, one byte further on. */
interface FreshThreads {
  readonly core: Int32Array
  readonly flags: number
}

/**
 * Moves sets of threads through a program, one byte at a time. A set is its core: the ascending numbers of the steps that wait for a
 * byte or for an assertion. Where a match may begin at each place, cores leave out what begins one.
 */
export class ThreadStepper {
  readonly classes: ByteClasses
  /** The set at the first place. */
  readonly startCore: Int32Array
  readonly startFlags: number
  readonly #program: Program
  readonly #isForward: boolean
  readonly #isAnchored: boolean
  readonly #beginnings: Int32Array
  readonly #isBeginning: Uint8Array
  readonly #fresh = new Map<number, FreshThreads>()
  /** The set that is being made, and the round in which a step was added to it last. */
  readonly #next: Int32Array
  #nextCount = 0
  readonly #nextRounds: Int32Array
  /** The steps at one place while assertions are passed, and the round in which one was reached so last. */
  readonly #here: number[] = []
  readonly #hereRounds: Int32Array
  #round = 0
  readonly #stack: number[] = []
  #matchedBefore = false

  /** Steps visited so far: the one that asks sets it to 0. */
  work = 0

  constructor(program: Program, isForward: boolean, isAnchored: boolean) {
    this.#program = program
    this.#isForward = isForward
    this.#isAnchored = isAnchored
    this.classes = classifyBytes(program)
    this.#next = new Int32Array(program.steps.length)
    this.#nextRounds = new Int32Array(program.steps.length)
    this.#hereRounds = new Int32Array(this.classes.asserts ? program.steps.length : 0)
    this.#isBeginning = new Uint8Array(program.steps.length)
    this.#begin()
    this.startFlags = this.#close(program.entry) ? MATCHED_HERE : 0
    this.#beginnings = this.#sorted().slice()
    this.startCore = isAnchored ? this.#beginnings : new Int32Array(0)
    if (!isAnchored) for (const step of this.#beginnings) this.#isBeginning[step] = 1
  }

  /**
   * Reads a byte of a class (`classes.count` is the edge of the value) beside a neighbour (a value of BESIDE); returns the flags, and
   * leaves the next core in `core`.
   */
  step(core: Int32Array, beside: number, byteClass: number): number {
    const fresh = this.#isAnchored ? undefined : this.#freshThreads(beside, byteClass)
    if (fresh !== undefined && core.length === 0) {
      this.core = fresh.core
      return fresh.flags
    }
    this.#begin()
    for (let at = 0; fresh !== undefined && at < fresh.core.length; at++) {
      this.#nextRounds[fresh.core[at]] = this.#round
      this.#next[at] = fresh.core[at]
      this.#nextCount++
    }
    const flags = this.#advance(core, beside, byteClass) | (fresh?.flags ?? 0)
    this.core = this.#sorted()
    return flags
  }

  /** What `step` has made, valid until the next one. */
  core: Int32Array = new Int32Array(0)

  #begin(): void {
    this.#round++
    this.#nextCount = 0
  }

  #freshThreads(beside: number, byteClass: number): FreshThreads {
    const key = beside * 512 + byteClass
    let known = this.#fresh.get(key)
    if (known === undefined) {
      this.#begin()
      const flags = this.#advance(this.#beginnings, beside, byteClass)
      known = { core: this.#sorted().slice(), flags }
      this.#fresh.set(key, known)
    }
    return known
  }

  /** Lets threads read a byte, adds where they go on to the next set, and returns the flags. */
  #advance(core: Int32Array, beside: number, byteClass: number): number {
    const { steps, first, second } = this.#program
    const { count, members, asserts } = this.classes
    const threads = asserts ? this.#withAssertions(core, beside, byteClass) : core
    let flags = asserts && this.#matchedBefore ? MATCHED_BEFORE : 0
    this.work += threads.length
    if (byteClass === count) return flags
    for (let at = 0; at < threads.length; at++) {
      const step = threads[at]
      if (steps[step] !== STEP.set || members[second[step] * count + byteClass] === 0) continue
      if (this.#close(first[step])) flags |= MATCHED_HERE
    }
    return flags
  }

  /** The steps of a core and those behind assertions that hold between the last byte and the next one. */
  #withAssertions(core: Int32Array, beside: number, byteClass: number): readonly number[] {
    const { steps, first, second } = this.#program
    const next = this.classes.beside[byteClass]
    const left = this.#isForward ? beside : next
    const right = this.#isForward ? next : beside
    const here = this.#here
    here.length = 0
    this.#matchedBefore = false
    for (let at = 0; at < core.length; at++) here.push(core[at])
    for (let at = 0; at < here.length; at++) {
      const step = here[at]
      if (steps[step] === STEP.assert && assertionHolds(second[step], left, right)) this.#passAssertion(first[step])
    }
    return here
  }

  #passAssertion(entry: number): void {
    const { steps, first, second } = this.#program
    const stack = this.#stack
    stack.push(entry)
    while (stack.length > 0) {
      const step = stack.pop()!
      if (this.#hereRounds[step] === this.#round) continue
      this.#hereRounds[step] = this.#round
      this.work++
      if (steps[step] === STEP.split) stack.push(second[step], first[step])
      else if (steps[step] === STEP.match) this.#matchedBefore = true
      else this.#here.push(step)
    }
  }

  /** Adds the steps that can be reached from one without reading; true when the match is among them. */
  #close(entry: number): boolean {
    const { steps, first, second } = this.#program
    const stack = this.#stack
    let isMatch = false
    stack.push(entry)
    while (stack.length > 0) {
      const step = stack.pop()!
      if (this.#nextRounds[step] === this.#round) continue
      this.#nextRounds[step] = this.#round
      this.work++
      const kind = steps[step]
      if (kind === STEP.split) stack.push(second[step], first[step])
      else if (kind === STEP.match) isMatch = true
      else if (this.#isBeginning[step] === 0) this.#next[this.#nextCount++] = step
    }
    return isMatch
  }

  /** The next set in ascending order, as a view. */
  #sorted(): Int32Array {
    const view = this.#next.subarray(0, this.#nextCount)
    if (view.length > INSERTION_SORT_LIMIT) return view.sort()
    for (let at = 1; at < view.length; at++) {
      const step = view[at]
      let to = at
      for (; to > 0 && view[to - 1] > step; to--) view[to] = view[to - 1]
      view[to] = step
    }
    return view
  }
}
