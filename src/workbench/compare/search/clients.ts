import type { RowCounts } from '../dimensions/dimension.ts'
import { holdsBad, type RowBits } from './bits.ts'

/** Who the rows are of. */
interface ClientRows {
  /** By row, the bad ones first: the number of its client. */
  readonly codes: Int32Array
  /** Above every number. */
  readonly size: number
  /** True when what selects much of the bad side cannot be an accident of the few clients that it comes from. */
  readonly isLargeSure: boolean
}

/**
 * Says of how many clients, or flows, some bad rows are. What all rows of one client have in common proves little: a handful
 * of busy clients of any sort share something that the others lack.
 */
export class Clients {
  readonly isLargeSure: boolean
  readonly #codes: Int32Array
  readonly #counts: Float64Array
  readonly #badRows: number

  constructor({ codes, size, isLargeSure }: ClientRows, { bad }: RowCounts) {
    this.isLargeSure = isLargeSure
    this.#codes = codes
    this.#counts = new Float64Array(size)
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
