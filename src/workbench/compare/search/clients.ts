import type { Dimension, RowCounts } from '../dimensions/dimension.ts'
import { holdsBad, type RowBits } from './bits.ts'

/**
 * Says of how many clients some bad rows are. What all rows of one client have in common proves little: a handful of busy
 * clients of any sort share something that the others lack.
 */
export class Clients {
  readonly #codes: Int32Array
  readonly #counts: Float64Array
  readonly #badRows: number

  /** @param source what names the client of a row */
  constructor(source: Dimension, { bad }: RowCounts) {
    this.#codes = source.codes
    this.#counts = new Float64Array(source.values.length)
    this.#badRows = bad
  }

  /** How many rows of one client there are, seen from a row; at least 1. */
  rowsPerClient(bits: RowBits): number {
    const isHit = holdsBad(bits)
    this.#counts.fill(0)
    let rows = 0
    for (let row = 0; row < this.#badRows; row++) {
      if (!isHit(row)) continue
      this.#counts[this.#codes[row]]++
      rows++
    }
    const squares = this.#counts.reduce((sum, count) => sum + count * count, 0)
    return Math.max(1, squares / Math.max(1, rows))
  }
}
