import { PHASES, pointOfPhase } from '#decide'
import { type Field, FIELDS, type PointName } from '#fields'
import type { CompareKind } from './report.ts'

/**
 * What a comparison may do with a field. `filter`: propose it. `show`: only say how it differs. `skip`: not even that,
 * since it differs in every row or says the same as another field.
 */
export type FieldUse =
  | { readonly use: 'filter' }
  | { readonly use: 'show'; readonly note: string }
  | { readonly use: 'skip' }

const SKIPPED: ReadonlySet<string> = new Set([
  'ray',
  'point',
  // The same again as path and query.
  'http.request.full_uri',
  'http.request.uri',
  'http.request.timestamp.sec',
  'frame.time',
  'flow.start',
  'frame.number',
  'frame.cap_len',
  'waf.matches',
  'waf.settings',
  'waf.payload',
  'decision.why',
])

/** Where the evidence was taken makes the difference in these, not who sent it. */
const PLACE_OF_CAPTURE =
  /^(?:eth|vlan|tunnel|outer|arp|site)\.|^frame\.|^waf\.(?:mode|staged|body|exceptions|coverage|budget)/

/** Addresses that anyone can write into a packet. */
const SPOOFABLE: ReadonlySet<string> = new Set(['ip.src', 'ip.src.country', 'ip.src.asnum'])

/** What a sender counts, rolls or takes from its clock: no value of it marks a sender for long. */
const COUNTERS: ReadonlySet<string> = new Set([
  'tcp.seq',
  'tcp.ack',
  'tcp.options.timestamp.tsval',
  'tcp.options.timestamp.tsecr',
  'ip.id',
  'dns.id',
])

const FILTER: FieldUse = { use: 'filter' }

/** Whether a filter for rows of a kind may use a field. */
export function useOfField(field: Field, kind: CompareKind): FieldUse {
  const { name } = field
  if (SKIPPED.has(name) || (field.points.length === 1 && field.points[0] === 'waf')) return { use: 'skip' }
  if (field.since === 'response' || field.since === 'end') return { use: 'show', note: 'known only after the answer' }
  if (enforcingPoints(field).length === 0) return { use: 'show', note: 'no enforcement point reads it' }
  if (field.privacy === 'secret') return { use: 'show', note: 'its value is a secret' }
  if (field.unit !== undefined && field.unit !== 'bytes') return { use: 'show', note: 'times change with the network' }
  if (PLACE_OF_CAPTURE.test(name)) return { use: 'show', note: 'says where the evidence was taken' }
  if (COUNTERS.has(name)) return { use: 'show', note: 'a counter or clock of the sender' }
  if (kind !== 'http' && SPOOFABLE.has(name)) return { use: 'show', note: 'a sender can forge it' }
  if (kind === 'http' && name === 'tcp.srcport') return { use: 'show', note: 'the client takes another one each time' }
  return FILTER
}

/** Names of the fields that a comparison of rows of a kind looks at. */
export function comparedFields(kind: CompareKind): readonly string[] {
  return FIELDS.filter((field) => useOfField(field, kind).use !== 'skip').map(({ name }) => name)
}

/** A number that names something, that a sender counts up or rolls, or that follows from what was received: a single value that stays is a mark, a range of values is chance. */
const ROLLING =
  /^(?:ip\.src\.asnum|ip\.id|ipv6\.flow|tcp\.seq|tcp\.ack|tcp\.window|tcp\.options\.timestamp\.ts.*|(?:tcp|udp|sctp|l4)\.srcport|dns\.id|gre\.key|icmp\.(?:id|seq).*)$/

/** False for numbers of which only single values may be proposed. */
export function allowsRanges(field: Field): boolean {
  return !ROLLING.test(field.name)
}

/** Hashes: equal or not, and nothing else. */
const HASHES: ReadonlySet<string> = new Set(['http.request.header_order', 'tls.ja3'])

/** False for values that mean nothing but as a whole. */
export function allowsParts(field: Field): boolean {
  return !HASHES.has(field.name)
}

/** Header fields that hold credentials or differ in each request: their values are never proposed, their presence is. */
const PRIVATE_KEYS =
  /^(?:authorization|proxy-authorization|cookie|set-cookie|x-api-key|x-auth.*|x-csrf.*|x-xsrf.*|x-request-id|x-correlation-id|traceparent|tracestate|x-forwarded-for|x-real-ip|forwarded|if-none-match|if-modified-since|date)$/i

/** True when the values under a key of a map may be shown and proposed. */
export function allowsValues(field: Field, key: string): boolean {
  if (field.name === 'http.request.cookies') return false
  return !PRIVATE_KEYS.test(key)
}

/** What says no more than where the traffic goes: it belongs into a filter, but a filter of nothing else blocks a target. */
const TARGETS: ReadonlySet<string> = new Set(['ip.dst', 'ip.version', 'ip.proto', 'tls.sni'])

export function isTarget(field: Field): boolean {
  return TARGETS.has(field.name)
}

const EVIDENCE_ONLY: ReadonlySet<PointName> = new Set<PointName>(['capture', 'flow-telemetry', 'waf'])
/** Points that run rules today. */
const RUNNING: ReadonlySet<PointName> = new Set(PHASES.map(pointOfPhase))

/** What a query itself says: whoever answers it can decide by that before the answer. */
const OF_A_QUERY = /^dns\.(?:qname|qtype|id|flags\.(?:recdesired|checkdisable|opcode))$/

/** Points that decide about traffic and can read the field: those that run rules, if there are any. */
export function enforcingPoints(field: Field): readonly PointName[] {
  if (OF_A_QUERY.test(field.name)) return ['dns']
  const points = field.points.filter((point) => !EVIDENCE_ONLY.has(point))
  const running = points.filter((point) => RUNNING.has(point))
  return running.length > 0 ? running : points
}

/**
 * How easily an attacker changes what a field says, as a price on its use: where equal filters compete, the one that is
 * harder to escape wins.
 */
const PRICES: readonly (readonly [RegExp, number])[] = [
  [/^http\.request\.uri|^http\.request\.method|^http\.host/, 0.0005],
  [/^dns\.qname|^dns\.qtype/, 0.0005],
  [/^tls\.ja|^http\.request\.header_order/, 0.001],
  [/^l4\.payload|^(?:udp|tcp)\.(?:src|dst)port|^ip\.proto/, 0.001],
  // The port of one transport says more than that of any.
  [/^l4\.(?:src|dst)port/, 0.0011],
  [/^http\.request\.headers\.names|^http\.request\.cookies/, 0.0015],
  [/^ip\.src\.(?:country|asnum)/, 0.003],
  [/^ip\.src$/, 0.006],
  [/^raw\./, 0.002],
  // Many values are possible and few are usual: one that tools share marks them better than a length or a flag.
  [/^tcp\.window$/, 0.0012],
  [/^ip\.(?:len|ttl)|^frame\.len/, 0.0018],
]
const USUAL_PRICE = 0.0015

export function priceOf(field: Field): number {
  return PRICES.find(([pattern]) => pattern.test(field.name))?.[1] ?? USUAL_PRICE
}

const KIND_NAMESPACES: readonly (readonly [string, CompareKind])[] = [
  ['http.', 'http'],
  ['flow.', 'flow'],
  ['dns.', 'dns'],
]

/** What most of some rows are, by the names of their fields. */
export function kindOfFields(rows: readonly (readonly string[])[]): CompareKind {
  const isMost = (namespace: string): boolean =>
    rows.filter((names) => names.some((name) => name.startsWith(namespace))).length * 2 > rows.length
  return KIND_NAMESPACES.find(([namespace]) => isMost(namespace))?.[1] ?? 'packet'
}
