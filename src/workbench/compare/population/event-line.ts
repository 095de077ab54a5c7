import { type Field, FIELD_BY_NAME, type FieldValue } from '#fields'
import { EventScan } from './event-scan.ts'
import { eventTimeMicros } from './event-time.ts'
import type { FactRow } from './fact-row.ts'
import { factValue } from './fact-value.ts'
import { BACKSLASH, QUOTE } from './json-scan.ts'
import { ValueCache } from './value-cache.ts'

const LAST_ASCII = 0x7f
const FIRST_PRINTABLE = 0x20

/** What a line says about a field. */
export interface LineValue {
  /** Undefined when it fits the field not at all, or the line says that there is none. */
  readonly value: FieldValue | undefined
  readonly isMisfit: boolean
  /** True when brackets and quotes are in order, but something between them is no JSON. */
  readonly isBroken: boolean
}

const BROKEN: LineValue = { value: undefined, isMisfit: false, isBroken: true }
const NONE: LineValue = { value: undefined, isMisfit: false, isBroken: false }
const MISFIT: LineValue = { value: undefined, isMisfit: true, isBroken: false }

/** Reads lines of events as rows, and of each line only the fields that are wanted. */
export class EventLineReader {
  readonly #scan: EventScan
  readonly #names: readonly string[]
  readonly #values: readonly ValueCache<LineValue>[]
  readonly #misfits = new Set<string>()
  readonly #withTimes: boolean

  /** @param fields the wanted ones */
  constructor(fields: Iterable<string>, withTimes: boolean) {
    const known = [...fields].flatMap((name) => FIELD_BY_NAME.get(name) ?? [])
    this.#names = known.map(({ name }) => name)
    this.#scan = new EventScan(this.#names)
    this.#values = known.map((field) => new ValueCache((bytes, start, end) => lineValue(bytes, start, end, field)))
    this.#withTimes = withTimes
  }

  /** The row of a line; undefined when the line is no JSON object. */
  read(bytes: Buffer, start: number, end: number): FactRow | undefined {
    const scan = this.#scan
    if (!scan.scan(bytes, start, end)) return undefined
    const facts: Record<string, FieldValue | undefined> = {}
    for (const number of scan.found) {
      const { value, isMisfit, isBroken } = this.#values[number].valueOf(bytes, scan.starts[number], scan.ends[number])
      if (isBroken) return undefined
      const name = this.#names[number]
      if (isMisfit) this.#misfits.add(name)
      if (isMisfit || value !== undefined) facts[name] = value
    }
    return { timeMicros: this.#withTimes ? lineTimeMicros(bytes, scan) : undefined, facts }
  }

  /** Names of facts that are no wanted fields. */
  strangers(): readonly string[] {
    return this.#scan.strangers()
  }

  /** Fields of which a value did not fit the type. */
  misfits(): readonly string[] {
    return [...this.#misfits]
  }
}

/** When an event was, as the line that was scanned last says. */
export function lineTimeMicros(bytes: Buffer, { timeStart, timeEnd }: EventScan): number | undefined {
  return timeStart < 0 ? undefined : eventTimeMicros(jsonValue(bytes, timeStart, timeEnd))
}

/** What stands in a line for a field. */
export function lineValue(bytes: Buffer, start: number, end: number, field: Field): LineValue {
  const json = jsonValue(bytes, start, end)
  if (json === undefined) return BROKEN
  if (json === null) return NONE
  const value = factValue(json, field)
  return value === undefined ? MISFIT : { value, isMisfit: false, isBroken: false }
}

/** Undefined when it is no JSON. */
function jsonValue(bytes: Buffer, start: number, end: number): unknown {
  if (bytes[start] === QUOTE && isPlain(bytes, start + 1, end - 1)) return bytes.toString('latin1', start + 1, end - 1)
  try {
    return JSON.parse(bytes.toString('utf8', start, end))
  } catch {
    return undefined
  }
}

/** True when the text between the quotes stands for itself. */
function isPlain(bytes: Buffer, start: number, end: number): boolean {
  for (let at = start; at < end; at++) {
    const byte = bytes[at]
    if (byte === BACKSLASH || byte > LAST_ASCII || byte < FIRST_PRINTABLE) return false
  }
  return true
}
