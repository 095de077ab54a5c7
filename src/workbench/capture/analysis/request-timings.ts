import type { FlowRecord, HttpTransaction } from '#detect'
import type { Evidence } from '../../findings/evidence.ts'
import { endpoint, milliseconds, roundTripNs } from '../../findings/figures.ts'

const TIMINGS_SHOWN = 20
/** A part that is at least so much of the whole is called its reason. */
const LARGEST_SHARE = 0.4

/** Whose time a request took. */
type TimeOwner = 'client' | 'server' | 'path' | 'transfer' | 'none'

/** One request, and where its time went. */
export interface RequestTiming {
  readonly request: string
  readonly server: string
  readonly status: number | undefined
  readonly frame: number
  /** Of its connection; the same for all requests of one. */
  readonly roundTripMs: number | undefined
  /** How long the client let the connection wait before it asked. */
  readonly clientMs: number | undefined
  /** From the last byte of the request to the first of the answer, less a round trip where the capture saw one. */
  readonly serverMs: number | undefined
  /** From the first to the last byte of the answer. */
  readonly transferMs: number | undefined
  readonly mostly: TimeOwner
}

/** The requests of HTTP and DNS that took longest. */
export function requestTimings(evidence: Evidence): RequestTiming[] {
  const timings = [...evidence.http.map((one) => httpTiming(one, evidence.flow(one.flow))), ...dnsTimings(evidence)]
  return timings.sort((a, b) => whole(b) - whole(a)).slice(0, TIMINGS_SHOWN)
}

function whole({ serverMs = 0, transferMs = 0, clientMs = 0 }: RequestTiming): number {
  return serverMs + transferMs + clientMs
}

function httpTiming(
  { request, response, server, serverNs, transferNs, clientNs }: HttpTransaction,
  flow: FlowRecord | undefined,
): RequestTiming {
  const trip = flow === undefined ? undefined : roundTripNs(flow)
  const thinkNs = serverNs === undefined ? undefined : Math.max(0, serverNs - pathShareNs(flow))
  const parts = { client: clientNs ?? 0, server: thinkNs ?? 0, path: trip ?? 0, transfer: transferNs ?? 0 } as const
  return {
    request: request === undefined ? '?' : `${request.method} ${request.host ?? ''}${request.target}`.slice(0, 120),
    server: endpoint(server.address, server.port),
    status: response?.status,
    frame: request?.first.frame ?? response?.first.frame ?? 0,
    roundTripMs: inMilliseconds(trip),
    clientMs: inMilliseconds(clientNs),
    serverMs: inMilliseconds(thinkNs),
    transferMs: inMilliseconds(transferNs),
    mostly: largest(parts),
  }
}

/** How much of a wait between request and answer is the way from the place of the capture to the server and back. */
function pathShareNs(flow: FlowRecord | undefined): number {
  return flow?.handshake.serverSideNs ?? 0
}

function largest(parts: Readonly<Record<Exclude<TimeOwner, 'none'>, number>>): TimeOwner {
  const entries = Object.entries(parts) as [Exclude<TimeOwner, 'none'>, number][]
  const sum = entries.reduce((total, [, ns]) => total + ns, 0)
  const [owner, ns] = entries.reduce((most, entry) => (entry[1] > most[1] ? entry : most))
  return sum > 0 && ns >= LARGEST_SHARE * sum ? owner : 'none'
}

function dnsTimings({ dns }: Evidence): RequestTiming[] {
  return dns
    .filter(({ latencyNs }) => latencyNs !== undefined)
    .map(({ question, server, answers, queries, latencyNs }) => ({
      request: `DNS ${question?.name ?? '?'} ${question?.typeName ?? ''}`,
      server: endpoint(server.address, server.port),
      status: answers[0]?.responseCode,
      frame: queries[0]?.frame ?? answers[0]?.frame ?? 0,
      roundTripMs: undefined,
      clientMs: undefined,
      serverMs: inMilliseconds(latencyNs),
      transferMs: undefined,
      mostly: 'server' as const,
    }))
}

function inMilliseconds(ns: number | undefined): number | undefined {
  return ns === undefined ? undefined : milliseconds(ns)
}
