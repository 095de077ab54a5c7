import { type Event, ruleIdJson } from '#events'
import { FIELD_BY_NAME, type FieldType, type FieldValue, type ScalarValue } from '#fields'
import { formatIp } from '#wire'
import type { EventFactJson, EventJson, FactJson } from './schema/event.ts'
import { readable } from './readable.ts'
import { formatMicros } from './time.ts'
import { wafMatchesJson, wafSettingsJson } from './waf-json.ts'

type ScalarJson = string | number | boolean

/** An event as the API and the command line show it. */
export function eventJson(event: Event): EventJson {
  const facts: Record<string, EventFactJson> = {}
  for (const [name, value] of Object.entries(event.facts)) {
    const field = FIELD_BY_NAME.get(name)
    if (field === undefined) continue
    const structure = STRUCTURED.get(name)
    const json = structure === undefined ? factJson(name, value, field.type) : structure(String(value))
    if (json !== undefined) facts[name] = json as EventFactJson
  }
  return {
    ray: event.ray,
    ...(event.trace === undefined ? {} : { trace: event.trace }),
    time: formatMicros(event.timeMicros),
    kind: event.kind,
    point: event.point,
    policyVersion: event.policyVersion,
    decision: { ...event.decision, matches: [...event.decision.matches] },
    weight: event.weight,
    facts,
    ...(event.omissions === undefined || event.omissions.length === 0 ? {} : { omissions: [...event.omissions] }),
  }
}

/** Facts that hold JSON, and what of it is shown. */
const STRUCTURED: ReadonlyMap<string, (text: string) => unknown> = new Map<string, (text: string) => unknown>([
  ['waf.matches', wafMatchesJson],
  ['waf.settings', wafSettingsJson],
])

/** The value of a field as JSON. Rule ids of the WAF are numbers where SecLang has numbers. */
export function factJson(name: string, value: FieldValue, type: FieldType): FactJson {
  const json = valueJson(value, type)
  if (name !== 'waf.rule_ids' && name !== 'waf.staged.rule_ids') return json
  return Array.isArray(json) ? json.map((id) => ruleIdJson(String(id))) : ruleIdJson(String(json))
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

/** Type of one value of a field: what a question that groups by the field answers with. */
export function elementType(type: FieldType): FieldType {
  if (type.includes('IP')) return 'IP'
  return type.includes('String') ? 'String' : type.includes('Int') ? 'Int' : 'Bool'
}
