import type { Omission } from '#events'
import { FIELD_BY_NAME, type FieldType, type FieldValue, type ScalarValue } from '#fields'
import { fromUint128 } from '#wire'
import type { SampleAnswer } from './compare-plan.ts'
import { omissionsOf } from './event-row.ts'

/** An event of a sample. */
interface SampledEvent {
  readonly timeMicros: number
  readonly weight: number
  readonly facts: Readonly<Record<string, FieldValue | undefined>>
}

/** Unpacks the events of a sample, in the order of time, and what was left out of some of them. */
export function readSample({ fields, pieces }: SampleAnswer): {
  readonly events: readonly SampledEvent[]
  readonly omissions: readonly Omission[]
} {
  const readers = fields.map((name) => valueReader(FIELD_BY_NAME.get(name)?.type ?? 'String'))
  const omitted = new Set<string>()
  const events: (SampledEvent & { readonly ray: string })[] = []
  for (const piece of pieces) {
    const columns = piece.map((text) => JSON.parse(text) as unknown[])
    const [rays, times, weights, omissions] = columns.slice(fields.length)
    for (const text of omissions) if (text !== null) omitted.add(String(text))
    const read = columns.slice(0, fields.length).map((column, at) => column.map(readers[at]))
    for (let row = 0; row < rays.length; row++) {
      const facts: Record<string, FieldValue | undefined> = {}
      for (let at = 0; at < fields.length; at++) {
        const value = read[at][row]
        if (value !== undefined) facts[fields[at]] = value
      }
      events.push({ ray: String(rays[row]), timeMicros: Number(times[row]), weight: Number(weights[row]), facts })
    }
  }
  events.sort((one, other) => (one.ray < other.ray ? -1 : 1))
  return { events, omissions: [...omitted].flatMap(omissionsOf) }
}

/** Values that are remembered, so that equal ones are made once. */
const REMEMBERED = 20_000

type ValueReader = (json: unknown) => FieldValue | undefined

function valueReader(type: FieldType): ValueReader {
  const make = maker(type)
  const known = new Map<string, FieldValue>()
  return (json) => {
    if (json === null) return undefined
    if (typeof json !== 'string') return json as FieldValue
    let value = known.get(json)
    if (value === undefined) {
      value = make(json)
      if (known.size >= REMEMBERED) known.clear()
      known.set(json, value)
    }
    return value
  }
}

/** Makes a value of the text that `packedSql` stands for. */
function maker(type: FieldType): (text: string) => FieldValue {
  const isAddress = type.includes('IP')
  const scalar = (json: unknown): ScalarValue => (isAddress ? fromUint128(BigInt(String(json))) : (json as ScalarValue))
  const list = (json: unknown): ScalarValue[] =>
    (json as unknown[]).filter((item) => item !== null).map((item) => scalar(item))
  if (type.startsWith('Array<')) return (text) => list(JSON.parse(text))
  if (!type.startsWith('Map<')) return scalar
  return (text) => {
    const entries = Object.entries(JSON.parse(text) as Record<string, unknown>)
    return new Map(
      entries.map(([key, value]) => [key, Array.isArray(value) ? list(value) : scalar(value)]),
    ) as FieldValue
  }
}
