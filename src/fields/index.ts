export type { Field, FieldTargets, FieldType, PointName, ScalarType } from './field.ts'
export { FIELD_BY_NAME, FIELDS } from './schema.ts'
export type { EntryReader, FieldValue, Reader, Readers, ScalarValue } from './value.ts'
