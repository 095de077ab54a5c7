import type { FieldValue, Readers } from '#fields'
import { parseCookies, parseQueryArguments, pathExtension } from '#wire'
import { FIELD_COLUMNS } from './columns.ts'
import { type Event, type Omission, RECORDED_KINDS, type RecordedKind } from './event.ts'

/** Fields that are no columns, read from the facts exactly as the point read them from the request. */
const DERIVED: Readonly<Record<string, (event: Event) => FieldValue | undefined>> = {
  'http.request.uri': uriOf,
  'http.request.full_uri': (event) => {
    const uri = uriOf(event)
    if (uri === undefined) return undefined
    return `${event.facts.ssl === true ? 'https' : 'http'}://${textFact(event, 'http.host') ?? ''}${uri}`
  },
  'http.request.uri.path.extension': (event) => {
    const path = textFact(event, 'http.request.uri.path')
    return path === undefined ? undefined : pathExtension(path)
  },
  'http.request.uri.args': argumentsOf,
  'http.request.cookies': cookiesOf,
}

/** What a derived field is made of: it is recorded when they are. */
const SOURCES: Readonly<Record<string, readonly string[]>> = {
  'http.request.uri': ['http.request.uri.path', 'http.request.uri.query'],
  'http.request.full_uri': ['http.host', 'http.request.uri.path', 'http.request.uri.query'],
  'http.request.uri.path.extension': ['http.request.uri.path'],
  'http.request.uri.args': ['http.request.uri.query'],
  'http.request.cookies': ['http.cookie'],
}

/** Fields under whose names it stands in `omissions` when a field was not stored as it was. */
export function omissionSources(field: string): readonly string[] {
  return SOURCES[field] ?? [field]
}

const RECORDED: Readonly<Record<RecordedKind, ReadonlySet<string>>> = {
  http: recordedBy('http'),
  packet: recordedBy('packet'),
  flow: recordedBy('flow'),
}

function recordedBy(kind: RecordedKind): ReadonlySet<string> {
  return new Set([...FIELD_COLUMNS[kind].map(({ name }) => name), 'ray', 'point'])
}

const NAMES: ReadonlySet<string> = new Set(RECORDED_KINDS.flatMap((kind) => [...RECORDED[kind]]))

/** Provides the fields of a stored event, so that rules can be evaluated on it. Ask `recordedIn` which of them are true. */
export const EVENT_READERS: Readers<Event> = {
  read: {
    ...Object.fromEntries([...NAMES].map((name) => [name, (event: Event) => event.facts[name]])),
    // Case and order of the names are gone: the map holds them in lower case.
    'http.request.headers.names': () => undefined,
    ...DERIVED,
  },
}

/** Whether events of the kind tell the value of a field at all. */
export function isRecorded(field: string, kind: RecordedKind): boolean {
  return RECORDED[kind].has(field) || (kind === 'http' && SOURCES[field] !== undefined)
}

/**
 * Says which fields of an event can be relied on: false for what is not stored, stored in part, or stored as a hash.
 * With `key`, for one entry of a map, or one argument or cookie.
 */
export function recordedIn(event: Event): (field: string, key?: string) => boolean {
  const omissions = event.omissions ?? []
  const isWhole = (field: string, key?: string): boolean =>
    !omissions.some((omission) => concerns(omission, field, key))
  return (field, key) => {
    if (RECORDED[event.kind].has(field)) return isWhole(field, key)
    const sources = event.kind === 'http' ? SOURCES[field] : undefined
    if (sources === undefined) return false
    if (sources.every((source) => isWhole(source))) return true
    return key !== undefined && isKnownEntry(event, omissions, field, key)
  }
}

function concerns(omission: Omission, field: string, key: string | undefined): boolean {
  return omission.field === field && (omission.key === undefined || key === undefined || omission.key === key)
}

const HASH = /^#[0-9a-f]{12}$/

/** An argument or a cookie can be relied on although others were hashed: when it is absent, or no hash stands for it. */
function isKnownEntry(event: Event, omissions: readonly Omission[], field: string, key: string): boolean {
  const sources = SOURCES[field]
  if (omissions.some((omission) => sources.includes(omission.field) && omission.reason === 'truncated')) return false
  const entries =
    field === 'http.request.uri.args'
      ? argumentsOf(event)
      : field === 'http.request.cookies'
        ? cookiesOf(event)
        : undefined
  return entries !== undefined && !(entries.get(key) ?? []).some((value) => HASH.test(value))
}

function textFact(event: Event, name: string): string | undefined {
  const value = event.facts[name]
  return typeof value === 'string' ? value : undefined
}

function uriOf(event: Event): string | undefined {
  const path = textFact(event, 'http.request.uri.path')
  const query = textFact(event, 'http.request.uri.query') ?? ''
  return query === '' ? path : `${path ?? ''}?${query}`
}

function argumentsOf(event: Event): Map<string, string[]> | undefined {
  const query = textFact(event, 'http.request.uri.query')
  return query === undefined ? undefined : parseQueryArguments(query)
}

function cookiesOf(event: Event): Map<string, string[]> | undefined {
  const cookie = textFact(event, 'http.cookie')
  return cookie === undefined ? undefined : parseCookies(cookie)
}
