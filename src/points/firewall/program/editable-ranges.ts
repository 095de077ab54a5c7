import { IPV6_WORDS, type IpRange } from '#wire'
import type { RangeDifference } from './list-difference.ts'

/** Ranges that can be added before all are copied to larger memory. */
const SPARE_RANGES = 1024

type Point = number | bigint

/**
 * The ranges of one family of a set, first and last address in turn, that change in place: only what lies around a change is
 * looked at, and what stands behind it is moved as memory.
 */
export class EditableRanges {
  readonly #width: 1 | 4
  #words: Uint32Array
  #length: number

  constructor(family: 'ipv4' | 'ipv6', bounds: Uint32Array) {
    this.#width = family === 'ipv4' ? 1 : IPV6_WORDS
    this.#length = bounds.length
    this.#words = new Uint32Array(bounds.length + SPARE_RANGES * 2 * this.#width)
    this.#words.set(bounds)
  }

  /** As they are now; what was given before holds nothing any more. */
  get bounds(): Uint32Array {
    return this.#words.subarray(0, this.#length)
  }

  /** Adds a range, or takes it away; returns the ranges that went, and those that came. */
  edit(edit: IpRange, isAdded: boolean): RangeDifference {
    const step = this.#width * 2
    const total = this.#length / step
    // Ranges from `from` up to, not including, `to` overlap it.
    const from = firstWhere(total, (range) => this.#point(range, true) >= edit.first)
    const to = firstWhere(total, (range) => this.#point(range, false) > edit.last)
    const removed = this.#words.slice(from * step, to * step)
    const first = from < to ? this.#point(from, false) : edit.first
    const last = from < to ? this.#point(to - 1, true) : edit.last
    const left = isAdded
      ? [{ first: first < edit.first ? first : edit.first, last: last > edit.last ? last : edit.last }]
      : [
          { first, last: before(edit.first) },
          { first: behind(edit.last), last },
        ].filter((part) => from < to && part.first <= part.last)
    const added = Uint32Array.from(left.flatMap((part) => [...this.#wordsOf(part.first), ...this.#wordsOf(part.last)]))
    this.#replace(from * step, to * step, added)
    return { removed, added }
  }

  #point(range: number, isLast: boolean): Point {
    const at = (range * 2 + (isLast ? 1 : 0)) * this.#width
    if (this.#width === 1) return this.#words[at]
    let point = 0n
    for (let word = 0; word < this.#width; word++) point = (point << 32n) | BigInt(this.#words[at + word])
    return point
  }

  #wordsOf(point: Point): readonly number[] {
    if (typeof point === 'number') return [point]
    return [96n, 64n, 32n, 0n].map((shift) => Number((point >> shift) & 0xffff_ffffn))
  }

  #replace(from: number, to: number, words: Uint32Array): void {
    const length = this.#length + words.length - (to - from)
    if (length > this.#words.length) {
      const larger = new Uint32Array(length * 2)
      larger.set(this.bounds)
      this.#words = larger
    }
    this.#words.copyWithin(from + words.length, to, this.#length)
    this.#words.set(words, from)
    this.#length = length
  }
}

/** The first index up to `total` for which a condition, false up to there, is true. */
function firstWhere(total: number, condition: (index: number) => boolean): number {
  let [low, high] = [0, total]
  while (low < high) {
    const middle = (low + high) >>> 1
    if (condition(middle)) high = middle
    else low = middle + 1
  }
  return low
}

function before(point: Point): Point {
  return typeof point === 'number' ? point - 1 : point - 1n
}

function behind(point: Point): Point {
  return typeof point === 'number' ? point + 1 : point + 1n
}
