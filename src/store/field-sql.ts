import { COLUMNS, RECORDED_KINDS, type RecordedKind } from '#events'
import { FIELD_BY_NAME } from '#fields'
import { identifier } from './sql-text.ts'

const PATH = '"http.request.uri.path"'
const QUERY = '"http.request.uri.query"'
const URI = `(CASE WHEN coalesce(${QUERY}, '') = '' THEN ${PATH} ELSE ${PATH} || '?' || ${QUERY} END)`
const UPPER = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ'
/** What stands behind the last dot of a path. */
const ENDING = `right(${PATH}, strpos(reverse(${PATH}), '.') - 1)`
/** `lower` knows letters beyond ASCII, of which bytes are none; `translate` takes long. */
const LOWER_ENDING = `(CASE WHEN strlen(${PATH}) = length(${PATH}) THEN lower(${ENDING})
  ELSE translate(${ENDING}, '${UPPER}', '${UPPER.toLowerCase()}') END)`

/** Fields that are no columns but follow from columns, exactly as the point derives them. */
const DERIVED: Readonly<Record<string, string>> = {
  'http.request.uri': URI,
  'http.request.full_uri': `(CASE WHEN "ssl" THEN 'https' ELSE 'http' END || '://' || coalesce("http.host", '') || ${URI})`,
  'http.request.uri.path.extension': `(CASE WHEN contains(${PATH}, '.') AND NOT contains(${ENDING}, '/') AND ${ENDING} <> ''
  THEN ${LOWER_ENDING} END)`,
}

const COLUMN_NAMES: Readonly<Record<RecordedKind, ReadonlySet<string>>> = {
  http: columnNames('http'),
  packet: columnNames('packet'),
  flow: columnNames('flow'),
}

function columnNames(kind: RecordedKind): ReadonlySet<string> {
  return new Set(COLUMNS[kind].map((column) => column.name))
}

/** SQL of a field's value over a row of a kind; undefined when the row does not hold it. */
export function fieldSql(name: string, kind: RecordedKind): string | undefined {
  if (FIELD_BY_NAME.has(name) && COLUMN_NAMES[kind].has(name)) return identifier(name)
  return kind === 'http' ? DERIVED[name] : undefined
}

/** Kinds whose events record all of these fields. */
export function kindsRecording(fields: Iterable<string>): readonly RecordedKind[] {
  const names = [...fields]
  return RECORDED_KINDS.filter((kind) => names.every((name) => fieldSql(name, kind) !== undefined))
}
