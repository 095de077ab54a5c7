import { type Field, FIELD_BY_NAME, type FieldValue } from '#fields'
import { eventTimeMicros } from './event-time.ts'
import type { FactRow } from './fact-row.ts'
import { factValue } from './fact-value.ts'
import { scanMembers, skipValue } from './json-scan.ts'

interface Wanted {
  readonly name: Buffer
  readonly field: Field
}

const QUOTE = 0x22
const BACKSLASH = 0x5c
const LAST_ASCII = 0x7f
const TIME = Buffer.from('time')
const FACTS = Buffer.from('facts')

/**
 * Reads lines `{ "time": ..., "facts": { "field.name": value } }`, and of each line only the fields that are wanted. Fields may
 * also stand beside `time`, without `facts`.
 */
export class EventLineReader {
  readonly #wanted = new Map<number, Wanted[]>()
  readonly #misfits = new Set<string>()
  #facts: Record<string, FieldValue | undefined> = {}
  #timeMicros: number | undefined
  #bytes: Buffer = Buffer.alloc(0)
  #end = 0
  readonly #withTimes: boolean

  /** @param fields the wanted ones */
  constructor(fields: Iterable<string>, withTimes: boolean) {
    this.#withTimes = withTimes
    for (const each of fields) {
      const field = FIELD_BY_NAME.get(each)
      if (field === undefined) continue
      const name = Buffer.from(each)
      const others = this.#wanted.get(name.length)
      if (others === undefined) this.#wanted.set(name.length, [{ name, field }])
      else others.push({ name, field })
    }
  }

  /** The row of a line; undefined when the line is no JSON object. */
  read(bytes: Buffer, start: number, end: number): FactRow | undefined {
    this.#bytes = bytes
    this.#end = end
    this.#facts = {}
    this.#timeMicros = undefined
    if (scanMembers(bytes, start, end, this.#visitTop) < 0) return undefined
    return { timeMicros: this.#timeMicros, facts: this.#facts }
  }

  /** Fields of which a value did not fit the type. */
  misfits(): readonly string[] {
    return [...this.#misfits]
  }

  readonly #visitTop = (nameStart: number, nameEnd: number, valueStart: number): number => {
    const bytes = this.#bytes
    if (isName(bytes, nameStart, nameEnd, FACTS)) return scanMembers(bytes, valueStart, this.#end, this.#visitFact)
    if (!isName(bytes, nameStart, nameEnd, TIME)) return this.#visitFact(nameStart, nameEnd, valueStart)
    if (!this.#withTimes) return 0
    const valueEnd = skipValue(bytes, valueStart, this.#end)
    if (valueEnd < 0) return -1
    this.#timeMicros = eventTimeMicros(this.#value(valueStart, valueEnd))
    return valueEnd
  }

  readonly #visitFact = (nameStart: number, nameEnd: number, valueStart: number): number => {
    const wanted = this.#wanted.get(nameEnd - nameStart)
    if (wanted === undefined) return 0
    for (const { name, field } of wanted) {
      if (isName(this.#bytes, nameStart, nameEnd, name)) return this.#take(field, valueStart)
    }
    return 0
  }

  #take(field: Field, valueStart: number): number {
    const valueEnd = skipValue(this.#bytes, valueStart, this.#end)
    if (valueEnd < 0) return -1
    const json = this.#value(valueStart, valueEnd)
    if (json === undefined) return -1
    if (json === null) return valueEnd
    const value = factValue(json, field)
    if (value === undefined) this.#misfits.add(field.name)
    this.#facts[field.name] = value
    return valueEnd
  }

  /** Undefined when brackets and quotes are in order, but something between them is no JSON. */
  #value(start: number, end: number): unknown {
    const bytes = this.#bytes
    if (bytes[start] === QUOTE && isPlain(bytes, start + 1, end - 1))
      return bytes.toString('latin1', start + 1, end - 1)
    try {
      return JSON.parse(bytes.toString('utf8', start, end))
    } catch {
      return undefined
    }
  }
}

function isName(bytes: Buffer, start: number, end: number, name: Buffer): boolean {
  if (end - start !== name.length) return false
  // Names of one namespace begin alike: their ends differ.
  for (let at = name.length - 1; at >= 0; at--) if (bytes[start + at] !== name[at]) return false
  return true
}

/** True when the text between the quotes stands for itself. */
function isPlain(bytes: Buffer, start: number, end: number): boolean {
  for (let at = start; at < end; at++) {
    const byte = bytes[at]
    if (byte === BACKSLASH || byte > LAST_ASCII || byte < 0x20) return false
  }
  return true
}
