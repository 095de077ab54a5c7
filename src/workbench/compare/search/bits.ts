import type { Candidate } from '../candidates/candidate.ts'
import type { RowCounts } from '../dimensions/dimension.ts'

/** One bit a row, the bad rows first; the good rows begin with a word of their own. */
export type RowBits = Uint32Array

const WORD_BITS = 32

/** Rows of both sides as bits. */
export class BitRows {
  readonly rows: RowCounts
  readonly badWords: number
  readonly words: number

  constructor(rows: RowCounts) {
    this.rows = rows
    this.badWords = Math.ceil(rows.bad / WORD_BITS)
    this.words = this.badWords + Math.ceil(rows.good / WORD_BITS)
  }

  /** Every row. */
  all(): RowBits {
    const bits = new Uint32Array(this.words)
    for (let row = 0; row < this.rows.bad; row++) bits[row >>> 5] |= 1 << (row & 31)
    for (let row = 0; row < this.rows.good; row++) bits[this.badWords + (row >>> 5)] |= 1 << (row & 31)
    return bits
  }

  /** The rows that fulfil a condition. */
  of({ dimension: { codes }, members }: Candidate): RowBits {
    const bits = new Uint32Array(this.words)
    const { bad, good } = this.rows
    for (let row = 0; row < bad; row++) bits[row >>> 5] |= members[codes[row]] << (row & 31)
    for (let row = 0; row < good; row++) {
      bits[this.badWords + (row >>> 5)] |= members[codes[bad + row]] << (row & 31)
    }
    return bits
  }

  /** True when a good row is in a set. */
  isGood(bits: RowBits, row: number): boolean {
    return ((bits[this.badWords + (row >>> 5)] >>> (row & 31)) & 1) === 1
  }

  /** How many rows of each side are in both. */
  countBoth(first: RowBits, second: RowBits, into: RowTotals): void {
    let bad = 0
    for (let word = 0; word < this.badWords; word++) bad += ones(first[word] & second[word])
    let good = 0
    for (let word = this.badWords; word < this.words; word++) good += ones(first[word] & second[word])
    into.bad = bad
    into.good = good
  }
}

/** Rows of each side; written by `countBoth` so that counting allocates nothing. */
export interface RowTotals {
  bad: number
  good: number
}

function ones(word: number): number {
  if (word === 0) return 0
  let bits = word - ((word >>> 1) & 0x5555_5555)
  bits = (bits & 0x3333_3333) + ((bits >>> 2) & 0x3333_3333)
  return Math.imul((bits + (bits >>> 4)) & 0x0f0f_0f0f, 0x0101_0101) >>> 24
}

export function intersect(first: RowBits, second: RowBits): RowBits {
  const bits = new Uint32Array(first.length)
  for (let word = 0; word < bits.length; word++) bits[word] = first[word] & second[word]
  return bits
}

/** True for the bad rows of a set. */
export function holdsBad(bits: RowBits): (row: number) => boolean {
  return (row) => ((bits[row >>> 5] >>> (row & 31)) & 1) === 1
}

/** Takes rows out of a set. */
export function subtract(from: RowBits, taken: RowBits): void {
  for (let word = 0; word < from.length; word++) from[word] &= ~taken[word]
}

/** Puts rows into a set. */
export function add(into: RowBits, added: RowBits): void {
  for (let word = 0; word < into.length; word++) into[word] |= added[word]
}

/** A number for comparing sets quickly: equal sets have equal ones. */
export function fingerprint(bits: RowBits): number {
  let hash = 0x811c9dc5
  for (const word of bits) hash = Math.imul(hash ^ word, 0x01000193) ^ (hash >>> 15)
  return hash
}
