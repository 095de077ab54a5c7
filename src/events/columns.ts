import { type Field, FIELDS, type FieldType, type ScalarType } from '#fields'
import type { EventKind, RecordedKind } from './event.ts'

/** A column of the event store: its name is that of a field, or of a part of the head that is no field. */
export interface Column {
  readonly name: string
  /** DuckDB type. Lists and maps stand as JSON in the spool and are converted when they are stored. */
  readonly type: string
  /** The field that is read for it; absent for the head. */
  readonly field?: Field
}

const SCALAR_TYPES: Readonly<Record<ScalarType, string>> = {
  Bool: 'BOOLEAN',
  Int: 'BIGINT',
  String: 'VARCHAR',
  // 128 bits with IPv4 mapped into ::ffff:0:0/96, so that a prefix is a range.
  IP: 'UHUGEINT',
}

/** The column type that holds values of a field type. */
export function columnType(type: FieldType): string {
  const scalar = SCALAR_TYPES[type.replace(/^(?:Map<|Array<)+|>+$/g, '') as ScalarType]
  if (type.startsWith('Array<')) return `${scalar}[]`
  if (type.startsWith('Map<Array<')) return `MAP(VARCHAR, ${scalar}[])`
  return type.startsWith('Map<') ? `MAP(VARCHAR, ${scalar})` : scalar
}

/** True for the types that the spool writes as JSON. */
export function isNested(type: string): boolean {
  return type.endsWith('[]') || type.startsWith('MAP(')
}

const HEAD_COLUMNS: readonly Column[] = [
  { name: 'time', type: 'BIGINT' },
  { name: 'ray', type: 'VARCHAR' },
  { name: 'trace', type: 'VARCHAR' },
  { name: 'point', type: 'VARCHAR' },
  { name: 'policy_version', type: 'VARCHAR' },
  { name: 'weight', type: 'DOUBLE' },
  { name: 'decision.verdict', type: 'VARCHAR' },
  { name: 'decision.phase', type: 'VARCHAR' },
  { name: 'decision.rule_id', type: 'VARCHAR' },
  { name: 'decision.rule_ids', type: 'VARCHAR[]' },
  { name: 'decision.why', type: 'VARCHAR' },
  // JSON array of [phase, rule id, action, logOnly].
  { name: 'decision.matches', type: 'VARCHAR' },
]

const HEAD_NAMES: ReadonlySet<string> = new Set(HEAD_COLUMNS.map((column) => column.name))

/** The column of a fact. */
export type FieldColumn = Column & { readonly field: Field }

/** What no rule can read of a packet, and is recorded nevertheless. */
const PACKET_ONLY: ReadonlySet<string> = new Set(['packet.interface', 'packet.direction'])

/** Which fields an event of a kind records; of requests also those that no rule can read. */
const IS_RECORDED: Readonly<Record<RecordedKind, (field: Field) => boolean>> = {
  http: ({ name, column, points }) =>
    column === true && (points.includes('http-edge') || points.length === 0) && !PACKET_ONLY.has(name),
  // Packets are few and small: whatever a rule could have read of one is kept.
  packet: ({ name, points }) => points.includes('firewall') || PACKET_ONLY.has(name),
  flow: ({ points }) => points.includes('flow-telemetry'),
}

/** Fields that an event records, each in the column of its name. */
export const FIELD_COLUMNS: Readonly<Record<RecordedKind, readonly FieldColumn[]>> = {
  http: fieldColumns(IS_RECORDED.http),
  packet: fieldColumns(IS_RECORDED.packet),
  flow: fieldColumns(IS_RECORDED.flow),
}

function fieldColumns(isRecorded: (field: Field) => boolean): readonly FieldColumn[] {
  return FIELDS.filter((field) => isRecorded(field) && !HEAD_NAMES.has(field.name)).map((field) => ({
    name: field.name,
    type: columnType(field.type),
    field,
  }))
}

function columnsOf(kind: RecordedKind): readonly Column[] {
  // The last one is known only after every value was written: JSON array of [field, key, reason, length, hash].
  return [...HEAD_COLUMNS, ...FIELD_COLUMNS[kind], { name: 'omissions', type: 'VARCHAR' }]
}

/** Columns by kind, in the order of the spool. */
export const COLUMNS: Readonly<Record<EventKind, readonly Column[]>> = {
  http: columnsOf('http'),
  packet: columnsOf('packet'),
  flow: columnsOf('flow'),
  system: [
    { name: 'time', type: 'BIGINT' },
    { name: 'ray', type: 'VARCHAR' },
    { name: 'level', type: 'VARCHAR' },
    { name: 'code', type: 'VARCHAR' },
    { name: 'message', type: 'VARCHAR' },
    // JSON object.
    { name: 'facts', type: 'VARCHAR' },
  ],
}
