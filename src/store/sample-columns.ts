import { type Column, FIELD_COLUMNS, isNested, type RecordedKind } from '#events'
import { identifier } from './sql-text.ts'

/** A column of a sample while it is packed. */
export interface SampleColumn {
  /** In the table of what was chosen. */
  readonly name: string
  readonly sql: string
  /** Undefined for what is no field of the kind. */
  readonly field: string | undefined
}

/** What `readSample` reads besides fields, in this order behind them. */
const HEAD_OF_SAMPLE = ['ray', 'time', 'weight', 'omissions'] as const

/** The columns of those fields that a kind records, then those of the head. */
export function sampleColumns(fields: readonly string[], kind: RecordedKind): readonly SampleColumn[] {
  const wanted = new Set(fields)
  const recorded = FIELD_COLUMNS[kind]
    .filter(({ name }) => wanted.has(name))
    .map((column, at) => ({ name: `f${at}`, sql: packedSql(column), field: column.name }))
  return [...recorded, ...HEAD_OF_SAMPLE.map((name) => ({ name, sql: identifier(name), field: undefined }))]
}

/** Addresses have more digits than a number of JSON keeps; equal lists and maps are found by their text. */
function packedSql({ name, type }: Column): string {
  const text = `${identifier(name)}::${type.replace('UHUGEINT', 'VARCHAR')}`
  return isNested(type) ? `to_json(${text})::VARCHAR` : text
}
