import { lowerAscii, parseContentLength, TOKEN, trimBlanks } from '#wire'
import type { HttpAmbiguity } from './http-transaction.ts'

const SPACE = 0x20
const TAB = 0x09

/** What the fields of a head say about its body and its connection. */
export interface HeadFields {
  host: string | undefined
  userAgent: string | undefined
  server: string | undefined
  contentLength: number
  transferEncoding: string | undefined
  connection: string | undefined
  upgrade: string | undefined
}

type Note = (fields: HeadFields, value: string, ambiguities: HttpAmbiguity[]) => void

/** Fields that are read at once, by the name as most senders write it; the others when somebody asks. */
const USUAL_NOTES: readonly (readonly [name: string, note: Note])[] = [
  ['Host', noteHost],
  ['Content-Length', noteContentLength],
  ['Transfer-Encoding', noteTransferEncoding],
  ['User-Agent', (fields, value) => void (fields.userAgent ??= value)],
  ['Server', (fields, value) => void (fields.server ??= value)],
  ['Connection', (fields, value) => void (fields.connection = joined(fields.connection, value))],
  ['Upgrade', (fields, value) => void (fields.upgrade = joined(fields.upgrade, value))],
]
/** The same by lower-cased name too: few names need the lower-casing. */
const NOTES: ReadonlyMap<string, Note> = new Map<string, Note>([
  ...USUAL_NOTES,
  ...USUAL_NOTES.map(([name, note]) => [name.toLowerCase(), note] as const),
])

const LONGEST_NOTED = 17
/** 1 where the length and the first letter of a name fit one of those: spares most names the lower-casing. */
const MAY_BE_NOTED = new Uint8Array(32 * 256)
for (const name of NOTES.keys()) {
  MAY_BE_NOTED[name.length * 256 + name.charCodeAt(0)] = 1
  MAY_BE_NOTED[name.length * 256 + name.toUpperCase().charCodeAt(0)] = 1
}

/**
 * Reads the field lines of a head as a forgiving server would, and adds to `ambiguities` what a strict one would refuse (RFC
 * 9112 sections 5 and 6). `text` is the head, one byte a character; `start` is behind its first line.
 */
export function readHeadFields(text: string, start: number, ambiguities: HttpAmbiguity[]): HeadFields {
  const fields: HeadFields = {
    host: undefined,
    userAgent: undefined,
    server: undefined,
    contentLength: -1,
    transferEncoding: undefined,
    connection: undefined,
    upgrade: undefined,
  }
  for (let at = start; at < text.length;) {
    const newLine = text.indexOf('\n', at)
    const next = newLine < 0 ? text.length : newLine + 1
    const end = newLine > at && text.charCodeAt(newLine - 1) === 0x0d ? newLine - 1 : newLine < 0 ? next : newLine
    if (end > at) readLine(text, at, end, fields, ambiguities)
    at = next
  }
  return fields
}

function readLine(text: string, start: number, end: number, fields: HeadFields, ambiguities: HttpAmbiguity[]): void {
  const first = text.charCodeAt(start)
  if (first === SPACE || first === TAB) return add(ambiguities, 'folded-line')
  let colon = start
  while (colon < end && TOKEN[text.charCodeAt(colon)] === 1) colon++
  let nameEnd = colon
  if (colon === end || text.charCodeAt(colon) !== 0x3a) {
    colon = text.indexOf(':', colon)
    if (colon < 0 || colon >= end) return add(ambiguities, 'missing-colon')
    const name = trimBlanks(text, start, colon)
    add(ambiguities, name.length === nameEnd - start ? 'space-before-colon' : 'bad-field-name')
    nameEnd = start + name.length
  }
  const length = nameEnd - start
  if (length > LONGEST_NOTED || MAY_BE_NOTED[length * 256 + first] !== 1) return
  const name = text.slice(start, nameEnd)
  const note = NOTES.get(name) ?? NOTES.get(lowerAscii(name))
  note?.(fields, trimBlanks(text, colon + 1, end), ambiguities)
}

/** Adds what is not there yet. */
export function add(ambiguities: HttpAmbiguity[], ambiguity: HttpAmbiguity): void {
  if (!ambiguities.includes(ambiguity)) ambiguities.push(ambiguity)
}

function joined(before: string | undefined, value: string): string {
  return before === undefined ? value : `${before}, ${value}`
}

function noteHost(fields: HeadFields, value: string, ambiguities: HttpAmbiguity[]): void {
  if (fields.host === undefined) fields.host = value
  else add(ambiguities, 'several-hosts')
}

/** The first length counts, as most servers have it. */
function noteContentLength(fields: HeadFields, value: string, ambiguities: HttpAmbiguity[]): void {
  const parts = value.includes(',') ? value.split(',').map((part) => trimBlanks(part)) : [value]
  for (const part of parts) {
    const length = parseContentLength(part)
    if (length < 0) {
      add(ambiguities, 'bad-content-length')
    } else if (fields.contentLength < 0) {
      fields.contentLength = length
    } else {
      add(ambiguities, 'several-content-lengths')
      if (length !== fields.contentLength) add(ambiguities, 'differing-content-lengths')
    }
  }
}

function noteTransferEncoding(fields: HeadFields, value: string, ambiguities: HttpAmbiguity[]): void {
  if (fields.transferEncoding !== undefined) add(ambiguities, 'several-transfer-encodings')
  fields.transferEncoding = joined(fields.transferEncoding, value)
}

/** Whether the body comes in chunks; adds what makes readers disagree about it. */
export function isChunked(fields: HeadFields, isVersion10: boolean, ambiguities: HttpAmbiguity[]): boolean {
  const coding = fields.transferEncoding
  if (coding === undefined) return false
  if (fields.contentLength >= 0) add(ambiguities, 'content-length-and-transfer-encoding')
  if (isVersion10) add(ambiguities, 'transfer-encoding-in-http-1-0')
  const names = lowerAscii(coding)
    .split(',')
    .map((name) => trimBlanks(name))
  const chunkedAt = names.indexOf('chunked')
  if (chunkedAt !== names.length - 1 || names.some((name) => !KNOWN_CODINGS.has(name))) {
    add(ambiguities, 'bad-transfer-encoding')
  }
  return names.includes('chunked')
}

const KNOWN_CODINGS: ReadonlySet<string> = new Set(['chunked', 'gzip', 'deflate', 'compress', 'x-gzip', 'identity'])

/** Whether the Connection field names an option. */
export function namesOption(connection: string | undefined, option: string): boolean {
  if (connection === undefined) return false
  return lowerAscii(connection)
    .split(',')
    .some((name) => trimBlanks(name) === option)
}
