import type { EntryReader, FieldValue } from '#fields'
import { fieldOrderHash, fieldValue, type Packet, pathExtension } from '#wire'
import type { PacketReader } from '../../packet/packet-reader.ts'
import { type HttpHeadSeen, mimeOf } from './http-head-seen.ts'
import { messageReader } from './message-reader.ts'
import { messageOf } from './packet-message.ts'

/** What requests and answers say, by field. */
export const HTTP_FIELD_VALUES: Readonly<Record<string, (head: HttpHeadSeen) => FieldValue | undefined>> = {
  'http.request.method': ({ request }) => request?.method,
  'http.request.version': ({ request }) => request?.version,
  'http.host': ({ request }) => request?.host,
  'http.request.full_uri': ({ request, uri }) =>
    request?.host === undefined ? undefined : `http://${request.host}${uri}`,
  'http.request.uri': ({ uri }) => uri,
  'http.request.uri.path': ({ path }) => path,
  'http.request.uri.path.extension': ({ path }) => (path === undefined ? undefined : pathExtension(path)),
  'http.request.uri.query': ({ query }) => query,
  'http.request.uri.args': (head) => head.arguments,
  'raw.http.request.uri.path': ({ rawPath }) => rawPath,
  'http.request.headers': ({ requestMap }) => requestMap,
  'http.request.headers.names': ({ request }) => request?.fields.filter((_, index) => index % 2 === 0),
  'http.request.header_order': ({ request }) => (request === undefined ? undefined : fieldOrderHash(request.fields)),
  'http.user_agent': ({ request }) => request?.userAgent,
  'http.referer': ({ request }) => (request === undefined ? undefined : fieldValue(request.fields, 'referer')),
  'http.cookie': ({ cookie }) => cookie,
  'http.request.cookies': ({ cookies }) => cookies,
  'http.request.cookies.names': ({ cookies }) => (cookies === undefined ? undefined : [...cookies.keys()]),
  'http.request.body.size': ({ bodySize }) => bodySize,
  'http.request.body.mime': ({ request }) => mimeOf(request?.fields),
  'http.response.code': ({ response }) => response?.status,
  'http.response.headers': ({ responseMap }) => responseMap,
  'http.response.mime': ({ response }) => mimeOf(response?.fields),
}

export const HTTP_READERS: Readonly<Record<string, PacketReader>> = {
  ...Object.fromEntries(Object.entries(HTTP_FIELD_VALUES).map(([name, read]) => [name, messageReader('http', read)])),
  'http.request.timestamp.sec': (packet) => (headOf(packet)?.request === undefined ? undefined : packet.seconds),
}

function headOf(packet: Packet): HttpHeadSeen | undefined {
  const message = messageOf(packet)
  return message?.kind === 'http' ? message : undefined
}

export const HTTP_ENTRY_READERS: Readonly<Record<string, EntryReader<Packet>>> = {
  'http.request.headers': (packet, key) => headOf(packet)?.requestMap?.get(key),
  'http.response.headers': (packet, key) => headOf(packet)?.responseMap?.get(key),
}
