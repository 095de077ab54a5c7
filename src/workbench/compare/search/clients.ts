import type { RowCounts } from '../dimensions/dimension.ts'
import { type BitRows, holdsBad, type RowBits } from './bits.ts'

/** Who the rows are of. */
interface ClientRows {
  /** By row, the bad ones first: the number of its client. */
  readonly codes: Int32Array
  /** Above every number. */
  readonly size: number
  /** True when what selects much of the bad side is no accident where its clients are busy. */
  readonly isLargeSure: boolean
}

/** A busy client has this many times the rows of nearly all good ones, and this many times their share of a side. */
const BUSY = 6
const NEARLY_ALL = 0.99

/** Rows that each row of a sample stands for. */
export type SampleFactors = Readonly<Record<'bad' | 'good', number>>

/**
 * Says of how many clients, or flows, some rows are. What all rows of one client have in common proves little: a handful of
 * clients of any sort share something that the others lack.
 */
export class Clients {
  readonly isLargeSure: boolean
  /** Clients of each side. */
  readonly all: RowCounts
  /** By row: the number of its client. */
  readonly codes: Int32Array
  readonly #counts: Float64Array
  /** By client. */
  readonly #goodCounts: Float64Array
  readonly #rows: RowCounts
  /** Rows of a busy client in the sample for each row that a good one has. */
  readonly #busyRatio: number
  /** Rows that a good client has at most, but for a few. */
  readonly #usualRows: number

  constructor({ codes, size, isLargeSure }: ClientRows, rows: RowCounts, factors: SampleFactors) {
    this.isLargeSure = isLargeSure
    this.codes = codes
    this.#counts = new Float64Array(size)
    this.#rows = rows
    const bad = this.#count(0, rows.bad, () => true)
    const good = this.#count(rows.bad, codes.length, () => true)
    this.all = { bad, good }
    this.#goodCounts = this.#counts.slice()
    const sizes = this.#goodCounts.filter((count) => count > 0).toSorted()
    this.#usualRows = sizes[Math.floor(sizes.length * NEARLY_ALL)] ?? 1
    this.#busyRatio = BUSY * Math.max(factors.good / factors.bad, rows.bad / Math.max(1, rows.good))
  }

  /** Clients of each side that some rows are of. */
  of(rows: BitRows, bits: RowBits): RowCounts {
    const { bad } = this.#rows
    return {
      bad: this.#count(0, bad, holdsBad(bits)),
      good: this.#count(bad, this.codes.length, (row) => rows.isGood(bits, row - bad)),
    }
  }

  /** True when the clients of some bad rows send more than good ones do, and more than they do themselves on the good side. */
  areBusy(bits: RowBits): boolean {
    this.#count(0, this.#rows.bad, holdsBad(bits))
    let rows = 0
    let squares = 0
    for (const [client, count] of this.#counts.entries()) {
      rows += count
      if (count >= this.#goodCounts[client] * this.#busyRatio) squares += count * count
    }
    // How many rows a client has as seen from a row.
    return squares / Math.max(1, rows) >= this.#usualRows * this.#busyRatio
  }

  /** Counts rows by client; returns how many clients there are. */
  #count(from: number, to: number, isMeant: (row: number) => boolean): number {
    this.#counts.fill(0)
    let clients = 0
    for (let row = from; row < to; row++) if (isMeant(row) && this.#counts[this.codes[row]]++ === 0) clients++
    return clients
  }
}
