import type { FieldValue } from '#fields'
import { formatIp, type IpAddress } from '#wire'
import type { FactRow } from '../population/fact-row.ts'

/** A row as a line of a file of events. */
export function eventText({ timeMicros, facts }: FactRow): string {
  const entries = Object.entries(facts).filter(([, value]) => value !== undefined)
  const json = Object.fromEntries(entries.map(([name, value]) => [name, factJson(name, value!)]))
  const time = timeMicros === undefined ? {} : { time: new Date(timeMicros / 1e3).toISOString() }
  return `${JSON.stringify({ ...time, facts: json })}\n`
}

const ADDRESSES: ReadonlySet<string> = new Set(['ip.src', 'ip.dst'])

function factJson(name: string, value: FieldValue): unknown {
  if (value instanceof Map) return Object.fromEntries(value)
  return ADDRESSES.has(name) ? formatIp(value as IpAddress) : value
}
