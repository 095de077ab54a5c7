import type { Destination } from './destination.ts'
import { FLOOD_CLASSES, type FloodClass } from './flood-class.ts'

const WORDS = 4
const KEY_WORDS = WORDS + 1
const END = -1

/** Packets of one class to one destination. */
export interface Tally {
  readonly class: FloodClass
  readonly destination: Destination
  /** Packets, at most; how many of them may be others'. */
  readonly packets: number
  readonly error: number
  /** Those that no mitigation dropped. */
  readonly passed: number
  /** Variance of `packets`, since each sample stands for many. */
  readonly variance: number
}

/**
 * Counts the most frequent keys in bounded memory (Space-Saving; Metwally, Agrawal, El Abbadi 2005): when the table is full,
 * the smallest counter is renamed, and what it had is the error of the new one. Keys are class, prefix length and address.
 */
export class HeavyHitters {
  readonly #capacity: number
  readonly #keys: Uint32Array
  readonly #packets: Float64Array
  readonly #errors: Float64Array
  readonly #passed: Float64Array
  readonly #variances: Float64Array
  /** Chains of entries with the same hash. */
  readonly #heads: Int32Array
  readonly #nexts: Int32Array
  /** Entries by their count, the smallest first. */
  readonly #heap: Int32Array
  readonly #places: Int32Array
  #size = 0

  constructor(capacity: number) {
    this.#capacity = capacity
    this.#keys = new Uint32Array(capacity * KEY_WORDS)
    this.#packets = new Float64Array(capacity)
    this.#errors = new Float64Array(capacity)
    this.#passed = new Float64Array(capacity)
    this.#variances = new Float64Array(capacity)
    this.#heads = new Int32Array(1 << (32 - Math.clz32(capacity * 2 - 1))).fill(END)
    this.#nexts = new Int32Array(capacity)
    this.#heap = new Int32Array(capacity)
    this.#places = new Int32Array(capacity)
  }

  clear(): void {
    this.#heads.fill(END)
    this.#size = 0
  }

  /** Counts `weight` packets of a class, by its place in `FLOOD_CLASSES`, to a destination. */
  add(classIndex: number, { words, bits }: Destination, weight: number, isPassed: boolean): void {
    const tag = classIndex * 256 + bits
    const slot = this.#hash(tag, words, 0)
    let entry = this.#heads[slot]
    while (entry !== END && !this.#isKey(entry, tag, words)) entry = this.#nexts[entry]
    if (entry === END) entry = this.#insert(tag, words, slot)
    this.#packets[entry] += weight
    this.#variances[entry] += weight * weight
    if (isPassed) this.#passed[entry] += weight
    this.#sink(this.#places[entry])
  }

  /** What was counted for a class, by its place in `FLOOD_CLASSES`, to a destination. */
  get(classIndex: number, { words, bits }: Destination): Tally | undefined {
    const tag = classIndex * 256 + bits
    let entry = this.#heads[this.#hash(tag, words, 0)]
    while (entry !== END && !this.#isKey(entry, tag, words)) entry = this.#nexts[entry]
    return entry === END ? undefined : this.#tallyOf(entry)
  }

  /** Every entry with at least `packets`, in no order. */
  *above(packets: number): Generator<Tally> {
    for (let entry = 0; entry < this.#size; entry++) {
      if (this.#packets[entry] >= packets) yield this.#tallyOf(entry)
    }
  }

  #tallyOf(entry: number): Tally {
    const at = entry * KEY_WORDS
    const tag = this.#keys[at + WORDS]
    return {
      class: FLOOD_CLASSES[tag >> 8],
      destination: { words: this.#keys.slice(at, at + WORDS), bits: tag & 0xff },
      packets: this.#packets[entry],
      error: this.#errors[entry],
      passed: this.#passed[entry],
      variance: this.#variances[entry],
    }
  }

  #hash(tag: number, words: Uint32Array, at: number): number {
    let hash = Math.imul(tag ^ 0x9e37_79b9, 0x85eb_ca6b)
    for (let word = 0; word < WORDS; word++) {
      hash = Math.imul(hash ^ words[at + word], 0xc2b2_ae35)
      hash ^= hash >>> 15
    }
    return hash & (this.#heads.length - 1)
  }

  #isKey(entry: number, tag: number, words: Uint32Array): boolean {
    const keys = this.#keys
    const at = entry * KEY_WORDS
    return (
      keys[at + 3] === words[3] &&
      keys[at + WORDS] === tag &&
      keys[at + 2] === words[2] &&
      keys[at + 1] === words[1] &&
      keys[at] === words[0]
    )
  }

  #insert(tag: number, words: Uint32Array, slot: number): number {
    const isFull = this.#size === this.#capacity
    const entry = isFull ? this.#heap[0] : this.#size++
    if (isFull) {
      this.#unchain(entry)
      this.#errors[entry] = this.#packets[entry]
    } else {
      this.#errors[entry] = 0
      this.#packets[entry] = 0
      this.#heap[entry] = entry
      this.#places[entry] = entry
      this.#rise(entry)
    }
    this.#passed[entry] = 0
    this.#variances[entry] = 0
    this.#keys.set(words, entry * KEY_WORDS)
    this.#keys[entry * KEY_WORDS + WORDS] = tag
    this.#nexts[entry] = this.#heads[slot]
    this.#heads[slot] = entry
    return entry
  }

  #unchain(entry: number): void {
    const at = entry * KEY_WORDS
    const slot = this.#hash(this.#keys[at + WORDS], this.#keys, at)
    let before = this.#heads[slot]
    if (before === entry) {
      this.#heads[slot] = this.#nexts[entry]
      return
    }
    while (this.#nexts[before] !== entry) before = this.#nexts[before]
    this.#nexts[before] = this.#nexts[entry]
  }

  #swap(left: number, right: number): void {
    const heap = this.#heap
    const entry = heap[left]
    heap[left] = heap[right]
    heap[right] = entry
    this.#places[heap[left]] = left
    this.#places[heap[right]] = right
  }

  #rise(start: number): void {
    for (let at = start; at > 0;) {
      const parent = (at - 1) >> 1
      if (this.#packets[this.#heap[parent]] <= this.#packets[this.#heap[at]]) return
      this.#swap(at, parent)
      at = parent
    }
  }

  #sink(start: number): void {
    for (let at = start; ;) {
      let child = 2 * at + 1
      if (child >= this.#size) return
      if (child + 1 < this.#size && this.#packets[this.#heap[child + 1]] < this.#packets[this.#heap[child]]) child++
      if (this.#packets[this.#heap[child]] >= this.#packets[this.#heap[at]]) return
      this.#swap(at, child)
      at = child
    }
  }
}
