import { type Field, type FieldType, type FieldValue, type ScalarType, type ScalarValue } from '#fields'
import { lowerAscii, parseIp } from '#wire'

/**
 * A JSON value as a value of a field; undefined when it does not fit the field's type, so that one odd value does not cost a
 * whole comparison. Addresses are text. A string is bytes, one a character; one with a character above 0xff is text and
 * stands for its UTF-8 bytes. The values of Map<Array<...>> may stand alone.
 */
export function factValue(json: unknown, field: Field): FieldValue | undefined {
  const { type } = field
  if (type.startsWith('Map<')) return mapValue(json, field, type.slice(4, -1) as FieldType)
  if (type.startsWith('Array<')) return arrayValue(json, type.slice(6, -1) as ScalarType)
  return scalarValue(json, type as ScalarType)
}

function mapValue(json: unknown, field: Field, type: FieldType): FieldValue | undefined {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) return undefined
  const isList = type.startsWith('Array<')
  const element = (isList ? type.slice(6, -1) : type) as ScalarType
  const lists = new Map<string, readonly ScalarValue[]>()
  const scalars = new Map<string, ScalarValue>()
  for (const [name, item] of Object.entries(json)) {
    const key = field.keys === 'lower-case' ? lowerAscii(bytes(name)) : bytes(name)
    if (isList) {
      const values = arrayValue(Array.isArray(item) ? item : [item], element)
      if (values !== undefined) lists.set(key, [...(lists.get(key) ?? []), ...values])
      continue
    }
    const value = scalarValue(item, element)
    if (value !== undefined) scalars.set(key, value)
  }
  return isList ? lists : scalars
}

function arrayValue(json: unknown, type: ScalarType): readonly ScalarValue[] | undefined {
  if (!Array.isArray(json)) return undefined
  const values = json.map((item: unknown) => scalarValue(item, type))
  return values.every((value) => value !== undefined) ? values : undefined
}

const SCALARS: Readonly<Record<ScalarType, (json: unknown) => ScalarValue | undefined>> = {
  Bool: (json) => (typeof json === 'boolean' ? json : undefined),
  Int: (json) => (typeof json === 'number' && Number.isSafeInteger(json) ? json + 0 : undefined),
  IP: (json) => (typeof json === 'string' ? parseIp(json) : undefined),
  String: (json) => (typeof json === 'string' ? bytes(json) : undefined),
}

function scalarValue(json: unknown, type: ScalarType): ScalarValue | undefined {
  return SCALARS[type](json)
}

const ABOVE_BYTES = /[^\u0000-\u00ff]/

function bytes(text: string): string {
  return ABOVE_BYTES.test(text) ? Buffer.from(text, 'utf8').toString('latin1') : text
}
