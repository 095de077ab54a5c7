import type { Field, FieldType, FieldValue, ScalarType, ScalarValue } from '#fields'
import { lowerAscii, parseIp } from '#wire'

/** A JSON value that does not fit the type of its field. Thrown inside this file and its callers only. */
export class RowFault extends Error {}

/**
 * A JSON value as a value of the rules language. Addresses are text; a string is bytes, one a character, and one that
 * holds a character above 0xff is text and stands for its UTF-8 bytes. The strings of Map<Array<String>> may stand alone.
 * @throws RowFault saying what was expected
 */
export function valueFromJson(json: unknown, field: Field): FieldValue {
  const { type } = field
  if (type.startsWith('Map<')) return mapFromJson(json, field, type.slice(4, -1) as FieldType)
  return type.startsWith('Array<') ? arrayFromJson(json, field.name, type) : scalarFromJson(json, field.name, type)
}

function mapFromJson(json: unknown, field: Field, type: FieldType): FieldValue {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) throw expected(field.name, 'an object', json)
  const map = new Map<string, readonly ScalarValue[]>()
  const scalars = new Map<string, ScalarValue>()
  for (const [name, item] of Object.entries(json)) {
    const key = field.keys === 'lower-case' ? lowerAscii(bytes(name)) : bytes(name)
    const where = `${field.name}[${JSON.stringify(name)}]`
    if (!type.startsWith('Array<')) scalars.set(key, scalarFromJson(item, where, type))
    else map.set(key, [...(map.get(key) ?? []), ...arrayFromJson(Array.isArray(item) ? item : [item], where, type)])
  }
  return type.startsWith('Array<') ? map : scalars
}

function arrayFromJson(json: unknown, where: string, type: FieldType): readonly ScalarValue[] {
  if (!Array.isArray(json)) throw expected(where, 'an array', json)
  const element = type.slice(6, -1) as ScalarType
  return json.map((item, i) => scalarFromJson(item, `${where}[${i}]`, element))
}

function scalarFromJson(json: unknown, where: string, type: FieldType): ScalarValue {
  switch (type) {
    case 'Bool':
      if (typeof json === 'boolean') return json
      throw expected(where, 'true or false', json)
    case 'Int':
      if (typeof json === 'number' && Number.isSafeInteger(json)) return json + 0
      throw expected(where, 'a whole number between -(2^53-1) and 2^53-1', json)
    case 'IP': {
      const address = typeof json === 'string' ? parseIp(json) : undefined
      if (address !== undefined) return address
      throw expected(where, 'an IP address as text', json)
    }
    default:
      if (typeof json === 'string') return bytes(json)
      throw expected(where, 'a string', json)
  }
}

const ABOVE_BYTES = /[^\u0000-\u00ff]/

function bytes(text: string): string {
  return ABOVE_BYTES.test(text) ? Buffer.from(text, 'utf8').toString('latin1') : text
}

const SHOWN_CHARACTERS = 60

function expected(where: string, what: string, json: unknown): RowFault {
  const text = JSON.stringify(json) ?? String(json)
  const shown = text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS)}...` : text
  return new RowFault(`${where} must be ${what}, not ${shown}`)
}
