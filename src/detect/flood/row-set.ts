import { COLUMNS } from './columns.ts'
import { type Condition, rowFulfils } from './condition.ts'

const WIDTH = COLUMNS.length

/** Rows of column values, one after the other. */
export interface RowSet {
  readonly rows: Float64Array
  readonly size: number
}

export function joinRows(first: RowSet, second: RowSet): RowSet {
  const rows = new Float64Array((first.size + second.size) * WIDTH)
  rows.set(first.rows.subarray(0, first.size * WIDTH))
  rows.set(second.rows.subarray(0, second.size * WIDTH), first.size * WIDTH)
  return { rows, size: first.size + second.size }
}

/** The rows that are wanted. */
export function selectRows({ rows, size }: RowSet, isWanted: (row: number) => boolean): RowSet {
  const selected: number[] = []
  for (let row = 0; row < size; row++) if (isWanted(row)) selected.push(row)
  const chosen = new Float64Array(selected.length * WIDTH)
  for (const [place, row] of selected.entries())
    chosen.set(rows.subarray(row * WIDTH, (row + 1) * WIDTH), place * WIDTH)
  return { rows: chosen, size: selected.length }
}

/** How many rows fulfil all conditions. */
export function countMatching(conditions: readonly Condition[], { rows, size }: RowSet): number {
  let count = 0
  for (let row = 0; row < size; row++) if (rowFulfils(conditions, rows, row * WIDTH)) count++
  return count
}
