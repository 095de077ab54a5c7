import type { FlowRecord, HttpTransaction, TlsSession } from '#detect'
import type { Evidence } from './evidence.ts'
import {
  counted,
  duration,
  flowIds,
  flowText,
  framesOf,
  groupBy,
  isTcp,
  isTwoSided,
  median,
  MILLISECOND,
  roundTripNs,
  SECOND,
  serverOf,
} from './figures.ts'
import { endpoint } from './figures.ts'
import type { FindingDraft, FindingRule } from './finding.ts'
import { httpWaits, plainWaits, SLOW_NS, SLOWER_LEAST_NS, SLOWER_TIMES, tlsWaits, type Wait } from './waits.ts'

/** A delay is large against the flow's own round trip, and either by itself or against what the same capture shows of others. */
const ROUND_TRIPS = 10
const FAR_NS = 200 * MILLISECOND
const VERY_FAR_NS = 500 * MILLISECOND
const QUEUE_TIMES = 4
const QUEUE_LEAST_NS = 25 * MILLISECOND
/** One round trip at a time is measured. */
const QUEUE_SAMPLES = 5
/** Small segments are acknowledged late on purpose: only bulk shows a queue. */
const QUEUE_SEGMENT_BYTES = 1000

/** Whose delay it is: the path, the server or the client. */
export const DELAY: FindingRule = {
  kinds: {
    'high-rtt': {
      severity: 'low',
      side: 'path',
      meaning:
        'A round trip takes so long that everything that needs several of them is slow, however fast both hosts are.',
      next: 'Find out where the time is spent: `mtr HOST` shows the delay hop by hop. Bring server and client closer, or save round trips (keep-alive, TLS 1.3, HTTP/2).',
    },
    'path-queueing': {
      severity: 'medium',
      side: 'path',
      meaning: 'Round trips become many times longer while data flow: packets wait in a queue before a narrow place.',
      next: 'Find the narrow place and give it a queue that stays short (fq_codel, CAKE), or shape below its rate.',
      explains: ['tcp-retransmission-spurious', 'high-rtt'],
    },
    'slow-server': {
      severity: 'medium',
      side: 'server',
      meaning:
        'The request arrived, and the server took long to answer: its program, or something that it asks in turn, is slow.',
      next: "Read the server's log or trace for this request; capture between the server and its own backends to see what it waits for.",
      explains: ['http-unanswered', 'tcp-reset-by-client'],
    },
    'slow-client': {
      severity: 'medium',
      side: 'client',
      meaning: 'The server waited for the client: the request, or a part of it, came late.',
      next: 'Find out what the client does meanwhile: its own log, a profiler, or what it waits for from elsewhere.',
      explains: ['http-unanswered'],
    },
  },
  find: (evidence) => [...far(evidence), ...queued(evidence), ...slowServers(evidence), ...slowClients(evidence)],
}

function far({ flows, baselines }: Evidence): FindingDraft[] {
  const connected = flows.filter((flow) => isTcp(flow) && flow.handshake.serverSideNs !== undefined)
  const distant = connected.filter((flow) => (roundTripNs(flow) ?? 0) >= FAR_NS)
  return [...groupBy(distant, ({ ends }) => serverOf(ends)).values()].map((group) => {
    const trip = median(group.map((flow) => roundTripNs(flow) ?? 0)) ?? 0
    const usual = baselines.roundTripNs
    const beside = usual !== undefined && usual < trip / 4 ? `; others in this capture take ${duration(usual)}` : ''
    return {
      kind: 'high-rtt',
      severity: trip >= VERY_FAR_NS ? 'medium' : 'low',
      frames: framesOf(...group.flatMap(({ handshake: { syn, synAck, ack } }) => [syn, synAck, ack])),
      scope: { flows: flowIds(group) },
      weight: trip / SECOND,
      text: `A round trip to ${serverOf(group[0].ends)} takes ${duration(trip)} (${counted(group.length, 'connection')})${beside}.`,
    }
  })
}

function queued({ flows }: Evidence): FindingDraft[] {
  return flows
    .filter((flow) => isTcp(flow) && isTwoSided(flow))
    .flatMap((flow) => {
      const side = flow.sides.find(
        ({ roundTrips: { count, minNs, meanNs }, payloadBytes, packets }) =>
          count >= QUEUE_SAMPLES &&
          payloadBytes > 50_000 &&
          payloadBytes / packets >= QUEUE_SEGMENT_BYTES &&
          meanNs >= QUEUE_TIMES * minNs &&
          meanNs - minNs >= QUEUE_LEAST_NS,
      )
      if (side === undefined) return []
      const { minNs, meanNs, maxNs } = side.roundTrips
      return [
        {
          kind: 'path-queueing',
          frames: framesOf(flow.first, side.firstPayload, side.lastPayload),
          scope: { flows: new Set([flow.ends.id]) },
          weight: meanNs / SECOND,
          text: `${flowText(flow.ends)}: round trips take ${duration(minNs)} at best, ${duration(meanNs)} on average and ${duration(maxNs)} at worst while data flow.`,
        },
      ]
    })
}

function isCutOff({ request, response }: HttpTransaction): boolean {
  return request?.hasGap === true || response?.hasGap === true || request === undefined || response === undefined
}

function isSlow(waitNs: number, flow: FlowRecord | undefined, usualNs: number | undefined): boolean {
  const trip = flow === undefined ? 0 : (roundTripNs(flow) ?? 0)
  if (waitNs < ROUND_TRIPS * trip) return false
  return waitNs >= SLOW_NS || (usualNs !== undefined && waitNs >= SLOWER_LEAST_NS && waitNs >= SLOWER_TIMES * usualNs)
}

function slowServers(evidence: Evidence): FindingDraft[] {
  const { flows, http, tls, baselines } = evidence
  const known = new Set<number>()
  const waits: Wait[] = []
  for (const transaction of http) {
    const its = httpWaits(transaction, evidence)
    // Of messages whose heads the capture cut off is known no more than of any protocol: who spoke when.
    if (its.length > 0 || !isCutOff(transaction)) known.add(transaction.flow)
    waits.push(...its)
  }
  for (const session of tls) {
    known.add(session.flow)
    waits.push(...tlsWaits(session, evidence))
  }
  const usualNs = baselines.serverThinkNs
  const slow = waits.filter(({ waitNs, flow }) => isSlow(waitNs, flow, usualNs))
  for (const flow of flows) {
    if (!isTcp(flow) || known.has(flow.ends.id)) continue
    slow.push(...plainWaits(flow, evidence).filter(({ waitNs }) => isSlow(waitNs, flow, undefined)))
  }
  return [...groupBy(slow, ({ server }) => server).values()].map((group) => {
    const worst = group.reduce((most, wait) => (wait.waitNs > most.waitNs ? wait : most))
    const trip = worst.flow === undefined ? undefined : roundTripNs(worst.flow)
    const usual = known.has(worst.flowId) ? usualNs : undefined
    return {
      kind: 'slow-server',
      severity: worst.waitNs >= SLOW_NS && worst.mayBeMeant !== true ? 'medium' : 'low',
      frames: framesOf(...worst.frames, ...group.flatMap(({ frames }) => frames)),
      scope: { flows: new Set(group.map(({ flowId }) => flowId)) },
      weight: worst.waitNs / SECOND,
      text:
        `${worst.server} took ${duration(worst.waitNs)} ${worst.what}` +
        (trip === undefined ? '' : `, with a round trip of ${duration(trip)}`) +
        (usual !== undefined && usual < worst.waitNs / SLOWER_TIMES
          ? `; half of all answers in this capture take up to ${duration(usual)}`
          : '') +
        (group.length > 1 ? ` (the slowest of ${group.length} such waits).` : '.'),
    }
  })
}

function slowClients(evidence: Evidence): FindingDraft[] {
  const waits = [
    ...evidence.http.flatMap((transaction) => clientWaits(transaction, evidence)),
    ...evidence.tls.flatMap((session) => handshakeWaits(session, evidence)),
  ]
  const slow = waits.filter(({ waitNs, flow }) => isSlow(waitNs, flow, undefined))
  return [...groupBy(slow, ({ server }) => server).values()].map((group) => {
    const worst = group.reduce((most, wait) => (wait.waitNs > most.waitNs ? wait : most))
    return {
      kind: 'slow-client',
      frames: framesOf(...worst.frames, ...group.flatMap(({ frames }) => frames)),
      scope: { flows: new Set(group.map(({ flowId }) => flowId)) },
      weight: worst.waitNs / SECOND,
      text: `The client took ${duration(worst.waitNs)} ${worst.what} (${worst.server})${group.length > 1 ? `, the slowest of ${group.length} such waits` : ''}.`,
    }
  })
}

/** A request that came in parts, or long after its connection had been made for it. */
function clientWaits({ flow: id, server, request, index, clientNs }: HttpTransaction, evidence: Evidence): Wait[] {
  const flow = evidence.flow(id)
  if (request === undefined) return []
  const base = { flow, flowId: id, server: endpoint(server.address, server.port) }
  const partsNs = request.last.timeNs - request.first.timeNs
  const isLarge =
    request.bodyBytes > 100_000 ||
    (flow?.sides[0].losses.resent ?? 0) > 0 ||
    (flow?.sides[1].zeroWindowNs ?? 0) > partsNs / 4
  const waits: Wait[] = isLarge
    ? []
    : [
        {
          ...base,
          what: 'from the first to the last byte of a request',
          waitNs: partsNs,
          frames: framesOf(request.first, request.last),
        },
      ]
  if (index === 0 && clientNs !== undefined && (flow?.sides[0].losses.resent ?? 0) === 0) {
    waits.push({
      ...base,
      what: 'to send its request on the connection that it had made',
      waitNs: clientNs,
      frames: framesOf(flow?.handshake.ack, request.first),
    })
  }
  return waits
}

/** Between the server's flight and the client's answer to it nobody works but the client. */
function handshakeWaits(
  { flow: id, server, serverHello, serverHelloDone, clientEncryptedFrom, outcome }: TlsSession,
  evidence: Evidence,
): Wait[] {
  const flow = evidence.flow(id)
  const asked = serverHelloDone ?? serverHello
  if (asked === undefined || clientEncryptedFrom === undefined || outcome !== 'established') return []
  if ((flow?.sides[0].losses.resent ?? 0) + (flow?.sides[1].losses.resent ?? 0) > 0) return []
  return [
    {
      flow,
      flowId: id,
      server: endpoint(server.address, server.port),
      what: 'to go on with the TLS handshake',
      waitNs: clientEncryptedFrom.timeNs - asked.timeNs,
      frames: framesOf(asked, clientEncryptedFrom),
    },
  ]
}
