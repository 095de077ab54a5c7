import { ANY_BYTE, type ByteSet, foldCase, RegexFault } from '#rules'
import { childrenOf, type PcreAssertion, type PcreNode } from './pcre-node.ts'

/** What a step of a program does; `first` of a step is always where it goes on. */
export const STEP = {
  /** Reads one byte of the set `second`. */
  set: 0,
  /** Tries `first`, then `second`. */
  split: 1,
  /** Holds at places where the assertion with index `second` in ASSERTIONS does. */
  assert: 2,
  /** Notes the place in slot `second`. */
  save: 3,
  /** Runs the inner program `second` without moving. */
  look: 4,
  /** Runs the inner program `second` and keeps the first way through. */
  atomic: 5,
  /** Reads what the group `second` holds; with case ignored when the number is negative. */
  backreference: 6,
  match: 7,
  /** Ends a round of loop `second`: leaves the loop when the round has read nothing, else goes on at `first`. */
  round: 8,
} as const

export const ASSERTIONS: readonly PcreAssertion[] = ['start', 'end', 'line-start', 'line-end', 'word', 'not-word']

/** An inner program of a lookaround or an atomic group. */
interface InnerProgram {
  readonly entry: number
  readonly negated: boolean
  /** Reads towards the start of the value. */
  readonly backward: boolean
}

/** A loop whose rounds may read nothing. */
interface EmptyLoop {
  /** Slot that holds where the round began. */
  readonly slot: number
  readonly exit: number
}

/** A pattern as steps of a nondeterministic machine. */
export interface Program {
  readonly steps: Uint8Array
  readonly first: Int32Array
  readonly second: Int32Array
  readonly sets: readonly ByteSet[]
  readonly inner: readonly InnerProgram[]
  readonly loops: readonly EmptyLoop[]
  /** Places that a match notes: two for the match and each group, one for each of `loops`. */
  readonly slotCount: number
  readonly entry: number
}

/**
 * - `exact`: what PCRE does, with groups, lookaround and backreferences, read forwards.
 * - `forward`, `backward`: for automata: no groups; lookaround is left out and a backreference is whatever its group may hold, so
 *   that irregular patterns match more than they should.
 */
type ProgramKind = 'exact' | 'forward' | 'backward'

export interface ProgramOptions {
  readonly kind: ProgramKind
  /** Counts above this become loops: the program matches more, and stays small. */
  readonly countLimit?: number | undefined
}

/** Steps that one program may have: bounds memory whatever counts a pattern nests. */
const STEP_LIMIT = 60_000

/** Throws a RegexFault when the counted repetitions of the pattern amount to too many steps. */
export function buildProgram(tree: PcreNode, options: ProgramOptions): Program {
  const builder = new ProgramBuilder(tree, options)
  const match = builder.add(STEP.match, 0, 0)
  const entry = builder.compile(tree, match, options.kind === 'backward')
  return builder.finish(entry)
}

class ProgramBuilder {
  readonly #steps: number[] = []
  readonly #first: number[] = []
  readonly #second: number[] = []
  readonly #sets: ByteSet[] = []
  readonly #setIds = new Map<string, number>()
  readonly #knownSets = new Map<ByteSet, number>()
  readonly #inner: InnerProgram[] = []
  readonly #loops: EmptyLoop[] = []
  readonly #firstLoopSlot: number
  /** Equal steps with equal continuations are one step: alternatives share what they have in common. */
  readonly #known = new Map<number, number>()
  readonly #groups = new Map<number, PcreNode>()
  readonly #exact: boolean
  readonly #countLimit: number

  constructor(tree: PcreNode, options: ProgramOptions) {
    this.#exact = options.kind === 'exact'
    this.#countLimit = options.countLimit ?? Number.POSITIVE_INFINITY
    collectGroups(tree, this.#groups)
    this.#firstLoopSlot = 2 * this.#groups.size + 2
  }

  finish(entry: number): Program {
    return {
      steps: Uint8Array.from(this.#steps),
      first: Int32Array.from(this.#first),
      second: Int32Array.from(this.#second),
      sets: this.#sets,
      inner: this.#inner,
      loops: this.#loops,
      slotCount: this.#firstLoopSlot + this.#loops.length,
      entry,
    }
  }

  add(step: number, first: number, second: number): number {
    // A negative second is a backreference with case ignored: it needs a number of its own as well.
    const key = (first * 2 * STEP_LIMIT + second + STEP_LIMIT) * 8 + step
    const known = this.#known.get(key)
    if (known !== undefined) return known
    const id = this.#append(step, first, second)
    this.#known.set(key, id)
    return id
  }

  #append(step: number, first: number, second: number): number {
    if (this.#steps.length >= STEP_LIMIT) {
      throw new RegexFault(`the repetitions of this pattern amount to more than ${STEP_LIMIT} steps`, 0)
    }
    this.#first.push(first)
    this.#second.push(second)
    return this.#steps.push(step) - 1
  }

  /** Appends the steps of a node that goes on at `next`, and returns the first of them. */
  compile(node: PcreNode, next: number, backward: boolean): number {
    switch (node.kind) {
      case 'set':
        return this.add(STEP.set, next, this.#setId(node.set))
      case 'sequence': {
        const compileItem = (after: number, item: PcreNode): number => this.compile(item, after, backward)
        return backward ? node.items.reduce(compileItem, next) : node.items.reduceRight(compileItem, next)
      }
      case 'choice': {
        const entries = node.options.map((option) => this.compile(option, next, backward))
        return [...new Set(entries)].reduceRight((rest, entry) => this.add(STEP.split, entry, rest))
      }
      case 'capture':
        return this.#capture(node, next, backward)
      case 'repeat':
        return node.mode === 'possessive'
          ? this.#atomic({ ...node, mode: 'greedy' }, next, backward)
          : this.#repeat(node, next, backward)
      case 'atomic':
        return this.#atomic(node.item, next, backward)
      case 'look':
        return this.#exact ? this.#innerStep(STEP.look, node.item, next, node.behind, node.negated) : next
      case 'backreference':
        return this.#backreference(node, next, backward)
      case 'assertion':
        return this.add(STEP.assert, next, ASSERTIONS.indexOf(node.assertion))
    }
  }

  #capture(node: PcreNode & { kind: 'capture' }, next: number, backward: boolean): number {
    if (!this.#exact) return this.compile(node.item, next, backward)
    const [open, close] = backward ? [2 * node.group + 1, 2 * node.group] : [2 * node.group, 2 * node.group + 1]
    return this.add(STEP.save, this.compile(node.item, this.add(STEP.save, next, close), backward), open)
  }

  #repeat(node: PcreNode & { kind: 'repeat' }, next: number, backward: boolean): number {
    const isLazy = node.mode === 'lazy'
    const max = node.max > this.#countLimit ? Number.POSITIVE_INFINITY : node.max
    let entry = next
    if (max === Number.POSITIVE_INFINITY) entry = this.#loop(node, next, backward)
    else
      for (let count = node.min; count < max; count++) {
        const body = this.compile(node.item, entry, backward)
        entry = isLazy ? this.add(STEP.split, next, body) : this.add(STEP.split, body, next)
      }
    const required = Math.min(node.min, this.#countLimit)
    for (let count = 0; count < required; count++) entry = this.compile(node.item, entry, backward)
    return entry
  }

  #loop(node: PcreNode & { kind: 'repeat' }, next: number, backward: boolean): number {
    const entry = this.#append(STEP.split, 0, 0)
    const canStand = this.#exact && canBeEmpty(node.item)
    const body = canStand ? this.#emptyLoop(node.item, entry, next, backward) : this.compile(node.item, entry, backward)
    const [first, second] = node.mode === 'lazy' ? [next, body] : [body, next]
    this.#first[entry] = first
    this.#second[entry] = second
    return entry
  }

  /** As in PCRE a round that reads nothing is the last one, and keeps its groups. */
  #emptyLoop(item: PcreNode, entry: number, exit: number, backward: boolean): number {
    const slot = this.#firstLoopSlot + this.#loops.length
    const id = this.#loops.push({ slot, exit }) - 1
    return this.add(STEP.save, this.compile(item, this.#append(STEP.round, entry, id), backward), slot)
  }

  #atomic(item: PcreNode, next: number, backward: boolean): number {
    if (!this.#exact) return this.compile(item, next, backward)
    return this.#innerStep(STEP.atomic, item, next, backward, false)
  }

  #innerStep(step: number, item: PcreNode, next: number, backward: boolean, negated: boolean): number {
    const entry = this.compile(item, this.add(STEP.match, 0, 0), backward)
    const id = this.#inner.push({ entry, negated, backward }) - 1
    return this.#append(step, next, id)
  }

  #backreference(node: PcreNode & { kind: 'backreference' }, next: number, backward: boolean): number {
    if (this.#exact) return this.add(STEP.backreference, next, node.caseless ? -node.group : node.group)
    const group = this.#groups.get(node.group)
    // Its own group is left out while it is compiled: a backreference inside it may be anything.
    if (group === undefined) return this.#loop(ANYTHING, next, backward)
    this.#groups.delete(node.group)
    const entry = this.compile(node.caseless ? withEitherCase(group) : group, next, backward)
    this.#groups.set(node.group, group)
    return entry
  }

  #setId(set: ByteSet): number {
    const same = this.#knownSets.get(set)
    if (same !== undefined) return same
    const id = this.#idOfEqualSet(set)
    this.#knownSets.set(set, id)
    return id
  }

  #idOfEqualSet(set: ByteSet): number {
    const key = Buffer.from(set.buffer, set.byteOffset, set.byteLength).toString('latin1')
    const known = this.#setIds.get(key)
    if (known !== undefined) return known
    this.#setIds.set(key, this.#sets.length)
    return this.#sets.push(set) - 1
  }
}

const ANYTHING: PcreNode & { kind: 'repeat' } = {
  kind: 'repeat',
  item: { kind: 'set', set: ANY_BYTE },
  min: 0,
  max: Number.POSITIVE_INFINITY,
  mode: 'greedy',
}

function collectGroups(node: PcreNode, groups: Map<number, PcreNode>): void {
  if (node.kind === 'capture') groups.set(node.group, node.item)
  for (const child of childrenOf(node)) collectGroups(child, groups)
}

function withEitherCase(node: PcreNode): PcreNode {
  switch (node.kind) {
    case 'set': {
      const set = node.set.slice()
      foldCase(set)
      return { kind: 'set', set }
    }
    case 'sequence':
      return { kind: 'sequence', items: node.items.map(withEitherCase) }
    case 'choice':
      return { kind: 'choice', options: node.options.map(withEitherCase) }
    case 'capture':
    case 'repeat':
    case 'atomic':
    case 'look':
      return { ...node, item: withEitherCase(node.item) }
    case 'backreference':
    case 'assertion':
      return node
  }
}

function canBeEmpty(node: PcreNode): boolean {
  switch (node.kind) {
    case 'set':
      return false
    case 'sequence':
      return node.items.every(canBeEmpty)
    case 'choice':
      return node.options.some(canBeEmpty)
    case 'capture':
    case 'atomic':
      return canBeEmpty(node.item)
    case 'repeat':
      return node.min === 0 || canBeEmpty(node.item)
    case 'look':
    case 'backreference':
    case 'assertion':
      return true
  }
}
