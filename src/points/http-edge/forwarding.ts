import { type FieldList, fieldValues, formatIp, type RequestHead, type ResponseHead } from '#wire'
import type { ExchangeFacts } from './facts.ts'
import { factsOfFields } from './field-facts.ts'
import { LOOP_FIELD, LOOP_NAME } from './loop.ts'

/** Tests field names against a small set; most names are told apart by length and first letter, without lower-casing. */
class FieldNames {
  readonly #names: ReadonlySet<string>
  readonly #mayBe = new Uint8Array(64 * 256)

  constructor(names: readonly string[]) {
    this.#names = new Set(names)
    for (const name of names) {
      this.#mayBe[name.length * 256 + name.charCodeAt(0)] = 1
      this.#mayBe[name.length * 256 + name.toUpperCase().charCodeAt(0)] = 1
    }
  }

  has(name: string): boolean {
    return (
      name.length < 64 &&
      this.#mayBe[name.length * 256 + name.charCodeAt(0)] === 1 &&
      this.#names.has(name.toLowerCase())
    )
  }
}

const HOP_BY_HOP = ['connection', 'keep-alive', 'proxy-connection', 'te', 'transfer-encoding', 'upgrade']
/** Written anew for every request and answer, or said to the edge alone. */
const REWRITTEN = ['content-length', 'tidegate-ray', 'tidegate-test', 'tidegate-waf', 'tidegate-waf-score']
/** What proxies say about the client: a client that is no trusted proxy could invent them. */
const FORWARDING = [
  'forwarded',
  'true-client-ip',
  'x-client-ip',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-port',
  'x-forwarded-prefix',
  'x-forwarded-proto',
  'x-forwarded-protocol',
  'x-forwarded-scheme',
  'x-forwarded-server',
  'x-forwarded-ssl',
  'x-real-ip',
]
const APPENDED = ['forwarded', 'x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto']

const FROM_ANYBODY = new FieldNames([...HOP_BY_HOP, ...REWRITTEN, ...FORWARDING, 'expect', 'host'])
const FROM_PROXY = new FieldNames([...HOP_BY_HOP, ...REWRITTEN, ...APPENDED, 'expect', 'host'])
const FROM_ORIGIN = new FieldNames([...HOP_BY_HOP, ...REWRITTEN])

/** Never removed on the word of a Connection field: dropping them would change who asks what (RFC 9110 section 7.6.1). */
const KEPT = new FieldNames(['authorization', 'cookie', 'host'])

function listed(connectionNames: readonly string[] | undefined, name: string): boolean {
  return connectionNames !== undefined && connectionNames.includes(name.toLowerCase()) && !KEPT.has(name)
}

/** Fields of a request that go on to an origin, followed by what the edge says about the client. */
export function requestFields(head: RequestHead, facts: ExchangeFacts, peerTrusted: boolean): string[] {
  // A list of fields belongs to one connection, so what a stranger's request becomes hangs on its authority only.
  const kept = peerTrusted ? undefined : facts.requestFacts?.passedOn
  const known = kept?.authority === head.authority ? kept.fields : undefined
  const fields = known ?? passedOnFields(head, facts, peerTrusted)
  if (known === undefined && !peerTrusted && facts.requestFacts !== undefined) {
    facts.requestFacts.passedOn = { authority: head.authority, fields }
  }
  return [...fields, 'Tidegate-Ray', facts.ray]
}

function passedOnFields(head: RequestHead, facts: ExchangeFacts, peerTrusted: boolean): FieldList {
  const dropped = peerTrusted ? FROM_PROXY : FROM_ANYBODY
  const { fields, connectionNames } = head
  const forwarded: string[] = []
  for (let i = 0; i < fields.length; i += 2) {
    const name = fields[i]
    // An underscore becomes the hyphen of another field in CGI-like environments.
    if (dropped.has(name) || listed(connectionNames, name) || name.includes('_')) continue
    forwarded.push(name, fields[i + 1])
  }
  addForwarding(forwarded, head, facts, peerTrusted)
  forwarded.push(LOOP_FIELD, LOOP_NAME)
  if (head.acceptsTrailers) forwarded.push('TE', 'trailers')
  return forwarded
}

function addForwarding(into: string[], head: RequestHead, facts: ExchangeFacts, peerTrusted: boolean): void {
  const peer = formatIp(facts.connection.remoteAddress)
  const before = (name: string) => (peerTrusted ? fieldValues(head.fields, name) : undefined)
  const chain = before('x-forwarded-for')
  into.push('X-Forwarded-For', chain === undefined ? peer : `${chain.join(', ')}, ${peer}`)
  into.push('X-Forwarded-Proto', before('x-forwarded-proto')?.[0] ?? facts.scheme)
  if (head.authority !== '') into.push('X-Forwarded-Host', before('x-forwarded-host')?.[0] ?? head.authority)
  const elements = before('forwarded')
  const element = forwardedElement(peer, head.authority, facts.scheme)
  into.push('Forwarded', elements === undefined ? element : `${elements.join(', ')}, ${element}`)
}

/** RFC 7239: an IPv6 address and a host with port need quotes. */
function forwardedElement(peer: string, authority: string, scheme: string): string {
  const node = peer.includes(':') ? `"[${peer}]"` : peer
  const host = authority === '' ? '' : authority.includes(':') ? `;host="${authority}"` : `;host=${authority}`
  return `for=${node}${host};proto=${scheme}`
}

/** Fields of an answer that go on to the client. */
export function answerFields(head: ResponseHead): string[] {
  const facts = factsOfFields(head.fields)
  facts.passedOn ??= { authority: '', fields: keptAnswerFields(head) }
  return [...facts.passedOn.fields]
}

function keptAnswerFields(head: ResponseHead): FieldList {
  const { fields, connectionNames } = head
  const kept: string[] = []
  for (let i = 0; i < fields.length; i += 2) {
    if (FROM_ORIGIN.has(fields[i]) || listed(connectionNames, fields[i])) continue
    kept.push(fields[i], fields[i + 1])
  }
  return kept
}

export interface OriginRequest {
  readonly method: string
  readonly target: string
  /** Host to send; undefined means the origin's own. */
  readonly host: string | undefined
  readonly fields: FieldList
  readonly contentLength: number
  readonly chunked: boolean
  readonly expectsContinue: boolean
  readonly upgrade: string | undefined
}

/** The head of the request to an origin, with the empty line. */
export function requestText(request: OriginRequest, originAuthority: string): string {
  const { fields } = request
  let text = `${request.method} ${request.target} HTTP/1.1\r\nHost: ${request.host ?? originAuthority}\r\n`
  for (let i = 0; i < fields.length; i += 2) text += `${fields[i]}: ${fields[i + 1]}\r\n`
  if (request.chunked) text += 'Transfer-Encoding: chunked\r\n'
  else if (request.contentLength >= 0) text += `Content-Length: ${request.contentLength}\r\n`
  if (request.expectsContinue) text += 'Expect: 100-continue\r\n'
  if (request.upgrade !== undefined) text += `Connection: Upgrade\r\nUpgrade: ${request.upgrade}\r\n`
  return `${text}\r\n`
}
