import type { FactRow } from '../population/fact-row.ts'
import type { Dimension, RowCounts } from './dimension.ts'

/** Below so many flows of the bad side, what they have in common says as much as their packets. */
const TELLING_FLOWS = 12

/** By code of a dimension: how many rows with that value a flow has, seen from a row; at least 1. */
export interface RowsPerFlow {
  readonly bad: Float64Array
  readonly good: Float64Array
}

/**
 * Which rows are of one flow. A flow has one port, one time base and one set of keys: a value that is frequent because a few
 * flows are long is no mark of the side.
 */
export class Flows {
  /** By row: the number of its flow, from 0; both sides are numbered together. */
  readonly codes: Int32Array
  /** Flows of both sides. */
  readonly size: number
  /** True when there are enough of them to go by. */
  readonly isTelling: boolean
  readonly #counts: RowCounts
  /** Rows in the order of their flows, the bad ones first. */
  readonly #order: Int32Array

  private constructor(codes: Int32Array, size: number, badFlows: number, counts: RowCounts) {
    this.codes = codes
    this.size = size
    this.isTelling = badFlows >= TELLING_FLOWS
    this.#counts = counts
    // Flows of the bad side have the lower numbers, so that its rows come first.
    this.#order = Int32Array.from(codes.keys()).sort((a, b) => codes[a] - codes[b])
  }

  /** Undefined when the rows do not say of which flows they are. */
  static of(rows: readonly FactRow[], counts: RowCounts): Flows | undefined {
    if (!rows.some(({ flow }) => flow !== undefined)) return undefined
    const codes = new Int32Array(rows.length)
    let size = 0
    let badFlows = 0
    let numbers = new Map<number, number>()
    for (const [row, { flow }] of rows.entries()) {
      if (row === counts.bad) {
        badFlows = size
        numbers = new Map()
      }
      let code = flow === undefined ? undefined : numbers.get(flow)
      if (code === undefined) {
        code = size++
        if (flow !== undefined) numbers.set(flow, code)
      }
      codes[row] = code
    }
    return new Flows(codes, size, badFlows, counts)
  }

  rowsPerFlow({ codes, values }: Dimension): RowsPerFlow {
    const { bad } = this.#counts
    const order = this.#order
    return {
      bad: this.#perCode(order.subarray(0, bad), codes, values.length),
      good: this.#perCode(order.subarray(bad), codes, values.length),
    }
  }

  #perCode(order: Int32Array, codes: Int32Array, size: number): Float64Array {
    const rows = new Float64Array(size)
    const squares = new Float64Array(size)
    const ofFlow = new Float64Array(size)
    let start = 0
    for (let at = 1; at <= order.length; at++) {
      if (at < order.length && this.codes[order[at]] === this.codes[order[start]]) continue
      for (let member = start; member < at; member++) ofFlow[codes[order[member]]]++
      for (let member = start; member < at; member++) {
        const code = codes[order[member]]
        rows[code] += ofFlow[code]
        squares[code] += ofFlow[code] ** 2
        ofFlow[code] = 0
      }
      start = at
    }
    return squares.map((square, code) => Math.max(1, square / Math.max(1, rows[code])))
  }
}
