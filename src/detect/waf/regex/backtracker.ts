import type { ByteSet } from '#rules'
import { assertionHolds, BESIDE, besideOf } from './byte-classes.ts'
import { type Program, STEP } from './program.ts'
import { VisitedPlaces } from './visited-places.ts'

/** Steps that one search may take, some 10-20 ns each. */
const STEP_LIMIT = 200_000
/** Steps that an irregular program takes from each start before it begins to remember: nearly all starts end sooner. */
const FREE_STEPS = 100
/** Steps on the stack from this number on stand for a run: a loop that has read many bytes and may give them back one by one. */
const RUN = 1 << 20
/** Bytes of a run that cost as much as one step. */
const RUN_BYTES_PER_STEP = 4

/**
 * Finds what PCRE would: follows a program in its order of preference and remembers where it has been, so that no split is taken twice
 * at the same place. Regular programs use a bit for each; others a set of keys, which for backreferences hold the groups too.
 */
export class Backtracker {
  readonly #program: Program
  readonly #isRegular: boolean
  readonly #splitIds: Int32Array
  readonly #visited: VisitedPlaces
  /** For a split that begins a round of a greedy loop over one set, that set. */
  readonly #runSets: ReadonlyMap<number, ByteSet>
  readonly #referenced: readonly number[]
  readonly #slots: Int32Array
  readonly #stack: number[] = []
  #value = ''
  #limit = 0
  #stepsLeft = 0
  #freeStepsEnd = 0
  #seen = new Set<string>()

  /** Steps that the last search took. */
  get work(): number {
    return STEP_LIMIT - this.#stepsLeft
  }

  /** True when the last search ended before it had tried everything. */
  incomplete = false

  constructor(program: Program) {
    this.#program = program
    this.#slots = new Int32Array(program.slotCount)
    this.#splitIds = new Int32Array(program.steps.length)
    let splits = 0
    for (const [step, kind] of program.steps.entries()) if (kind === STEP.split) this.#splitIds[step] = splits++
    this.#visited = new VisitedPlaces(splits)
    this.#isRegular = program.inner.length === 0 && !program.steps.includes(STEP.backreference)
    this.#runSets = this.#isRegular ? greedyRuns(program) : new Map()
    const references = [...program.steps.keys()].filter((step) => program.steps[step] === STEP.backreference)
    this.#referenced = [...new Set(references.map((step) => Math.abs(program.second[step])))]
  }

  /**
   * The first way through that starts at a place from `from` to `last`: begin and end of the match and of each group, -1 for a group
   * that took no part, valid until the next search. Undefined when there is none, or when `incomplete` says so.
   */
  search(value: string, from: number, last: number): Int32Array | undefined {
    this.#value = value
    this.#stepsLeft = STEP_LIMIT
    this.incomplete = false
    this.#seen.clear()
    for (let start = from; start <= last && !this.incomplete; start++) {
      this.#open(start)
      this.#freeStepsEnd = this.#stepsLeft - FREE_STEPS
      this.#slots.fill(-1)
      this.#stack.length = 0
      const end = this.#run(this.#program.entry, start, false)
      if (end < 0) continue
      this.incomplete = false
      this.#slots[0] = start
      this.#slots[1] = end
      return this.#slots
    }
    return undefined
  }

  /** Long values are followed as far as places can be told apart. */
  #open(start: number): void {
    this.#limit = this.#value.length
    if (this.#isRegular) this.#limit = Math.min(this.#limit, this.#visited.open(start) - 1)
  }

  /** Follows a program from a place; returns where it ends, or -1. */
  #run(entry: number, start: number, isBackward: boolean): number {
    const stack = this.#stack
    const base = stack.length
    stack.push(entry, start)
    while (stack.length > base) {
      const at = stack.pop()!
      const step = stack.pop()!
      if (step < 0) {
        this.#slots[~step] = at
        continue
      }
      const end = step < RUN ? this.#follow(step, at, isBackward) : this.#giveBack(step, at)
      if (end >= 0) {
        stack.length = base
        return end
      }
      if (this.#stepsLeft < 0) break
    }
    stack.length = base
    return -1
  }

  /** Goes on until the path ends: returns where it matched, or -1. Alternatives are left on the stack. */
  #follow(entry: number, start: number, isBackward: boolean): number {
    const { steps, first, second, sets } = this.#program
    let step = entry
    let at = start
    for (;;) {
      if (--this.#stepsLeft < 0) {
        this.incomplete = true
        return -1
      }
      switch (steps[step]) {
        case STEP.set: {
          const read = isBackward ? at - 1 : at
          if (read < 0 || read >= this.#limit) {
            if (read < this.#value.length && read >= 0) this.incomplete = true
            return -1
          }
          if (sets[second[step]][this.#value.charCodeAt(read) & 0xff] === 0) return -1
          at = isBackward ? read : at + 1
          break
        }
        case STEP.split: {
          if (this.#wasHere(step, at)) return -1
          const runSet = this.#runSets.get(step)
          if (runSet === undefined) {
            this.#stack.push(second[step], at)
            break
          }
          at = this.#readRun(step, runSet, at)
          step = second[step]
          continue
        }
        case STEP.assert:
          if (!assertionHolds(second[step], this.#beside(at - 1), this.#beside(at))) return -1
          break
        case STEP.save:
          this.#save(second[step], at)
          break
        case STEP.round: {
          const { slot, exit } = this.#program.loops[second[step]]
          step = this.#slots[slot] === at ? exit : first[step]
          continue
        }
        case STEP.match:
          return at
        default: {
          at =
            steps[step] === STEP.backreference
              ? this.#repeatGroup(second[step], at, isBackward)
              : this.#runInner(step, at)
          if (at < 0) return -1
        }
      }
      step = first[step]
    }
  }

  #save(slot: number, at: number): void {
    this.#stack.push(~slot, this.#slots[slot])
    this.#slots[slot] = at
  }

  #beside(at: number): number {
    return at < 0 || at >= this.#value.length ? BESIDE.edge : besideOf(this.#value.charCodeAt(at) & 0xff)
  }

  #wasHere(split: number, at: number): boolean {
    return this.#isRegular ? this.#visited.visit(this.#splitIds[split], at) : this.#wasHereBefore(split, at)
  }

  /** Reads the rounds of a greedy loop over one set at once; what it may give back is one job on the stack. */
  #readRun(split: number, set: ByteSet, from: number): number {
    let at = from
    while (at < this.#limit && set[this.#value.charCodeAt(at) & 0xff] === 1 && !this.#wasHere(split, at + 1)) at++
    if (at === this.#limit && at < this.#value.length) this.incomplete = true
    this.#stepsLeft -= Math.floor((at - from) / RUN_BYTES_PER_STEP)
    if (at > from) this.#stack.push(from, 0, RUN + split, at - 1)
    return at
  }

  /** Goes on behind a loop that keeps one byte less than the last time. */
  #giveBack(run: number, at: number): number {
    const stack = this.#stack
    const from = stack[stack.length - 2]
    if (at > from) stack.push(run, at - 1)
    else stack.length -= 2
    return this.#follow(this.#program.second[run - RUN], at, false)
  }

  #wasHereBefore(split: number, at: number): boolean {
    if (this.#freeStepsEnd < this.#stepsLeft) return false
    let key = `${split},${at}`
    for (const group of this.#referenced) key += `,${this.#slots[2 * group]},${this.#slots[2 * group + 1]}`
    if (this.#seen.has(key)) return true
    this.#seen.add(key)
    return false
  }

  /** Runs a lookaround or an atomic group; returns the place after it, or -1. */
  #runInner(step: number, at: number): number {
    const { entry, negated, backward } = this.#program.inner[this.#program.second[step]]
    const seen = this.#seen
    const before = this.#slots.slice()
    this.#seen = new Set()
    const end = this.#run(entry, at, backward)
    this.#seen = seen
    const isFound = end >= 0
    // What a failed or a negated group has set is not there; what another one has set goes when the path is given up.
    if (!isFound || negated) this.#slots.set(before)
    else for (const [slot, old] of before.entries()) if (this.#slots[slot] !== old) this.#stack.push(~slot, old)
    if (this.#program.steps[step] === STEP.atomic) return end
    return isFound === negated ? -1 : at
  }

  /** Reads what a group holds; a group that took no part matches nothing, as in PCRE. */
  #repeatGroup(signedGroup: number, at: number, isBackward: boolean): number {
    const group = Math.abs(signedGroup)
    const begin = this.#slots[2 * group]
    const end = this.#slots[2 * group + 1]
    if (begin < 0 || end < begin) return -1
    const length = end - begin
    this.#stepsLeft -= length >> 3
    const from = isBackward ? at - length : at
    if (from < 0) return -1
    const held = this.#value.slice(begin, end)
    const found = this.#value.slice(from, from + length)
    const isSame = signedGroup < 0 ? foldText(held) === foldText(found) : held === found
    if (!isSame) return -1
    return isBackward ? from : at + length
  }
}

function greedyRuns({ steps, first, second, sets }: Program): ReadonlyMap<number, ByteSet> {
  const runs = new Map<number, ByteSet>()
  for (const [split, kind] of steps.entries()) {
    const body = first[split]
    if (kind === STEP.split && steps[body] === STEP.set && first[body] === split) runs.set(split, sets[second[body]])
  }
  return runs
}

/** ASCII letters in lower case; other bytes have no case. */
function foldText(text: string): string {
  return text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase())
}
