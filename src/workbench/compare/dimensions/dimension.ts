import type { Field, ScalarType, ScalarValue } from '#fields'
import type { RowsPerFlow } from './flows.ts'

/** What candidates may be made of the values of a dimension. */
interface DimensionUse {
  /** Absent: filters may use it. */
  readonly note?: string
  /** Single values and sets of them. */
  readonly values: boolean
  /** Pieces of its values: beginnings, ends, words, lengths. */
  readonly parts: boolean
  readonly ranges: boolean
}

/**
 * One thing that every row has or lacks: a field, an entry of a map, a length, a piece of a payload. Rows hold codes into a
 * dictionary of values, in which 0 is "absent"; the bad rows come first.
 */
export interface Dimension {
  /** As it is written in the rules language. */
  readonly operand: string
  readonly field: Field
  readonly type: ScalarType
  readonly use: DimensionUse
  /** By row. */
  readonly codes: Int32Array
  /** By code; `values[0]` is undefined. */
  readonly values: readonly (ScalarValue | undefined)[]
  /** Rows of each side by code. */
  readonly badCounts: Float64Array
  readonly goodCounts: Float64Array
  /** What a condition on it costs besides its length. */
  readonly price: number
  /** Where rows are packets of flows. */
  readonly rowsPerFlow?: RowsPerFlow
  /** By code: 1 for values that only say when a row was sent. */
  readonly boundToTime?: Uint8Array
}

/** Rows of both sides, the bad ones first. */
export interface RowCounts {
  readonly bad: number
  readonly good: number
}

/** Turns values by row into codes. */
export function encodeColumn(values: readonly (ScalarValue | undefined)[]): {
  readonly codes: Int32Array
  readonly values: readonly (ScalarValue | undefined)[]
} {
  const codeByValue = new Map<ScalarValue | undefined, number>([[undefined, 0]])
  const dictionary: (ScalarValue | undefined)[] = [undefined]
  const codes = new Int32Array(values.length)
  for (let row = 0; row < values.length; row++) {
    const value = values[row]
    if (value === undefined) continue
    let code = codeByValue.get(value)
    if (code === undefined) {
      code = dictionary.length
      codeByValue.set(value, code)
      dictionary.push(value)
    }
    codes[row] = code
  }
  return { codes, values: dictionary }
}

/** Rows of each side by code. */
export function countCodes(
  codes: Int32Array,
  size: number,
  { bad }: RowCounts,
): { readonly badCounts: Float64Array; readonly goodCounts: Float64Array } {
  const badCounts = new Float64Array(size)
  const goodCounts = new Float64Array(size)
  for (let row = 0; row < bad; row++) badCounts[codes[row]]++
  for (let row = bad; row < codes.length; row++) goodCounts[codes[row]]++
  return { badCounts, goodCounts }
}

/** What a dimension is made of besides its values. */
export type DimensionFacts = Pick<Dimension, 'operand' | 'field' | 'type' | 'use' | 'price'>

/** A dimension of values by row; undefined when no row has one, or all have the same. */
export function makeDimension(
  facts: DimensionFacts,
  column: readonly (ScalarValue | undefined)[],
  rows: RowCounts,
): Dimension | undefined {
  const { codes, values } = encodeColumn(column)
  if (!isTelling(values, codes)) return undefined
  return { ...facts, codes, values, ...countCodes(codes, values.length, rows) }
}

/** False when no row has a value, or all have the same. */
export function isTelling(values: Dimension['values'], codes: Int32Array): boolean {
  return values.length > 2 || (values.length === 2 && codes.includes(0))
}

/** A dimension that follows from another one value by value, such as a length; undefined as in `makeDimension`. */
export function deriveDimension(
  source: Dimension,
  facts: DimensionFacts,
  derive: (value: ScalarValue) => ScalarValue | undefined,
  rows: RowCounts,
): Dimension | undefined {
  const derived = encodeColumn(source.values.map((value) => (value === undefined ? undefined : derive(value))))
  if (derived.values.length === 1) return undefined
  const codes = new Int32Array(source.codes.length)
  for (let row = 0; row < codes.length; row++) codes[row] = derived.codes[source.codes[row]]
  if (!isTelling(derived.values, codes)) return undefined
  return { ...facts, codes, values: derived.values, ...countCodes(codes, derived.values.length, rows) }
}

/** The dimension with only those bad rows counted for which `isLeft` holds. */
export function recounted(dimension: Dimension, { bad }: RowCounts, isLeft: (row: number) => boolean): Dimension {
  const { codes } = dimension
  const badCounts = new Float64Array(dimension.badCounts.length)
  for (let row = 0; row < bad; row++) if (isLeft(row)) badCounts[codes[row]]++
  return { ...dimension, badCounts }
}
