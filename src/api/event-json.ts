import type { Event } from '#events'
import { FIELD_BY_NAME, type FieldType, type FieldValue, type ScalarValue } from '#fields'
import { formatIp } from '#wire'
import type { EventJson, FactJson } from './schema/event.ts'
import { formatMicros } from './time.ts'

type ScalarJson = string | number | boolean

/** An event as the API and the command line show it. */
export function eventJson(event: Event): EventJson {
  const facts: Record<string, FactJson> = {}
  for (const [name, value] of Object.entries(event.facts)) {
    const field = FIELD_BY_NAME.get(name)
    if (field !== undefined) facts[name] = valueJson(value, field.type)
  }
  return {
    ray: event.ray,
    ...(event.trace === undefined ? {} : { trace: event.trace }),
    time: formatMicros(event.timeMicros),
    point: event.point,
    policyVersion: event.policyVersion,
    decision: { ...event.decision, matches: [...event.decision.matches] },
    weight: event.weight,
    facts,
    ...(event.omissions === undefined || event.omissions.length === 0 ? {} : { omissions: [...event.omissions] }),
  }
}

/** A value of the rules language as JSON: addresses as text, byte strings as readable text. */
export function valueJson(value: FieldValue, type: FieldType): FactJson {
  if (type.startsWith('Map<')) {
    const entries = [...(value as ReadonlyMap<string, ScalarValue | readonly ScalarValue[]>)]
    // fromEntries defines own properties, so that a header called __proto__ is only a key.
    return Object.fromEntries(entries.map(([key, item]) => [readable(key), itemJson(item, type.includes('IP'))]))
  }
  return itemJson(value as ScalarValue | readonly ScalarValue[], type.includes('IP'))
}

function itemJson(value: ScalarValue | readonly ScalarValue[], address: boolean): ScalarJson | ScalarJson[] {
  return Array.isArray(value)
    ? value.map((item: ScalarValue) => scalarJson(item, address))
    : scalarJson(value as ScalarValue, address)
}

function scalarJson(value: ScalarValue, address: boolean): ScalarJson {
  if (typeof value === 'bigint') return formatIp(value)
  if (typeof value === 'number') return address ? formatIp(value) : value
  return typeof value === 'string' ? readable(value) : value
}

const HIGH_BYTE = /[\u0080-\u00ff]/
const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** A byte string (one character a byte) as text: decoded when it is UTF-8, else as it is. */
export function readable(bytes: string): string {
  if (!HIGH_BYTE.test(bytes)) return bytes
  try {
    return UTF8.decode(Buffer.from(bytes, 'latin1'))
  } catch {
    // Not UTF-8: shown one character a byte.
    return bytes
  }
}

/** Type of one value of a field: what a question that groups by the field answers with. */
export function elementType(type: FieldType): FieldType {
  if (type.includes('IP')) return 'IP'
  return type.includes('String') ? 'String' : type.includes('Int') ? 'Int' : 'Bool'
}
