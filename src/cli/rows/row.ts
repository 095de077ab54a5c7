import { FIELD_BY_NAME, FIELDS, type FieldValue, type Readers } from '#fields'
import { messageOf } from '#kernel'
import { RowFault, valueFromJson } from './json-value.ts'

/** Facts by field name. */
export type Row = ReadonlyMap<string, FieldValue>

/** How expressions read a row: what is not in it is absent. */
export const ROW_READERS: Readers<Row> = {
  read: Object.fromEntries(FIELDS.map(({ name }) => [name, (row: Row) => row.get(name)])),
}

export type RowResult = { readonly ok: true; readonly row: Row } | { readonly ok: false; readonly message: string }

/**
 * Reads one line `{ "field.name": value }`. `null` is an absent value. Only `wanted` fields are converted and checked;
 * `onUnknown` hears of keys that name no field.
 */
export function parseRow(line: string, wanted: ReadonlySet<string>, onUnknown: (key: string) => void): RowResult {
  try {
    const json: unknown = JSON.parse(line)
    if (typeof json !== 'object' || json === null || Array.isArray(json)) {
      return { ok: false, message: 'a JSON object { "field.name": value } is expected' }
    }
    return { ok: true, row: rowFromObject(json, wanted, onUnknown) }
  } catch (error) {
    if (error instanceof SyntaxError) return { ok: false, message: `this is no JSON: ${messageOf(error)}` }
    if (error instanceof RowFault) return { ok: false, message: error.message }
    throw error
  }
}

function rowFromObject(json: object, wanted: ReadonlySet<string>, onUnknown: (key: string) => void): Row {
  const row = new Map<string, FieldValue>()
  for (const [key, value] of Object.entries(json)) {
    const field = FIELD_BY_NAME.get(key)
    if (field === undefined) onUnknown(key)
    else if (wanted.has(key) && value !== null) row.set(key, valueFromJson(value, field))
  }
  return row
}
