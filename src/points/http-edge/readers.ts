import { matchesJson } from '#events'
import type { Readers } from '#fields'
import { pathExtension } from '#wire'
import type { ExchangeFacts } from './facts.ts'

/** How the HTTP edge provides the fields: one line a field. */
export const EDGE_READERS: Readers<ExchangeFacts> = {
  read: {
    ray: (facts) => facts.ray,
    point: () => 'http-edge',
    'ip.src': (facts) => facts.clientAddress,
    'ip.src.country': (facts) => facts.country,
    'ip.src.asnum': (facts) => facts.asn,
    'ip.dst': (facts) => facts.connection.localAddress,
    'tcp.srcport': (facts) => facts.connection.remotePort,
    'tcp.dstport': (facts) => facts.connection.localPort,
    ssl: (facts) => facts.connection.tls !== undefined,
    'tls.version': (facts) => facts.connection.tls?.version,
    'tls.cipher': (facts) => facts.connection.tls?.cipher,
    'tls.sni': (facts) => facts.connection.tls?.sni,
    'tls.alpn': (facts) => facts.connection.tls?.alpn,
    'tls.ja4': (facts) => facts.connection.tls?.ja4,
    'tls.handshake.duration': (facts) => wholeMs(facts.connection.tls?.handshakeMs),
    'http.request.method': (facts) => facts.head?.method,
    'http.request.version': (facts) => facts.head?.version,
    'http.request.timestamp.sec': (facts) => facts.timestampSeconds,
    'http.host': (facts) => facts.host,
    'http.request.full_uri': (facts) =>
      facts.head === undefined ? undefined : `${facts.scheme}://${facts.host ?? ''}${facts.uri}`,
    'http.request.uri': (facts) => facts.uri,
    'http.request.uri.path': (facts) => facts.path,
    'http.request.uri.path.extension': (facts) => (facts.path === undefined ? undefined : pathExtension(facts.path)),
    'http.request.uri.query': (facts) => facts.query,
    'http.request.uri.args': (facts) => facts.arguments,
    'raw.http.request.uri.path': (facts) => facts.rawPath,
    'http.request.headers': (facts) => facts.requestFacts?.map,
    'http.request.headers.names': (facts) => facts.fieldNames,
    'http.request.header_order': (facts) => facts.requestFacts?.order,
    'http.user_agent': (facts) => facts.requestFacts?.userAgent,
    'http.referer': (facts) => facts.requestFacts?.referer,
    'http.cookie': (facts) => facts.requestFacts?.cookie,
    'http.request.cookies': (facts) => facts.requestFacts?.cookies,
    'http.request.cookies.names': (facts) => {
      const cookies = facts.requestFacts?.cookies
      return cookies === undefined ? undefined : [...cookies.keys()]
    },
    'http.request.body.size': (facts) => facts.bodySize,
    'http.request.body.mime': (facts) => facts.requestFacts?.mime,
    'http.response.code': (facts) => facts.responseStatus,
    'http.response.headers': (facts) => facts.responseFacts?.map,
    'http.response.body.size': (facts) => (facts.responseStatus === undefined ? undefined : facts.responseBytes),
    'http.response.duration': (facts) => wholeMs(facts.durationMs),
    'http.response.mime': (facts) => facts.responseFacts?.mime,
    'site.name': (facts) => facts.siteName,
    'origin.name': (facts) => facts.originName,
    'origin.response.code': (facts) => facts.originStatus,
    'origin.attempts': (facts) => (facts.originAttempts === 0 ? undefined : facts.originAttempts),
    'origin.connect.duration': (facts) => wholeMs(facts.originConnectMs),
    'origin.first_byte.duration': (facts) => wholeMs(facts.originFirstByteMs),
    'http.fault': (facts) => facts.fault,
    'waf.mode': (facts) => facts.waf?.settings.mode,
    'waf.verdict': (facts) => facts.waf?.outcome,
    'waf.score': (facts) => facts.waf?.verdict.score,
    'waf.class': (facts) => facts.waf?.verdict.class,
    'waf.class_scores': (facts) => facts.waf?.classScores,
    'waf.rule_ids': (facts) => notEmpty(facts.waf?.verdict.ruleIds),
    'waf.staged.rule_ids': (facts) => notEmpty(facts.waf?.verdict.staged?.ruleIds),
    'waf.staged.blocks': (facts) => facts.waf?.verdict.staged?.blocks,
    'waf.anomaly.inbound': (facts) => facts.waf?.inboundAnomaly,
    'waf.anomaly.outbound': (facts) => facts.waf?.outboundAnomaly,
    'waf.coverage': (facts) => facts.waf?.requestCoverage,
    'waf.body.inspected': (facts) => facts.waf?.inspectedBytes,
    'waf.response.coverage': (facts) => facts.waf?.responseCoverage,
    'waf.exceptions': (facts) => notEmpty(facts.waf?.verdict.exceptionIds),
    'waf.budget_exceeded': (facts) => (facts.waf?.verdict.budgetExceeded === true ? true : undefined),
    'waf.cpu_time': (facts) => (facts.waf === undefined ? undefined : Math.round(facts.waf.verdict.spentMs * 1000)),
    'waf.matches': (facts) => (facts.waf === undefined ? undefined : matchesJson(facts.waf.verdict)),
    'waf.settings': (facts) => facts.waf?.settingsJson,
    'waf.payload': (facts) => facts.waf?.payload(facts.ray),
  },
  entry: {
    'http.request.headers': (facts, key) => facts.requestFacts?.map.get(key),
    'http.response.headers': (facts, key) => facts.responseFacts?.map.get(key),
    'http.request.uri.args': (facts, key) => (facts.query === '' ? undefined : facts.arguments?.get(key)),
    'http.request.cookies': (facts, key) => facts.requestFacts?.cookies?.get(key),
  },
}

/** An absent value costs an event nothing. */
function notEmpty(values: readonly string[] | undefined): readonly string[] | undefined {
  return values === undefined || values.length === 0 ? undefined : values
}

function wholeMs(milliseconds: number | undefined): number | undefined {
  return milliseconds === undefined ? undefined : Math.round(milliseconds)
}
