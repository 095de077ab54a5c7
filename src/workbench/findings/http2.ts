import type { HttpTransaction, ProtocolFault } from '#detect'
import { counted, duration, endpoint, framesOf, groupBy } from './figures.ts'
import type { FindingDraft, FindingRule } from './finding.ts'

/** A client that changes its mind cancels some requests; nobody cancels so many as soon as they are sent. */
const RESETS_LEAST = 100
const RESET_SHARE = 0.5
const AT_ONCE_NS = 1_000_000_000

/** Connections of HTTP/2 that were ended for a fault, or misused. */
export const HTTP2: FindingRule = {
  kinds: {
    'http2-rapid-reset': {
      severity: 'high',
      side: 'attacker',
      meaning:
        'A client sends requests and cancels them at once, again and again: the server works for nobody (CVE-2023-44487).',
      next: 'Limit how many streams a connection may cancel, and block the source; see whether the server has the update against rapid reset.',
      explains: ['http-unanswered', 'http2-connection-error', 'slow-server'],
    },
    'http2-connection-error': {
      severity: 'high',
      side: 'unknown',
      meaning: 'One side ended an HTTP/2 connection and named its reason in GOAWAY.',
      next: 'The reason says whose limit or rule was broken: ENHANCE_YOUR_CALM is a limit of rate, PROTOCOL_ERROR a fault of the other side, HTTP_1_1_REQUIRED and INADEQUATE_SECURITY are settings.',
      explains: ['http-unanswered', 'http-response-cut', 'tcp-reset-by-client', 'tcp-reset-by-server'],
    },
    'http2-malformed': {
      severity: 'medium',
      side: 'unknown',
      meaning: 'Bytes of an HTTP/2 connection are no frames, or their compressed fields cannot be read.',
      next: 'See which side sent them, and whether the stream is whole; let tshark dissect the frame.',
    },
  },
  find: ({ http, protocolFaults }) => [
    ...rapidResets(http),
    ...perServer(protocolFaults, 'http2-goaway', 'http2-connection-error', 'ended the connection with'),
    ...perServer(protocolFaults, 'http2-malformed', 'http2-malformed', 'sent what cannot be read:'),
  ],
}

function rapidResets(http: readonly HttpTransaction[]): FindingDraft[] {
  const ofHttp2 = http.filter(({ request }) => request?.version === 'HTTP/2')
  const byClient = groupBy(
    ofHttp2,
    ({ client, server }) => `${client.address} ${endpoint(server.address, server.port)}`,
  )
  return [...byClient.values()].flatMap((group): FindingDraft[] => {
    const resets = group.filter(isResetAtOnce)
    if (resets.length < RESETS_LEAST || resets.length < RESET_SHARE * group.length) return []
    const [{ client, server }] = resets
    const times = resets.map(({ request }) => request?.first.timeNs ?? 0)
    const tookNs = Math.max(...times) - Math.min(...times)
    return [
      {
        kind: 'http2-rapid-reset',
        frames: framesOf(...resets.flatMap(({ request, endSeen }) => [request?.first, endSeen])),
        scope: { flows: new Set(resets.map(({ flow }) => flow)) },
        weight: resets.length,
        text: `${endpoint(client.address, client.port)} cancelled ${resets.length} of ${counted(group.length, 'request')} to ${endpoint(server.address, server.port)} as soon as it had sent them, within ${duration(tookNs)}.`,
      },
    ]
  })
}

function isResetAtOnce({ request, response, end, endedBy, endSeen }: HttpTransaction): boolean {
  if (request === undefined || response !== undefined || endSeen === undefined) return false
  return end === 'reset' && endedBy === 'client' && endSeen.timeNs - request.first.timeNs < AT_ONCE_NS
}

function perServer(
  faults: readonly ProtocolFault[],
  fault: ProtocolFault['fault'],
  kind: string,
  verb: string,
): FindingDraft[] {
  const found = faults.filter((one) => one.fault === fault)
  const groups = groupBy(
    found,
    ({ from, server, detail }) => `${from} ${endpoint(server.address, server.port)} ${detail}`,
  )
  return [...groups.values()].map((group) => {
    const [{ from, client, server, detail }] = group
    const who = from === 'client' ? client : server
    return {
      kind,
      side: from,
      frames: framesOf(...group),
      scope: { flows: new Set(group.map(({ flow }) => flow)) },
      weight: group.length,
      text: `${endpoint(who.address, who.port)} ${verb} ${detail}, ${counted(group.length, 'connection')} with ${endpoint(server.address, server.port)}.`,
    }
  })
}
