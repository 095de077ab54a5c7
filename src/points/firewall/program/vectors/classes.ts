import { type Dimension, type PacketSlot, wholeDimension } from '#rules'
import { vectorBytes } from './edge-budget.ts'
import type { SlotPlan } from './slot-plan.ts'

/** From here on values have this class. */
export interface Segment {
  readonly from: number | bigint
  readonly value: number
}

/** The values of a dimension, in classes that no slot tells apart. */
export interface DimensionClasses {
  readonly dimension: Dimension
  /** Ascending, from the first value on. */
  readonly segments: readonly Segment[]
  /** For each class its vector: a summary with a bit for each word that is not empty, then the words. */
  readonly vectors: Buffer
  readonly count: number
}

/** A slot of which the set begins or ends at a value. */
interface Toggle {
  readonly at: number | bigint
  readonly position: number
}

/** Sorts the values of a dimension into classes. */
export function classesOf(dimension: Dimension, plan: SlotPlan): DimensionClasses {
  const [, end] = wholeDimension(dimension)
  // Sets that reach to the last value end behind it, where there is no class.
  const toggles = togglesOf(dimension.slot, plan).filter(({ at }) => at < end)
  const vectors = new VectorSet(plan, dimension.slot)
  const segments: Segment[] = [{ from: dimension.kind === 'address' ? 0n : 0, value: 0 }]
  for (let index = 0; index < toggles.length;) {
    const { at } = toggles[index]
    for (; index < toggles.length && toggles[index].at === at; index++) vectors.toggle(toggles[index].position)
    const value = vectors.classNow()
    if (at === 0 || at === 0n) segments.pop()
    if (segments.at(-1)?.value !== value) segments.push({ from: at, value })
  }
  return { dimension, segments, vectors: vectors.bytes(), count: vectors.count }
}

function togglesOf(slot: PacketSlot, { slots }: SlotPlan): Toggle[] {
  const toggles: Toggle[] = []
  for (let position = 0; position < slots.length; position++) {
    for (const at of slots[position]?.constraints.get(slot)?.edges ?? []) toggles.push({ at, position })
  }
  return toggles.sort((left, right) => (left.at < right.at ? -1 : left.at > right.at ? 1 : 0))
}

const SPREAD = 0x9e37_79b1

const FIRST_CAPACITY = 64

/** The different vectors that come up while the values are gone through, in order of their first one. */
class VectorSet {
  readonly #width: number
  readonly #current: Uint32Array
  /** One behind the other: many small arrays would be most of the work. */
  #known: Uint32Array
  readonly #byHash = new Map<number, number[]>()
  #hash = 0
  count = 0

  /** Begins with the slots that do not ask along the dimension. */
  constructor({ slots, words }: SlotPlan, own: PacketSlot) {
    this.#width = words * 2
    this.#current = new Uint32Array(this.#width)
    this.#known = new Uint32Array(this.#width * FIRST_CAPACITY)
    for (let position = 0; position < slots.length; position++) {
      if (slots[position]?.constraints.has(own) === false) this.toggle(position)
    }
    this.classNow()
  }

  toggle(position: number): void {
    this.#current[position >> 5] ^= 1 << (position & 31)
    this.#hash ^= Math.imul(position + 1, SPREAD)
  }

  /** The number of the vector at hand. */
  classNow(): number {
    const candidates = this.#byHash.get(this.#hash)
    const found = candidates?.find((value) => this.#isCurrent(value))
    if (found !== undefined) return found
    if (candidates === undefined) this.#byHash.set(this.#hash, [this.count])
    else candidates.push(this.count)
    this.#append()
    return this.count++
  }

  #isCurrent(value: number): boolean {
    const start = value * this.#width
    let word = 0
    while (word < this.#width && this.#known[start + word] === this.#current[word]) word++
    return word === this.#width
  }

  #append(): void {
    const start = this.count * this.#width
    if (start === this.#known.length) {
      const larger = new Uint32Array(start * 2)
      larger.set(this.#known)
      this.#known = larger
    }
    this.#known.set(this.#current, start)
  }

  bytes(): Buffer {
    const sizeWords = vectorBytes(this.#width / 2) / 4
    const words = new Uint32Array(this.count * sizeWords)
    for (let value = 0; value < this.count; value++) {
      const [from, to] = [value * this.#width, value * sizeWords]
      words.set(this.#known.subarray(from, from + this.#width), to + 2)
      for (let index = 0; index < this.#width; index++) {
        if (this.#known[from + index] !== 0) words[to + (index >> 6)] |= 1 << ((index >> 1) & 31)
      }
    }
    return Buffer.from(words.buffer)
  }
}
