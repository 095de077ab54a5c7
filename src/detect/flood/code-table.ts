import { COLUMNS } from './columns.ts'
import type { RowSet } from './row-set.ts'

const WIDTH = COLUMNS.length

/** One column of two sets of rows, its values replaced by their places in the sorted list of all values. */
export interface CodedColumn {
  readonly column: number
  /** Without the missing one; sorted. */
  readonly values: Float64Array
  /** Of the rows of the attack, then of the good ones; 0xffff when the row has no value. */
  readonly codes: Uint16Array
}

export const NO_CODE = 0xffff

/** By their places in `COLUMNS`; undefined where no row of the attack has a value. */
export type CodeTable = readonly (CodedColumn | undefined)[]

/** Codes all columns. The sets together have fewer than 0xffff rows. */
export function codeColumns(attack: RowSet, good: RowSet): CodeTable {
  const total = attack.size + good.size
  const all = new Float64Array(total)
  return COLUMNS.map((_, column) => (gather(attack, good, column, all) ? codeColumn(column, all) : undefined))
}

/** What a row has in a column; -1 when it has nothing. */
export function valueIn(table: CodeTable, column: number, row: number): number {
  const coded = table[column]
  if (coded === undefined) return -1
  const code = coded.codes[row]
  return code === NO_CODE ? -1 : coded.values[code]
}

/** Writes the values of a column to `all`. False when the attack has none. */
function gather(attack: RowSet, good: RowSet, column: number, all: Float64Array): boolean {
  let isThere = false
  for (let row = 0; row < attack.size; row++) {
    const value = attack.rows[row * WIDTH + column]
    all[row] = value
    if (value >= 0) isThere = true
  }
  for (let row = 0; row < good.size; row++) all[attack.size + row] = good.rows[row * WIDTH + column]
  return isThere
}

function codeColumn(column: number, all: Float64Array): CodedColumn {
  const sorted = Float64Array.from(all).sort()
  let distinct = 0
  for (let at = 0; at < sorted.length; at++) {
    if (sorted[at] >= 0 && (distinct === 0 || sorted[at] !== sorted[distinct - 1])) sorted[distinct++] = sorted[at]
  }
  const values = sorted.slice(0, distinct)
  const codes = new Uint16Array(all.length)
  for (let row = 0; row < all.length; row++) codes[row] = all[row] < 0 ? NO_CODE : placeOf(values, all[row])
  return { column, values, codes }
}

function placeOf(values: Float64Array, value: number): number {
  let low = 0
  let high = values.length - 1
  while (low < high) {
    const middle = (low + high) >> 1
    if (values[middle] < value) low = middle + 1
    else high = middle
  }
  return low
}
