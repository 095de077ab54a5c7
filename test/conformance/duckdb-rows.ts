import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api'
import type { FieldType, FieldValue } from '#fields'
import { toUint128 } from '#wire'
import { FIELDS, type Row, scalarOf } from './values.ts'

const COLUMN_TYPE = { Bool: 'BOOLEAN', Int: 'BIGINT', String: 'VARCHAR', IP: 'UHUGEINT' } as const

/** A condition as `compileSql` gives it. */
export interface Condition {
  readonly text: string
  readonly parameters: readonly string[]
}

/** Rows in a DuckDB table with the column types of the event store. */
export class DuckDbRows {
  readonly #connection: DuckDBConnection
  readonly #instance: DuckDBInstance

  private constructor(instance: DuckDBInstance, connection: DuckDBConnection) {
    this.#instance = instance
    this.#connection = connection
  }

  static async create(rows: readonly Row[]): Promise<DuckDbRows> {
    const instance = await DuckDBInstance.create(':memory:', { threads: '2' })
    const connection = await instance.connect()
    const columns = FIELDS.map((field) => `"${field.name}" ${columnType(field.type)}`)
    await connection.run(`CREATE TABLE rows (id INTEGER, ${columns.join(', ')})`)
    for (const [id, row] of rows.entries()) {
      const values = FIELDS.map((field) => valueSql(row[field.name], field.type))
      await connection.run(`INSERT INTO rows VALUES (${id}, ${values.join(', ')})`)
    }
    return new DuckDbRows(instance, connection)
  }

  /** For each condition its value in each row: true, false, or null, which a condition must never be. */
  async evaluate(conditions: readonly Condition[]): Promise<readonly (readonly unknown[])[]> {
    const parameters: string[] = []
    const columns = conditions.map((condition) => {
      const offset = parameters.length
      parameters.push(...condition.parameters)
      // Nothing that a user wrote is in the text, so every `$` in it is a parameter.
      return condition.text.replace(/\$([0-9]+)/g, (_, position: string) => `$${Number(position) + offset}`)
    })
    const names = columns.map((column, index) => `${column} AS c${index}`)
    const reader = await this.#connection.runAndReadAll(`SELECT ${names.join(', ')} FROM rows ORDER BY id`, parameters)
    return reader.getColumnsJS()
  }

  close(): void {
    this.#connection.closeSync()
    this.#instance.closeSync()
  }
}

/** Reads a column by its field; the SQL that the store would give to `compileSql`. */
export function column(field: string): string {
  return `"${field}"`
}

function columnType(type: FieldType): string {
  const scalar = COLUMN_TYPE[scalarOf(type)]
  if (type.startsWith('Array')) return `${scalar}[]`
  if (type.startsWith('Map<Array')) return `MAP(VARCHAR, ${scalar}[])`
  return type.startsWith('Map') ? `MAP(VARCHAR, ${scalar})` : scalar
}

function valueSql(value: FieldValue | undefined, type: FieldType): string {
  if (value === undefined) return 'NULL'
  const scalar = scalarOf(type)
  if (value instanceof Map) {
    const keys = Array.from(value.keys(), (key) => valueSql(key, 'String'))
    const inner: FieldType = type.startsWith('Map<Array') ? `Array<${scalar}>` : scalar
    const values = Array.from(value.values(), (each) => valueSql(each, inner))
    return `CAST(map([${keys.join(', ')}], [${values.join(', ')}]) AS ${columnType(type)})`
  }
  if (Array.isArray(value))
    return `CAST([${value.map((each) => valueSql(each, scalar)).join(', ')}] AS ${COLUMN_TYPE[scalar]}[])`
  if (scalar === 'IP') return `'${toUint128(value as number | bigint)}'::UHUGEINT`
  return typeof value === 'string' ? stringSql(value) : String(value)
}

function stringSql(text: string): string {
  return /^[ -~]*$/.test(text)
    ? `'${text.replaceAll("'", "''")}'`
    : `(${Array.from(text, (character) => `chr(${character.charCodeAt(0)})`).join(' || ')})`
}
