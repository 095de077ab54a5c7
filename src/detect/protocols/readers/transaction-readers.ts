import type { FieldValue, Reader, Readers } from '#fields'
import { tlsVersionName } from '#wire'
import type { Transaction } from '../contract.ts'
import type { DnsAnswer, DnsTransaction } from '../dns/dns-transaction.ts'
import type { HttpTransaction } from '../http/http-transaction.ts'
import type { TlsAlert, TlsClientHello, TlsSession } from '../tls/tls-session.ts'
import { HttpHeadSeen } from './http-head-seen.ts'
import { HTTP_FIELD_VALUES } from './http-readers.ts'

type TransactionReader = Reader<Transaction>
type OfKind<Kind extends Transaction['kind']> = Extract<Transaction, { readonly kind: Kind }>

const NANOSECONDS_OF_MS = 1e6

function ofKind<Kind extends Transaction['kind']>(
  kind: Kind,
  read: (transaction: OfKind<Kind>) => FieldValue | undefined,
): TransactionReader {
  return (transaction) => (transaction.kind === kind ? read(transaction as OfKind<Kind>) : undefined)
}

/** The transaction at hand is asked for several fields. */
const heads = new WeakMap<HttpTransaction, HttpHeadSeen>()

function headOf(transaction: HttpTransaction): HttpHeadSeen {
  const before = heads.get(transaction)
  if (before !== undefined) return before
  const head = new HttpHeadSeen(transaction.request, transaction.response)
  heads.set(transaction, head)
  return head
}

function wholeMs(ns: number | undefined): number | undefined {
  return ns === undefined ? undefined : Math.round(ns / NANOSECONDS_OF_MS)
}

const HTTP: Readonly<Record<string, TransactionReader>> = {
  ...Object.fromEntries(
    Object.entries(HTTP_FIELD_VALUES).map(([name, read]) => [
      name,
      ofKind('http', (transaction) => read(headOf(transaction))),
    ]),
  ),
  'http.request.full_uri': ofKind('http', (transaction) => {
    const { request, uri } = headOf(transaction)
    if (request?.host === undefined) return undefined
    return `${transaction.isSecure ? 'https' : 'http'}://${request.host}${uri}`
  }),
  'http.response.body.size': ofKind('http', ({ response }) => response?.bodyBytes),
  'http.response.duration': ofKind('http', ({ request, response }) =>
    request === undefined || response?.complete !== true
      ? undefined
      : wholeMs(response.last.timeNs - request.first.timeNs),
  ),
}

const ofDns = (read: (transaction: DnsTransaction) => FieldValue | undefined): TransactionReader => ofKind('dns', read)
/** A reader of the answer that the client took. */
const ofAnswer = (read: (answer: DnsAnswer) => FieldValue | undefined): TransactionReader =>
  ofDns(({ answers }) => (answers.length === 0 ? undefined : read(answers[0])))

const DNS: Readonly<Record<string, TransactionReader>> = {
  'dns.id': ofDns(({ id }) => id),
  'dns.qname': ofDns(({ question }) => question?.name),
  'dns.qtype': ofDns(({ question }) => question?.typeName),
  'dns.flags.response': ofDns(({ answers }) => answers.length > 0),
  'dns.flags.authoritative': ofAnswer(({ authoritative }) => authoritative),
  'dns.flags.truncated': ofAnswer(({ truncated }) => truncated),
  'dns.flags.recdesired': ofDns(({ recursionDesired }) => recursionDesired),
  'dns.flags.recavail': ofAnswer(({ recursionAvailable }) => recursionAvailable),
  'dns.flags.authenticated': ofAnswer(({ authenticData }) => authenticData),
  'dns.flags.checkdisable': ofDns(({ checkingDisabled }) => checkingDisabled),
  'dns.flags.opcode': ofDns(({ opcode }) => opcode),
  'dns.response.code': ofAnswer(({ responseCode }) => responseCode),
  'dns.count.answers': ofAnswer(({ answerCount }) => answerCount),
  'dns.response.ttl': ofAnswer(({ smallestTtlSeconds }) => smallestTtlSeconds),
  'dns.resolved_ips': ofAnswer(({ addresses }) => (addresses.length === 0 ? undefined : addresses)),
  'dns.cname_chain': ofAnswer(({ canonicalNames }) => (canonicalNames.length === 0 ? undefined : canonicalNames)),
}

/** A reader of the ClientHello, over TCP or in QUIC. */
function ofHello(read: (hello: TlsClientHello) => FieldValue | undefined): TransactionReader {
  return (transaction) => {
    const hasHello = transaction.kind === 'tls' || transaction.kind === 'quic'
    return !hasHello || transaction.clientHello === undefined ? undefined : read(transaction.clientHello)
  }
}

const ofTls = (read: (session: TlsSession) => FieldValue | undefined): TransactionReader => ofKind('tls', read)
const firstOffered = ofHello(({ alpn }) => alpn[0])

/** The alert that ended the session, or the first. */
function alertOf({ alerts }: TlsSession): TlsAlert | undefined {
  return alerts.find(({ level }) => level === 'fatal') ?? alerts[0]
}

function levelNumber(alert: TlsAlert | undefined): number | undefined {
  return alert?.level === undefined ? undefined : alert.level === 'fatal' ? 2 : 1
}

const TLS: Readonly<Record<string, TransactionReader>> = {
  ssl: (transaction) => {
    const isTls = transaction.kind === 'tls' || transaction.kind === 'quic'
    return isTls || (transaction.kind === 'http' && transaction.isSecure)
  },
  'tls.version': ofTls(({ serverHello }) =>
    serverHello === undefined ? undefined : tlsVersionName(serverHello.version),
  ),
  'tls.cipher': (transaction) => {
    const hasHello = transaction.kind === 'tls' || transaction.kind === 'quic'
    return hasHello ? transaction.serverHello?.cipherName : undefined
  },
  'tls.sni': ofHello(({ serverName }) => serverName),
  'tls.alpn': (transaction) =>
    (transaction.kind === 'tls' ? transaction.serverHello?.alpn : undefined) ?? firstOffered(transaction),
  'tls.ja4': ofHello(({ ja4 }) => ja4),
  'tls.ja3': ofHello(({ ja3 }) => ja3),
  'tls.alert.level': ofTls((session) => levelNumber(alertOf(session))),
  'tls.alert.description': ofTls((session) => alertOf(session)?.description),
  'tls.handshake.duration': ofTls(({ handshakeNs }) => wholeMs(handshakeNs)),
  'quic.version': ofKind('quic', ({ version }) => version),
}

function portReader(transport: 'tcp' | 'udp', end: 'client' | 'server'): TransactionReader {
  return (transaction) => (transportOf(transaction) === transport ? transaction[end].port : undefined)
}

function transportOf(transaction: Transaction): 'tcp' | 'udp' | undefined {
  if (transaction.kind === 'dns' || transaction.kind === 'protocol') return transaction.transport
  if (transaction.kind === 'fault') return undefined
  return transaction.kind === 'quic' ? 'udp' : 'tcp'
}

/** How rules read a transaction of a capture: what its messages say together, and who spoke with whom. */
export const TRANSACTION_READERS: Readers<Transaction> = {
  read: {
    'ip.src': ({ client }) => client.address,
    'ip.dst': ({ server }) => server.address,
    'tcp.srcport': portReader('tcp', 'client'),
    'tcp.dstport': portReader('tcp', 'server'),
    'udp.srcport': portReader('udp', 'client'),
    'udp.dstport': portReader('udp', 'server'),
    'l4.srcport': ({ client }) => client.port,
    'l4.dstport': ({ server }) => server.port,
    ...DNS,
    ...TLS,
    ...HTTP,
  },
}
