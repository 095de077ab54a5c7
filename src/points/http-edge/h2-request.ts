import { randomBytes } from 'node:crypto'
import { hostOf, type LenientHead, parseContentLength, type RequestHead, sameAuthority, TARGET, TOKEN } from '#wire'
import { type Http2Fault, HTTP2_FAULTS } from './h2-faults.ts'

export interface H2RequestLimits {
  readonly fieldCount: number
  /** Sum of name + value + 32 bytes a field (RFC 9113 section 6.5.2). */
  readonly headerListBytes: number
}

export interface H2Refusal {
  readonly ok: false
  readonly status: number
  readonly fault: Http2Fault
  readonly detail: string
}

export type H2RequestResult = { readonly ok: true; readonly head: RequestHead } | H2Refusal

const MAX_METHOD_LENGTH = 32

const FIELD_OVERHEAD_BYTES = 32
const DEFAULT_PORT = 443

/** What the fields say, while they are read. */
interface Draft {
  readonly fields: string[]
  method: string | undefined
  scheme: string | undefined
  authority: string | undefined
  path: string | undefined
  protocol: string | undefined
  host: string | undefined
  cookieAt: number
  contentLength: number
  expect: string | undefined
  acceptsTrailers: boolean
}

export function h2Refusal(fault: Http2Fault, detail: string = HTTP2_FAULTS[fault].help): H2Refusal {
  return { ok: false, status: HTTP2_FAULTS[fault].status, fault, detail }
}

/**
 * Turns the fields of a HEADERS frame, `[name, value, ...]` in the order sent, into a request head, or says what is wrong
 * (RFC 9113 sections 8.2 and 8.3). Everything that would become ambiguous as HTTP/1.1 towards the origin is refused here.
 */
export function readH2Request(raw: readonly string[], endStream: boolean, limits: H2RequestLimits): H2RequestResult {
  const draft: Draft = {
    fields: [],
    method: undefined,
    scheme: undefined,
    authority: undefined,
    path: undefined,
    protocol: undefined,
    host: undefined,
    cookieAt: -1,
    contentLength: -1,
    expect: undefined,
    acceptsTrailers: false,
  }
  if (raw.length > limits.fieldCount * 2) return h2Refusal('too-many-fields', `limit ${limits.fieldCount}`)
  let listBytes = 0
  for (let i = 0; i < raw.length; i += 2) {
    const name = raw[i]
    const value = raw[i + 1]
    listBytes += name.length + value.length + FIELD_OVERHEAD_BYTES
    const fault = name.charCodeAt(0) === 0x3a ? notePseudo(draft, name, value) : noteField(draft, name, value)
    if (fault !== undefined) return h2Refusal(fault, `${name}: ${HTTP2_FAULTS[fault].help}`)
  }
  if (listBytes > limits.headerListBytes) return h2Refusal('head-too-large', `limit ${limits.headerListBytes} bytes`)
  const fault = checkPseudo(draft) ?? checkHost(draft) ?? checkBody(draft, endStream)
  return fault === undefined ? { ok: true, head: assemble(draft, endStream) } : h2Refusal(fault)
}

const PSEUDO: Readonly<Record<string, 'method' | 'scheme' | 'authority' | 'path' | 'protocol'>> = {
  ':method': 'method',
  ':scheme': 'scheme',
  ':authority': 'authority',
  ':path': 'path',
  ':protocol': 'protocol',
}

function notePseudo(draft: Draft, name: string, value: string): Http2Fault | undefined {
  const key = PSEUDO[name]
  if (key === undefined || draft[key] !== undefined || draft.fields.length > 0) return 'bad-pseudo-headers'
  draft[key] = value
  return undefined
}

type FieldNote = (draft: Draft, value: string) => Http2Fault | undefined

const connectionField: FieldNote = () => 'connection-field'

const NOTES: ReadonlyMap<string, FieldNote> = new Map<string, FieldNote>([
  ['connection', connectionField],
  ['keep-alive', connectionField],
  ['proxy-connection', connectionField],
  ['transfer-encoding', connectionField],
  ['upgrade', connectionField],
  ['te', noteTe],
  ['host', noteHost],
  ['content-length', noteContentLength],
  ['expect', (draft, value) => void (draft.expect = value)],
])

function noteField(draft: Draft, name: string, value: string): Http2Fault | undefined {
  if (name === 'cookie') {
    noteCookie(draft, value)
    return undefined
  }
  draft.fields.push(name, value)
  return NOTES.get(name)?.(draft, value)
}

/** HTTP/2 may send cookies in crumbs; HTTP/1.1 and rules read one field (RFC 9113 section 8.2.3). */
function noteCookie(draft: Draft, value: string): void {
  if (draft.cookieAt < 0) draft.cookieAt = draft.fields.push('cookie', value) - 1
  else draft.fields[draft.cookieAt] += `; ${value}`
}

function noteTe(draft: Draft, value: string): Http2Fault | undefined {
  if (value.toLowerCase() !== 'trailers') return 'connection-field'
  draft.acceptsTrailers = true
  return undefined
}

function noteHost(draft: Draft, value: string): Http2Fault | undefined {
  if (draft.host !== undefined) return 'duplicate-host'
  draft.host = value
  return undefined
}

function noteContentLength(draft: Draft, value: string): Http2Fault | undefined {
  if (draft.contentLength !== -1) return 'bad-content-length'
  draft.contentLength = parseContentLength(value)
  return draft.contentLength < 0 ? 'bad-content-length' : undefined
}

function checkPseudo({ method, scheme, path, protocol }: Draft): Http2Fault | undefined {
  if (method === undefined) return 'bad-pseudo-headers'
  if (method.length > MAX_METHOD_LENGTH || !consistsOf(method, TOKEN)) return 'bad-method'
  if (method === 'CONNECT' && protocol?.toLowerCase() !== 'websocket') return 'connect-refused'
  if (method !== 'CONNECT' && protocol !== undefined) return 'bad-pseudo-headers'
  if (scheme === undefined || path === undefined) return 'bad-pseudo-headers'
  // The origin and rules are told the scheme by the connection: a client that claims another one wants to confuse them.
  if (scheme.toLowerCase() !== 'https') return 'bad-scheme'
  if (path === '*') return method === 'OPTIONS' ? undefined : 'bad-target'
  return path.charCodeAt(0) === 0x2f && !path.includes('#') && consistsOf(path, TARGET) ? undefined : 'bad-target'
}

function consistsOf(text: string, table: Uint8Array): boolean {
  for (let i = 0; i < text.length; i++) if (table[text.charCodeAt(i)] !== 1) return false
  return text.length > 0
}

function checkHost({ authority, host }: Draft): Http2Fault | undefined {
  if (authority === undefined && host === undefined) return 'missing-host'
  if (authority !== undefined && hostOf(authority) === undefined) return 'bad-host'
  if (host === undefined) return undefined
  if (hostOf(host) === undefined) return 'bad-host'
  return authority === undefined || sameAuthority(authority, host, DEFAULT_PORT) ? undefined : 'host-mismatch'
}

function checkBody({ contentLength, expect, protocol }: Draft, endStream: boolean): Http2Fault | undefined {
  if (endStream && contentLength > 0) return 'bad-content-length'
  if (protocol !== undefined && (endStream || contentLength !== -1)) return 'bad-content-length'
  return expect === undefined || expect.toLowerCase() === '100-continue' ? undefined : 'expectation-failed'
}

function assemble(draft: Draft, endStream: boolean): RequestHead {
  const authority = draft.authority ?? draft.host ?? ''
  const path = draft.path ?? ''
  // Rules read Host in either version: `:authority` takes its place (RFC 9113 section 8.3.1).
  if (draft.host === undefined) draft.fields.unshift('host', authority)
  const webSocket = draft.protocol !== undefined
  // HTTP/1.1 needs the key that extended CONNECT left out (RFC 8441 section 5); nobody checks the answer to it but we.
  if (webSocket) draft.fields.push('sec-websocket-key', randomBytes(16).toString('base64'))
  return {
    method: webSocket ? 'GET' : (draft.method ?? ''),
    target: path,
    originTarget: path,
    version: 'HTTP/2',
    fields: draft.fields,
    authority,
    framing: webSocket ? 'none' : framingOf(draft.contentLength, endStream),
    contentLength: draft.contentLength,
    keepAlive: true,
    connectionNames: undefined,
    upgrade: webSocket ? 'websocket' : undefined,
    expectsContinue: draft.expect !== undefined,
    acceptsTrailers: draft.acceptsTrailers,
  }
}

function framingOf(contentLength: number, endStream: boolean): RequestHead['framing'] {
  if (endStream) return 'none'
  return contentLength >= 0 ? 'length' : 'chunked'
}

/** What can be made out of a refused head, written as HTTP/1.1 would: for the explanation only. */
export function readLenientH2Head(raw: readonly string[]): LenientHead {
  const fields: string[] = []
  let [method, target] = ['', '']
  for (let i = 0; i < raw.length; i += 2) {
    const name = raw[i]
    if (name === ':method') method = raw[i + 1]
    else if (name === ':path') target = raw[i + 1]
    else if (name === ':authority') fields.unshift('host', raw[i + 1])
    else if (!name.startsWith(':')) fields.push(name, raw[i + 1])
  }
  return { method, target, version: 'HTTP/2', fields }
}
