import type { SharedColumns } from '#events'
import type { ExchangeFacts } from './facts.ts'

/** Columns of an event that are the same for many requests: of a connection, and of a repeated block of fields. */
export const SHARED_COLUMNS: readonly SharedColumns<ExchangeFacts>[] = [
  {
    fields: new Set(['ip.src', 'ip.src.country', 'ip.src.asnum']),
    // Behind a trusted proxy each request has a client of its own.
    keyOf: (facts) => (facts.clientAddress === facts.connection.remoteAddress ? facts.connection : undefined),
  },
  {
    fields: new Set([
      'ip.dst',
      'tcp.srcport',
      'tcp.dstport',
      'ssl',
      'tls.version',
      'tls.cipher',
      'tls.sni',
      'tls.alpn',
      'tls.ja4',
      'tls.handshake.duration',
    ]),
    keyOf: (facts) => facts.connection,
  },
  {
    fields: new Set([
      'http.request.headers',
      'http.request.header_order',
      'http.user_agent',
      'http.referer',
      'http.cookie',
      'http.request.cookies.names',
    ]),
    keyOf: (facts) => facts.requestFacts,
  },
  { fields: new Set(['http.response.headers']), keyOf: (facts) => facts.responseFacts },
]
