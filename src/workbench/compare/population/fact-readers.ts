import { FIELDS, type FieldValue, type Reader, type Readers } from '#fields'
import { parseCookies, parseQueryArguments, pathExtension } from '#wire'
import type { FactRow } from './fact-row.ts'

type StringLists = ReadonlyMap<string, readonly string[]>

function text(row: FactRow, name: string): string | undefined {
  const value = row.facts[name]
  return typeof value === 'string' ? value : undefined
}

function header(name: string): Reader<FactRow> {
  return (row) => (row.facts['http.request.headers'] as StringLists | undefined)?.get(name)?.[0]
}

function partOfUri(row: FactRow, part: 'path' | 'query'): string | undefined {
  const uri = text(row, 'http.request.uri')
  if (uri === undefined) return undefined
  const question = uri.indexOf('?')
  if (part === 'path') return question < 0 ? uri : uri.slice(0, question)
  return question < 0 ? '' : uri.slice(question + 1)
}

function pathOf(row: FactRow): string | undefined {
  return text(row, 'http.request.uri.path') ?? partOfUri(row, 'path')
}

function queryOf(row: FactRow): string | undefined {
  return text(row, 'http.request.uri.query') ?? partOfUri(row, 'query')
}

function cookieOf(row: FactRow): string | undefined {
  return text(row, 'http.cookie') ?? (header('cookie')(row) as string | undefined)
}

function cookiesOf(row: FactRow): Map<string, string[]> | undefined {
  const cookie = cookieOf(row)
  return cookie === undefined ? undefined : parseCookies(cookie)
}

const FLAG_BITS: Readonly<Record<string, number>> = {
  fin: 0x1,
  syn: 0x2,
  reset: 0x4,
  push: 0x8,
  ack: 0x10,
  urg: 0x20,
  ece: 0x40,
  cwr: 0x80,
  ae: 0x100,
}

function flagReaders(): Record<string, Reader<FactRow>> {
  return Object.fromEntries(
    Object.entries(FLAG_BITS).map(([flag, bit]) => [
      `tcp.flags.${flag}`,
      ({ facts }: FactRow) => (typeof facts['tcp.flags'] === 'number' ? (facts['tcp.flags'] & bit) !== 0 : undefined),
    ]),
  )
}

/** A port of whichever transport the row is of. */
function portReader(side: 'srcport' | 'dstport'): Reader<FactRow> {
  return ({ facts }) => facts[`tcp.${side}`] ?? facts[`udp.${side}`] ?? facts[`sctp.${side}`]
}

/** Fields that follow from others, for rows that were recorded without them: exactly as a point derives them. */
const DERIVED: Readonly<Record<string, Reader<FactRow>>> = {
  'http.host': header('host'),
  'http.user_agent': header('user-agent'),
  'http.referer': header('referer'),
  'http.cookie': header('cookie'),
  'http.request.uri.path': (row) => partOfUri(row, 'path'),
  'http.request.uri.query': (row) => partOfUri(row, 'query'),
  'http.request.uri': (row) => {
    const [path, query] = [text(row, 'http.request.uri.path'), text(row, 'http.request.uri.query') ?? '']
    return query === '' ? path : `${path ?? ''}?${query}`
  },
  'http.request.uri.path.extension': (row) => {
    const path = pathOf(row)
    return path === undefined ? undefined : pathExtension(path)
  },
  'http.request.uri.args': (row) => {
    const query = queryOf(row)
    return query === undefined ? undefined : parseQueryArguments(query)
  },
  'http.request.cookies': cookiesOf,
  'http.request.cookies.names': (row) => {
    const cookies = cookiesOf(row)
    return cookies === undefined ? undefined : [...cookies].flatMap(([name, values]) => values.map(() => name))
  },
  'l4.srcport': portReader('srcport'),
  'l4.dstport': portReader('dstport'),
  ...flagReaders(),
}

function readerOf(name: string): Reader<FactRow> {
  const derive = DERIVED[name]
  if (derive === undefined) return ({ facts }) => facts[name]
  return (row): FieldValue | undefined => row.facts[name] ?? derive(row)
}

/** How expressions read a row. */
export const FACT_READERS: Readers<FactRow> = {
  read: Object.fromEntries(FIELDS.map(({ name }) => [name, readerOf(name)])),
}

/** What a derived field is made of. */
export const FACT_SOURCES: Readonly<Record<string, readonly string[]>> = {
  'http.host': ['http.request.headers'],
  'http.user_agent': ['http.request.headers'],
  'http.referer': ['http.request.headers'],
  'http.cookie': ['http.request.headers'],
  'http.request.uri.path': ['http.request.uri'],
  'http.request.uri.query': ['http.request.uri'],
  'http.request.uri': ['http.request.uri.path', 'http.request.uri.query'],
  'http.request.uri.path.extension': ['http.request.uri.path', 'http.request.uri'],
  'http.request.uri.args': ['http.request.uri.query', 'http.request.uri'],
  'http.request.cookies': ['http.cookie', 'http.request.headers'],
  'http.request.cookies.names': ['http.cookie', 'http.request.headers'],
  'l4.srcport': ['tcp.srcport', 'udp.srcport', 'sctp.srcport'],
  'l4.dstport': ['tcp.dstport', 'udp.dstport', 'sctp.dstport'],
  ...Object.fromEntries(Object.keys(FLAG_BITS).map((flag) => [`tcp.flags.${flag}`, ['tcp.flags']])),
}
