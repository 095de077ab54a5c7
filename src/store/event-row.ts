import { DuckDBListValue, DuckDBMapValue, type DuckDBValue } from '@duckdb/node-api'
import {
  type Event,
  FIELD_COLUMNS,
  type Omission,
  type RecordedKind,
  type SystemEvent,
  type SystemLevel,
} from '#events'
import type { Decision, Phase, RuleMatch, Verdict } from '#decide'
import type { FieldType, FieldValue, PointName, ScalarValue } from '#fields'
import { fromUint128 } from '#wire'

export type Row = Readonly<Record<string, DuckDBValue>>

/** A stored value as a value of the language; undefined for null. Integers beyond 2^53 are rounded. */
export function fieldValue(value: DuckDBValue, type: FieldType): FieldValue | undefined {
  if (value === null) return undefined
  const isAddress = type.includes('IP')
  if (value instanceof DuckDBListValue) return listOf(value, isAddress)
  if (value instanceof DuckDBMapValue) {
    const entries = value.entries.map(({ key, value: item }) => {
      const content = item instanceof DuckDBListValue ? listOf(item, isAddress) : scalar(item, isAddress)
      return [String(key), content] as const
    })
    return new Map(entries) as FieldValue
  }
  return scalar(value, isAddress)
}

function listOf(list: DuckDBListValue, isAddress: boolean): ScalarValue[] {
  return list.items.filter((item) => item !== null).map((item) => scalar(item, isAddress))
}

function scalar(value: DuckDBValue, isAddress: boolean): ScalarValue {
  if (typeof value === 'bigint') return isAddress ? fromUint128(value) : Number(value)
  return typeof value === 'boolean' || typeof value === 'number' ? value : String(value)
}

/** A row of a kind as an event. */
export function eventOf(row: Row, kind: RecordedKind): Event {
  const facts: Record<string, FieldValue> = {}
  for (const { name, field } of FIELD_COLUMNS[kind]) {
    const value = fieldValue(row[name] ?? null, field.type)
    if (value !== undefined) facts[name] = value
  }
  const trace = text(row.trace)
  const omissions = omissionsOf(text(row.omissions))
  const ray = text(row.ray) ?? ''
  const point = (text(row.point) ?? '') as PointName
  return {
    ray,
    ...(trace === undefined ? {} : { trace }),
    timeMicros: Number(row.time),
    kind,
    point,
    policyVersion: text(row.policy_version) ?? '',
    decision: decisionOf(row),
    weight: Number(row.weight ?? 1),
    facts: { ray, point, ...facts },
    ...(omissions.length === 0 ? {} : { omissions }),
  }
}

function text(value: DuckDBValue | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined
}

function decisionOf(row: Row): Decision {
  const phase = text(row['decision.phase'])
  const ruleId = text(row['decision.rule_id'])
  const matches = text(row['decision.matches'])
  return {
    verdict: text(row['decision.verdict']) as Verdict,
    ...(phase === undefined ? {} : { phase: phase as Phase }),
    ...(ruleId === undefined ? {} : { ruleId }),
    why: text(row['decision.why']) ?? '',
    matches: matches === undefined ? [] : matchesOf(matches),
  }
}

function matchesOf(json: string): RuleMatch[] {
  const matches = JSON.parse(json) as [Phase, string, string, boolean][]
  return matches.map(([phase, ruleId, action, logOnly]) => ({ phase, ruleId, action, logOnly }))
}

/** What was left out of an event, by what its column says. */
export function omissionsOf(json: string | undefined): Omission[] {
  if (json === undefined) return []
  const omissions = JSON.parse(json) as [string, string | null, Omission['reason'], number?, string?][]
  return omissions.map(([field, key, reason, lengthBytes, hash]) => ({
    field,
    ...(key === null ? {} : { key }),
    reason,
    ...(lengthBytes === undefined ? {} : { lengthBytes }),
    ...(hash === undefined ? {} : { hash }),
  }))
}

/** A row of `system` as an event. */
export function systemEventOf(row: Row): SystemEvent {
  return {
    ray: text(row.ray) ?? '',
    timeMicros: Number(row.time),
    level: (text(row.level) ?? 'info') as SystemLevel,
    code: text(row.code) ?? '',
    message: text(row.message) ?? '',
    facts: JSON.parse(text(row.facts) ?? '{}') as SystemEvent['facts'],
  }
}
