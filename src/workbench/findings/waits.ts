import type { FlowRecord, HttpResponse, HttpTransaction, ProtocolName, TlsSession } from '#detect'
import { fieldValue } from '#wire'
import type { Evidence } from './evidence.ts'
import { counted, endpoint, framesOf, MILLISECOND, SECOND, serverOf } from './figures.ts'

/** So long is slow by itself; */
export const SLOW_NS = SECOND
/** so long, and so many times what is usual, is slow where others are faster. */
export const SLOWER_LEAST_NS = 300 * MILLISECOND
export const SLOWER_TIMES = 8

/** A wait for one side, and the frames that begin and end it. */
export interface Wait {
  readonly flow: FlowRecord | undefined
  readonly flowId: number
  readonly server: string
  readonly what: string
  readonly waitNs: number
  readonly frames: readonly number[]
  /** Waiting may be what the client asked for. */
  readonly mayBeMeant?: boolean
}

/** Servers of these answer when a person has typed, or when somebody else has something to say. */
const WAIT_ON_PURPOSE: ReadonlySet<ProtocolName | undefined> = new Set<ProtocolName>(['ssh', 'telnet', 'redis', 'mqtt'])

/** The head of an answer that was not kept whole cannot be read: that the server spoke is all there is to know. */
function isAnswerSnapped(flow: FlowRecord | undefined, requestNs: number, { capture: { snapped } }: Evidence): boolean {
  return snapped.count > 0 && (flow?.sides[1].lastPayload?.timeNs ?? -Infinity) > requestNs
}

/** The time before the answer, the time in it that is no transfer, and an answer that never came. */
export function httpWaits(
  { flow: id, server, request, response, serverNs, transferNs, outcome, endSeen }: HttpTransaction,
  evidence: Evidence,
): Wait[] {
  const flow = evidence.flow(id)
  const base = { flow, flowId: id, server: endpoint(server.address, server.port) }
  const name = request === undefined ? 'a request' : `${request.method} ${request.target.slice(0, 60)}`
  const waits: Wait[] = []
  if (serverNs !== undefined && outcome !== 'upgraded' && outcome !== 'tunnel') {
    waits.push({
      ...base,
      what: `to answer ${name}`,
      waitNs: serverNs,
      frames: framesOf(request?.last, response?.first),
    })
  } else if (
    request?.complete === true &&
    response === undefined &&
    (outcome === 'unanswered' || outcome === 'open') &&
    !isAnswerSnapped(flow, request.last.timeNs, evidence)
  ) {
    const over = endSeen?.timeNs ?? flow?.sides[0].fin?.timeNs ?? flow?.last.timeNs ?? request.last.timeNs
    waits.push({
      ...base,
      what: `and had not answered ${name} when it ended`,
      waitNs: over - request.last.timeNs,
      frames: framesOf(request.last, endSeen),
    })
  }
  if (
    transferNs !== undefined &&
    response !== undefined &&
    flow !== undefined &&
    !isLive(response) &&
    isDripping(flow, transferNs, response.bodyBytes)
  ) {
    waits.push({
      ...base,
      what: `to send the ${counted(response.bodyBytes, 'byte')} of its answer to ${name}, with pauses of its own`,
      waitNs: transferNs,
      frames: framesOf(response.first, response.last),
    })
  }
  const left = flow?.sides[0].fin
  if (response !== undefined && flow !== undefined && left !== undefined && isLeftHanging(response, flow)) {
    waits.push({
      ...base,
      what: `after ${response.bodyBytes} of ${counted(response.contentLength, 'byte')} of its answer to ${name} and had not sent the rest when the client left`,
      waitNs: left.timeNs - response.last.timeNs,
      frames: framesOf(response.first, response.last, left),
    })
  }
  return waits
}

const LIVE_TYPES = /^(?:text\/event-stream|multipart\/x-mixed-replace)\b/i

/** It says something whenever there is something to say. */
function isLive({ fields }: HttpResponse): boolean {
  return LIVE_TYPES.test(fieldValue(fields, 'content-type') ?? '')
}

/** The rest of an announced answer did not come, and neither the path nor the client held it up. */
function isLeftHanging(response: HttpResponse, { sides: [client, server] }: FlowRecord): boolean {
  const isHeldUp = client.zeroWindowNs > 0 || server.losses.resent > 0 || response.hasGap
  return !response.complete && response.framing === 'length' && server.fin === undefined && !isHeldUp
}

/** Few bytes over a long time, without loss and with an open window: the sender has nothing to send. */
function isDripping({ sides, longestSilenceNs }: FlowRecord, transferNs: number, bytes: number): boolean {
  const isHeldUp =
    sides[0].zeroWindowNs > transferNs / 10 || sides[1].losses.afterTimeout > 0 || sides[1].losses.resent > 0
  return !isHeldUp && longestSilenceNs >= SLOWER_LEAST_NS && bytes < 100_000 && transferNs >= 2 * SLOW_NS
}

export function tlsWaits(
  {
    flow: id,
    server,
    clientHello,
    serverHello,
    helloRetryRequest,
    serverHelloNs,
    clientApplicationData,
    serverApplicationData,
  }: TlsSession,
  evidence: Evidence,
): Wait[] {
  const flow = evidence.flow(id)
  const base = { flow, flowId: id, server: endpoint(server.address, server.port) }
  const waits: Wait[] = []
  if (serverHelloNs !== undefined) {
    waits.push({
      ...base,
      what: 'to answer the ClientHello',
      waitNs: serverHelloNs,
      frames: framesOf(clientHello, helloRetryRequest ?? serverHello),
    })
  }
  if (
    clientApplicationData !== undefined &&
    serverApplicationData !== undefined &&
    serverApplicationData.timeNs > clientApplicationData.timeNs
  ) {
    waits.push({
      ...base,
      what: 'to answer the first request of an encrypted session',
      waitNs: serverApplicationData.timeNs - clientApplicationData.timeNs,
      frames: framesOf(clientApplicationData, serverApplicationData),
    })
  }
  return waits
}

/** Of other protocols only what answers a client once and again, and once took much longer than else. */
export function plainWaits(flow: FlowRecord, { protocolOf }: Evidence): Wait[] {
  const greeting = greetingWait(flow)
  if (greeting !== undefined) return [greeting]
  const { thinkTimes, slowestAnswer } = flow.sides[1]
  if (thinkTimes.count === 0 || slowestAnswer === undefined) return []
  const others =
    thinkTimes.count > 1 ? (thinkTimes.meanNs * thinkTimes.count - thinkTimes.maxNs) / (thinkTimes.count - 1) : 0
  if (thinkTimes.maxNs < SLOWER_TIMES * others) return []
  return [
    {
      flow,
      flowId: flow.ends.id,
      server: serverOf(flow.ends),
      what: 'to answer what the client had sent',
      waitNs: thinkTimes.maxNs,
      frames: framesOf(slowestAnswer),
      mayBeMeant: WAIT_ON_PURPOSE.has(protocolOf(flow.ends.id)?.content),
    },
  ]
}

/** Servers that speak first often ask others about the client before they do: its name, its identity, lists of spammers. */
function greetingWait(flow: FlowRecord): Wait | undefined {
  const { handshake, sides } = flow
  const [client, server] = sides
  if (handshake.ack === undefined || server.firstPayload === undefined) return undefined
  if (client.firstPayload !== undefined && client.firstPayload.timeNs < server.firstPayload.timeNs) return undefined
  const waitNs = server.firstPayload.timeNs - handshake.ack.timeNs
  if (waitNs < SLOW_NS || server.losses.resent > 0) return undefined
  return {
    flow,
    flowId: flow.ends.id,
    server: serverOf(flow.ends),
    what: 'to greet the client',
    waitNs,
    frames: framesOf(handshake.ack, server.firstPayload),
  }
}
