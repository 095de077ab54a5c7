import { COLON, CR, FIELD_VALUE, LF, SPACE, TAB, TOKEN } from './bytes.ts'
import { type Http1Fault, type Http1Refusal, refusal } from './faults.ts'

/** What the field lines of a head say about framing and connection, before the rules that join them are applied. */
export interface FieldDraft {
  fields: string[]
  host: string | undefined
  contentLength: number
  transferEncoding: string | undefined
  connection: string | undefined
  upgrade: string | undefined
  expect: string | undefined
  te: string | undefined
}

export function createFieldDraft(): FieldDraft {
  return {
    fields: [],
    host: undefined,
    contentLength: -1,
    transferEncoding: undefined,
    connection: undefined,
    upgrade: undefined,
    expect: undefined,
    te: undefined,
  }
}

/** The text ended inside a line: only a prefix of a head does that. */
export const INCOMPLETE = Symbol('incomplete')

export type ParseProblem = Http1Refusal | typeof INCOMPLETE | undefined

/**
 * Reads field lines from `start` to the end of `text`; each ends in CR LF, and the empty line is not part of the text
 * (RFC 9112 section 5, without its lenient options). Fills `draft`.
 */
export function parseFieldLines(text: string, start: number, draft: FieldDraft, limit: number): ParseProblem {
  const length = text.length
  let at = start
  let count = 0
  while (at < length) {
    const nameStart = at
    while (at < length && TOKEN[text.charCodeAt(at)] === 1) at++
    if (at >= length) return INCOMPLETE
    if (at === nameStart || text.charCodeAt(at) !== COLON) return nameProblem(text, nameStart, at)
    if (++count > limit) return refusal('too-many-fields', nameStart, `limit ${limit}`)
    const name = text.slice(nameStart, at++)
    let code = text.charCodeAt(at)
    while (code === SPACE || code === TAB) code = text.charCodeAt(++at)
    const valueStart = at
    let valueEnd = at
    while (FIELD_VALUE[code] === 1) {
      at++
      if (code !== SPACE && code !== TAB) valueEnd = at
      code = text.charCodeAt(at)
    }
    if (at + 1 >= length) return at < length && code !== CR ? byteProblem(code, at) : INCOMPLETE
    if (code !== CR || text.charCodeAt(at + 1) !== LF) return byteProblem(code, at)
    const value = text.slice(valueStart, valueEnd)
    at += 2
    draft.fields.push(name, value)
    const fault = noteField(draft, name, value)
    if (fault !== undefined) return refusal(fault, valueStart)
  }
  return undefined
}

function nameProblem(text: string, nameStart: number, at: number): Http1Refusal | typeof INCOMPLETE {
  const code = text.charCodeAt(at)
  if (at === nameStart && (code === SPACE || code === TAB)) return refusal('folded-line', at)
  if (code === LF) return refusal('bare-lf', at)
  if (code === CR) {
    if (at + 1 >= text.length) return INCOMPLETE
    return refusal(text.charCodeAt(at + 1) === LF ? 'missing-colon' : 'bare-cr', at)
  }
  if (code === 0) return refusal('nul-byte', at)
  return refusal('bad-field-name', at)
}

/** The fault of a byte that may not stand in a line. */
export function byteProblem(code: number, at: number): Http1Refusal {
  if (code === LF) return refusal('bare-lf', at)
  if (code === CR) return refusal('bare-cr', at)
  return refusal(code === 0 ? 'nul-byte' : 'control-character', at)
}

// The largest length of 15 digits is still exact as a number.
const MAX_LENGTH_DIGITS = 15

type FieldNote = (draft: FieldDraft, value: string) => Http1Fault | undefined

/** Fields that the codec itself reads, by lower-cased name. */
const NOTES: ReadonlyMap<string, FieldNote> = new Map<string, FieldNote>([
  ['host', noteHost],
  ['content-length', noteContentLength],
  ['transfer-encoding', noteTransferEncoding],
  ['connection', (draft, value) => void (draft.connection = joined(draft.connection, value))],
  ['upgrade', (draft, value) => void (draft.upgrade = joined(draft.upgrade, value))],
  ['expect', (draft, value) => void (draft.expect = joined(draft.expect, value))],
  ['te', (draft, value) => void (draft.te = joined(draft.te, value))],
])

/** 1 where the length and the first letter of a name fit one of the noted fields: spares most names the lower-casing. */
const MAY_BE_NOTED = new Uint8Array(32 * 256)
for (const name of NOTES.keys()) {
  MAY_BE_NOTED[name.length * 256 + name.charCodeAt(0)] = 1
  MAY_BE_NOTED[name.length * 256 + name.toUpperCase().charCodeAt(0)] = 1
}

function noteField(draft: FieldDraft, name: string, value: string): Http1Fault | undefined {
  if (name.length > 17 || MAY_BE_NOTED[name.length * 256 + name.charCodeAt(0)] === 0) return undefined
  return NOTES.get(name.toLowerCase())?.(draft, value)
}

function joined(before: string | undefined, value: string): string {
  return before === undefined ? value : `${before}, ${value}`
}

function noteHost(draft: FieldDraft, value: string): Http1Fault | undefined {
  if (draft.host !== undefined) return 'duplicate-host'
  draft.host = value
  return undefined
}

function noteContentLength(draft: FieldDraft, value: string): Http1Fault | undefined {
  if (draft.contentLength !== -1) return 'duplicate-content-length'
  draft.contentLength = parseContentLength(value)
  return draft.contentLength < 0 ? 'bad-content-length' : undefined
}

/** Value of a Content-Length field: 1 to 15 digits and nothing else, in bytes; -1 for anything that could be read in two ways. */
export function parseContentLength(value: string): number {
  if (value.length === 0 || value.length > MAX_LENGTH_DIGITS) return -1
  let length = 0
  for (let i = 0; i < value.length; i++) {
    const digit = value.charCodeAt(i) - 0x30
    if (digit < 0 || digit > 9) return -1
    length = length * 10 + digit
  }
  return length
}

function noteTransferEncoding(draft: FieldDraft, value: string): Http1Fault | undefined {
  if (draft.transferEncoding !== undefined) return 'duplicate-transfer-encoding'
  draft.transferEncoding = value
  return undefined
}

/** Index of the value of the first field called `lowerName`, from value index `from` on; -1 when there is none. */
export function findField(fields: readonly string[], lowerName: string, from = 1): number {
  const length = lowerName.length
  for (let i = from; i < fields.length; i += 2) {
    const name = fields[i - 1]
    if (name.length === length && (name === lowerName || name.toLowerCase() === lowerName)) return i
  }
  return -1
}

/** First value of a field, by its lower-cased name. */
export function fieldValue(fields: readonly string[], lowerName: string): string | undefined {
  const at = findField(fields, lowerName)
  return at < 0 ? undefined : fields[at]
}

/** All values of a field in order, by its lower-cased name; undefined when there is none. */
export function fieldValues(fields: readonly string[], lowerName: string): string[] | undefined {
  let at = findField(fields, lowerName)
  if (at < 0) return undefined
  const values: string[] = []
  for (; at >= 0; at = findField(fields, lowerName, at + 2)) values.push(fields[at])
  return values
}
