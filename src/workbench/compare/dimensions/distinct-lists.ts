import type { ScalarValue } from '#fields'
import {
  countCodes,
  type Dimension,
  type DimensionFacts,
  encodeColumn,
  isTelling,
  type RowCounts,
} from './dimension.ts'

type List = readonly ScalarValue[]

/** Cannot stand in what it separates but by malice, and then two lists fall together only if they read the same. */
const SEPARATOR = '\u0000'
const NO_LIST: List = []

/** The lists of a column, each once: most rows have one that others have too, and what follows from it is found once. */
export class DistinctLists {
  /** By code; code 0 stands for rows without a list. */
  readonly lists: readonly List[]
  readonly longest: number
  readonly #codes: Int32Array

  constructor(column: readonly (List | undefined)[]) {
    const codeByText = new Map<string, number>()
    const lists: List[] = [NO_LIST]
    this.#codes = new Int32Array(column.length)
    for (let row = 0; row < column.length; row++) {
      const list = column[row]
      if (list === undefined) continue
      const text = `${list.length}${SEPARATOR}${list.join(SEPARATOR)}`
      let code = codeByText.get(text)
      if (code === undefined) {
        code = lists.length
        codeByText.set(text, code)
        lists.push(list)
      }
      this.#codes[row] = code
    }
    this.lists = lists
    this.longest = lists.reduce((most, list) => Math.max(most, list.length), 0)
  }

  /** Rows of each side by code. */
  counts(rows: RowCounts): Pick<Dimension, 'badCounts' | 'goodCounts'> {
    return countCodes(this.#codes, this.lists.length, rows)
  }

  /** A dimension of what follows from each list; undefined when no row has it, or all have the same. */
  derive(
    facts: DimensionFacts,
    derive: (list: List) => ScalarValue | undefined,
    rows: RowCounts,
  ): Dimension | undefined {
    const { codes: codeOf, values } = encodeColumn(
      this.lists.map((list, code) => (code === 0 ? undefined : derive(list))),
    )
    const codes = this.#codes.map((code) => codeOf[code])
    if (!isTelling(values, codes)) return undefined
    return { ...facts, codes, values, ...countCodes(codes, values.length, rows) }
  }
}
