import type { FlowRecord, HttpAmbiguity, HttpTransaction, ProtocolName } from '#detect'
import { countBy, counted, duration, endpoint, framesOf, groupBy } from './figures.ts'
import type { FindingDraft, FindingRule, Severity } from './finding.ts'

/** Redirects of one client between the same places. */
const REDIRECTS_LEAST = 5

/** What lets two readers disagree about where a message ends. */
const FRAMING: ReadonlySet<HttpAmbiguity> = new Set<HttpAmbiguity>([
  'content-length-and-transfer-encoding',
  'several-content-lengths',
  'differing-content-lengths',
  'bad-content-length',
  'several-transfer-encodings',
  'bad-transfer-encoding',
  'transfer-encoding-in-http-1-0',
  'folded-line',
  'bare-cr',
  'nul-byte',
  'space-before-colon',
  'bad-chunk-size',
  'bad-chunk-end',
  'several-hosts',
])
/** What is merely no HTTP as the standard has it. */
const GRAMMAR: ReadonlySet<HttpAmbiguity> = new Set<HttpAmbiguity>([
  'bad-request-line',
  'bad-status-line',
  'missing-colon',
  'bad-field-name',
  'control-character',
  'head-too-large',
  'bad-chunk-size',
  'bad-chunk-end',
  'bad-content-length',
])

/** Requests that were answered badly or not at all. */
export const HTTP: FindingRule = {
  kinds: {
    'http-5xx': {
      severity: 'high',
      side: 'server',
      meaning: 'The server answered that it failed: its program, or what stands behind it.',
      next: "Read the server's error log at that second. 502 and 504 point to what is behind a proxy, 503 to too much load or maintenance.",
      explains: ['slow-server'],
    },
    'http-4xx': {
      severity: 'medium',
      side: 'client',
      meaning: 'The server refused the request: not found, not allowed, malformed or too much.',
      next: 'Compare the request with one that works: path, host, credentials, cookies, method, and for 429 the rate.',
    },
    'http-unanswered': {
      severity: 'high',
      side: 'server',
      meaning: 'A whole request was sent and never answered: the server closed, or the client stopped waiting.',
      next: "Look whether the server's log knows the request. If it does, its program hangs; if not, see what closes the connection.",
      explains: ['tcp-reset-by-client'],
    },
    'http-response-cut': {
      severity: 'high',
      side: 'server',
      meaning: 'The answer ended before the length that it had announced.',
      next: "Look in the server's log for a crash, a timeout or a limit of size, and in a proxy's for its own timeout to the origin.",
    },
    'http-keep-alive-race': {
      severity: 'high',
      side: 'server',
      meaning:
        'The server closed an idle connection at the moment, or before, the client sent its next request on it: that request is lost.',
      next: 'Let the side that sends requests close first: its idle timeout has to be shorter than that of the server or load balancer behind it. Retry requests that are safe to repeat.',
      explains: ['tcp-reset-by-server', 'tcp-reset-by-client', 'http-unanswered'],
    },
    'http-smuggling-like': {
      severity: 'high',
      side: 'attacker',
      meaning: 'A message can be divided in two ways: a proxy and the server behind it may see different requests.',
      next: 'Find out who sends it. Let the edge refuse such messages with 400, and compare how proxy and origin read this one.',
      explains: ['http-4xx', 'http-malformed', 'http-unanswered'],
    },
    'http-malformed': {
      severity: 'medium',
      side: 'unknown',
      meaning: 'A message breaks the grammar of HTTP.',
      next: 'Look at the frame: something else may speak on this port, or a program writes HTTP by hand.',
      explains: ['http-4xx', 'http-unanswered'],
    },
    'http-redirect-loop': {
      severity: 'high',
      side: 'server',
      meaning: 'The server redirects the client in a circle.',
      next: 'Follow it with `curl -vL`: usually a proxy speaks HTTP to an origin that redirects to HTTPS, or a login cannot store its cookie.',
    },
  },
  find: ({ http, protocolOf, flow }) => {
    // What only looked like HTTP for a moment says nothing about HTTP.
    const transactions = http.filter(({ flow }) => MAY_CARRY.has(protocolOf(flow)?.content))
    return [
      ...statuses(transactions, 500, 'http-5xx'),
      ...statuses(transactions, 400, 'http-4xx'),
      ...perServer(
        transactions.filter(({ outcome }) => outcome === 'hit-by-close'),
        'http-keep-alive-race',
        race,
      ),
      ...perServer(
        transactions.filter((one) => isUnanswered(one) && !hasSpoken(one, flow(one.flow))),
        'http-unanswered',
        unanswered,
      ),
      ...perServer(transactions.filter(isCut), 'http-response-cut', cut),
      ...perServer(
        transactions.filter((one) => hasFlaw(one, FRAMING, 'request')),
        'http-smuggling-like',
        ambiguous,
      ),
      ...perServer(transactions.filter(isMalformed), 'http-malformed', malformed),
      ...redirectLoops(transactions),
    ]
  },
}

/** Contents of flows that messages of HTTP may stand in; in TLS when its secrets are known. */
const MAY_CARRY: ReadonlySet<ProtocolName | undefined> = new Set<ProtocolName | undefined>([
  undefined,
  'http',
  'http2',
  'tls',
])

type Drafted = Pick<FindingDraft, 'text'> & Partial<Pick<FindingDraft, 'severity' | 'side'>>

function perServer(
  transactions: readonly HttpTransaction[],
  kind: string,
  draft: (group: readonly HttpTransaction[]) => Drafted,
): FindingDraft[] {
  return [...groupBy(transactions, serverOf).values()].map((group) => ({
    kind,
    frames: framesOf(
      ...group.flatMap(({ request, response, otherAnswer, endSeen }) => [
        request?.first,
        request?.last,
        otherAnswer,
        response?.first,
        response?.last,
        endSeen,
      ]),
    ),
    scope: { flows: new Set(group.map(({ flow }) => flow)) },
    weight: group.length,
    ...draft(group),
  }))
}

function serverOf({ server }: HttpTransaction): string {
  return endpoint(server.address, server.port)
}

function requestText({ request }: HttpTransaction): string {
  return request === undefined
    ? 'a request that is not in the capture'
    : `${request.method} ${request.host ?? ''}${request.target}`.slice(0, 100)
}

/** One finding a server and hundred of statuses. */
function statuses(transactions: readonly HttpTransaction[], from: number, kind: string): FindingDraft[] {
  const failed = transactions.filter(
    ({ response }) => response !== undefined && response.status >= from && response.status < from + 100,
  )
  const answered = countBy(
    transactions.filter(({ response }) => response !== undefined),
    serverOf,
  )
  return perServer(failed, kind, (group) => {
    const server = serverOf(group[0])
    const all = answered.get(server) ?? group.length
    const codes = [...groupBy(group, ({ response }) => String(response?.status ?? 0))].map(
      ([code, some]) => `${some.length} x ${code}`,
    )
    return {
      severity: statusSeverity(from, group.length, all),
      text: `${server} answered ${codes.join(', ')} of ${counted(all, 'request')}, first to ${requestText(group[0])}.`,
    }
  })
}

/** Single pages that are not there are everyday life; so is an error in a thousand. */
function statusSeverity(from: number, failed: number, all: number): Severity {
  const share = failed / all
  if (from === 500) return share >= 0.05 ? 'high' : 'medium'
  return share >= 0.2 ? 'medium' : 'low'
}

function race(group: readonly HttpTransaction[]): Drafted {
  const idle = Math.max(...group.map(({ idleBeforeNs = 0 }) => idleBeforeNs))
  return {
    text: `${counted(group.length, 'request')} to ${serverOf(group[0])} (${requestText(group[0])}) met a connection that the server was closing, after it had been idle for ${duration(idle)}.`,
  }
}

function isUnanswered(transaction: HttpTransaction): boolean {
  const { request, response, outcome, isPipelined, otherAnswer, end, endedBy } = transaction
  if (request?.complete !== true || response !== undefined || otherAnswer !== undefined) return false
  // Cancelling a request of HTTP/2 is everyday life: somebody goes to another page.
  if (request.version === 'HTTP/2' && end === 'reset' && endedBy === 'client') return false
  return outcome === 'unanswered' && !isPipelined
}

/** The server did send something behind the request: the capture has too little of it to say what. */
function hasSpoken({ request }: HttpTransaction, flow: FlowRecord | undefined): boolean {
  const last = flow?.sides[1].lastPayload
  return last !== undefined && request !== undefined && last.timeNs > request.last.timeNs
}

/** What came in place of an answer is no HTTP, nor anything else that has a name. */
function isMalformed(transaction: HttpTransaction): boolean {
  const { otherAnswer } = transaction
  if (otherAnswer !== undefined) return otherAnswer.looksLike === undefined
  return !hasFlaw(transaction, FRAMING, 'request') && hasFlaw(transaction, GRAMMAR)
}

function unanswered(group: readonly HttpTransaction[]): Drafted {
  const [{ endedBy, endSeen, request }] = group
  const waited =
    endSeen === undefined || request === undefined ? '' : ` after ${duration(endSeen.timeNs - request.last.timeNs)}`
  const side = endedBy === 'client' ? 'the client stopped waiting' : 'the server closed'
  return {
    text: `${serverOf(group[0])} did not answer ${counted(group.length, 'request')} (${requestText(group[0])}): ${side}${waited}.`,
  }
}

/** A client that goes away with enough, and a capture that misses bytes, are no fault of the answer. */
function isCut({ response, outcome, endedBy }: HttpTransaction): boolean {
  return outcome === 'cut' && response !== undefined && !response.hasGap && endedBy !== 'client'
}

function cut(group: readonly HttpTransaction[]): Drafted {
  const [{ response }] = group
  const announced = response === undefined || response.contentLength < 0 ? '' : ` of ${response.contentLength}`
  return {
    text: `${serverOf(group[0])} ended ${counted(group.length, 'answer')} early (${requestText(group[0])}): ${counted(response?.bodyBytes ?? 0, 'byte')}${announced} came.`,
  }
}

function hasFlaw({ request, response }: HttpTransaction, flaws: ReadonlySet<HttpAmbiguity>, part?: 'request'): boolean {
  const found = [...(request?.ambiguities ?? []), ...(part === undefined ? (response?.ambiguities ?? []) : [])]
  return found.some((flaw) => flaws.has(flaw))
}

function flawsOf(group: readonly HttpTransaction[]): string {
  return [
    ...new Set(
      group.flatMap(({ request, response }) => [...(request?.ambiguities ?? []), ...(response?.ambiguities ?? [])]),
    ),
  ].join(', ')
}

function ambiguous(group: readonly HttpTransaction[]): Drafted {
  return {
    text: `${counted(group.length, 'request')} to ${serverOf(group[0])} can be read in two ways: ${flawsOf(group)}.`,
  }
}

function malformed(group: readonly HttpTransaction[]): Drafted {
  const isServer = group.some(
    ({ response, otherAnswer }) => otherAnswer !== undefined || (response?.ambiguities.length ?? 0) > 0,
  )
  return {
    side: isServer ? 'server' : 'client',
    text: `${counted(group.length, 'exchange')} with ${serverOf(group[0])} ${group.length === 1 ? 'breaks' : 'break'} the grammar of HTTP: ${flawsOf(group) || 'the answer is none of HTTP'}.`,
  }
}

function redirectLoops(transactions: readonly HttpTransaction[]): FindingDraft[] {
  const redirects = transactions.filter(
    ({ request, response }) =>
      request?.method === 'GET' &&
      response !== undefined &&
      response.status >= 301 &&
      response.status <= 308 &&
      response.status !== 304,
  )
  const circles = [
    ...groupBy(
      redirects,
      (one) => `${one.client.address} ${serverOf(one)} ${one.request?.host ?? ''}${one.request?.target ?? ''}`,
    ).values(),
  ]
  const long = circles.filter(
    (group) => group.length >= REDIRECTS_LEAST && group[group.length - 1].index >= group.length - 1,
  )
  return perServer(long.flat(), 'http-redirect-loop', (group) => ({
    text: `${serverOf(group[0])} answered ${requestText(group[0])} with ${group[0].response?.status ?? 0} ${group.length} times in a row.`,
  }))
}
