import { type Column, COLUMNS, type EventKind, isNested } from '#events'
import { pathList } from './engine.ts'
import { identifier, literal } from './sql-text.ts'

export interface SegmentColumn {
  readonly name: string
  readonly type: string
}

/**
 * The statement that stores the rows of segments which share one header. Columns that the table does not know, or of
 * another type, are left out; columns that the segments do not have stay null. `tolerant` skips rows that cannot be read.
 */
export function insertSql(
  kind: EventKind,
  table: string,
  columns: readonly SegmentColumn[],
  paths: readonly string[],
  tolerant: boolean,
): string {
  const present = new Map(columns.map((column) => [column.name, column.type]))
  const stored = COLUMNS[kind].filter((column) => present.get(column.name) === column.type)
  const names = stored.map((column) => identifier(column.name)).join(', ')
  const values = stored.map((column) => valueSql(column, tolerant)).join(', ')
  return `INSERT INTO ${table} (${names}) SELECT ${values} FROM ${readSql(columns, paths, tolerant)}`
}

function valueSql(column: Column, tolerant: boolean): string {
  const name = identifier(column.name)
  if (!isNested(column.type)) return name
  return tolerant ? `TRY_CAST(TRY_CAST(${name} AS JSON) AS ${column.type})` : `CAST(${name}::JSON AS ${column.type})`
}

function readSql(columns: readonly SegmentColumn[], paths: readonly string[], tolerant: boolean): string {
  const types = columns.map(({ name, type }) => `${literal(name)}: ${literal(isNested(type) ? 'VARCHAR' : type)}`)
  const options = [
    'auto_detect = false',
    'header = false',
    'skip = 1',
    "delim = '\x1f'",
    "quote = '\x1e'",
    "escape = '\x1e'",
    "new_line = '\\n'",
    "nullstr = ''",
    'allow_quoted_nulls = false',
    // A bad file must not be able to claim all memory: rows are 64 KiB at most, in UTF-8 twice that.
    'max_line_size = 262144',
    `ignore_errors = ${String(tolerant)}`,
    `columns = {${types.join(', ')}}`,
  ]
  return `read_csv(${pathList(paths)}, ${options.join(', ')})`
}

/** Columns of a new table of a kind. */
export function tableColumnsSql(kind: EventKind): string {
  return COLUMNS[kind].map((column) => `${identifier(column.name)} ${column.type}`).join(', ')
}
