import type { Field, FieldType, FieldValue, Readers } from '#fields'

type FieldExtras = Partial<Omit<Field, 'name' | 'type'>>

function field(name: string, type: FieldType, extras: FieldExtras = {}): Field {
  return { name, type, help: name, example: name, points: ['http-edge'], ...extras }
}

/** Fields of every type, for tests of the language. */
export const TEST_FIELDS: readonly Field[] = [
  field('flag', 'Bool'),
  field('other.flag', 'Bool'),
  field('number', 'Int'),
  field('other.number', 'Int'),
  field('size', 'Int', { unit: 'bytes' }),
  field('seconds', 'Int', { unit: 'seconds' }),
  field('millis', 'Int', { unit: 'milliseconds', since: 'response' }),
  field('text', 'String'),
  field('other.text', 'String'),
  field('address', 'IP', { points: ['http-edge', 'dns'] }),
  field('other.address', 'IP'),
  field('texts', 'Array<String>'),
  field('numbers', 'Array<Int>'),
  field('flags', 'Array<Bool>'),
  field('addresses', 'Array<IP>'),
  field('text.map', 'Map<String>'),
  field('number.map', 'Map<Int>'),
  field('headers', 'Map<Array<String>>', { keys: 'lower-case' }),
  field('number.lists', 'Map<Array<Int>>'),
]

export const TEST_FIELD_BY_NAME: ReadonlyMap<string, Field> = new Map(TEST_FIELDS.map((each) => [each.name, each]))

/** A row: values by field name; what is missing is absent. */
export type Row = ReadonlyMap<string, FieldValue>

export const ROW_READERS: Readers<Row> = {
  read: Object.fromEntries(TEST_FIELDS.map(({ name }) => [name, (row: Row) => row.get(name)])),
}
