import type { FlowRecord, HttpTransaction, ResetSeen, TlsSession } from '#detect'
import type { Evidence } from './evidence.ts'
import {
  counted,
  duration,
  flowIds,
  flowText,
  framesOf,
  groupBy,
  isConnected,
  isTcp,
  roundTripNs,
  SECOND,
  serverOf,
} from './figures.ts'
import type { FindingDraft, FindingRule } from './finding.ts'

/** What forgets connections does so after seconds at least, and long after the flow's own pauses. */
const IDLE_LEAST_NS = 2.5 * SECOND
const IDLE_ROUND_TRIPS = 20
/** So much comes as the last word of a session to somebody who has already closed: GOAWAY of HTTP/2, close_notify. */
const FAREWELL_BYTES = 256

type ResetFlow = FlowRecord & { readonly reset: ResetSeen }

/** Connections that were aborted while they were in use. */
export const TCP_RESET: FindingRule = {
  kinds: {
    'tcp-reset-by-server': {
      severity: 'high',
      side: 'server',
      meaning:
        'The server aborted a connection that was in use: its program crashed, gave up, or closed with data unread.',
      next: "Read the server's log at that second: a crash, a limit or a deliberate abort. Capture at the server to see whether the reset was really sent there.",
      explains: ['http-response-cut', 'http-unanswered', 'tls-handshake-closed'],
    },
    'tcp-reset-by-client': {
      severity: 'medium',
      side: 'client',
      meaning:
        'The client aborted a connection before it had what it had asked for: a timeout of its own, a cancelled download, a crash.',
      next: "Read the client's log at that second, and look for its timeout; compare with how long the server took.",
      explains: ['http-response-cut'],
    },
    'tcp-reset-by-middlebox': {
      severity: 'high',
      side: 'middlebox',
      meaning:
        'The reset does not come from the host that it names: its TTL or what follows it says that something on the way sent it.',
      next: 'Count hops: the TTL of the reset tells how far away its sender is. Look for a firewall, an intrusion prevention or a censor at that distance.',
      explains: [
        'tcp-reset-by-server',
        'tcp-reset-by-client',
        'tls-handshake-reset',
        'tls-handshake-unanswered',
        'tls-handshake-closed',
        'http-response-cut',
        'http-unanswered',
        'tcp-retransmission-timeout',
        'tcp-connection-stalled',
        'http-keep-alive-race',
      ],
    },
    'tcp-idle-dropped': {
      severity: 'high',
      side: 'middlebox',
      meaning:
        'A connection stopped working after it had been idle: something on the way, a NAT or firewall, forgot it.',
      next: 'Compare the idle time with the timeouts of firewalls and load balancers on the way; let keep-alive (SO_KEEPALIVE, TCP_KEEPIDLE) be more frequent than the shortest.',
      explains: [
        'tcp-connection-stalled',
        'tcp-reset-by-server',
        'tcp-reset-by-client',
        'tcp-reset-by-middlebox',
        'tcp-retransmission-timeout',
        'http-keep-alive-race',
        'http-unanswered',
        'slow-server',
        'slow-client',
      ],
    },
  },
  find: (evidence) => {
    const flows = evidence.flows.filter((flow) => isTcp(flow) && isConnected(flow))
    const resets = flows.filter((flow): flow is ResetFlow => flow.reset !== undefined)
    const use = useOfFlows(evidence)
    const idle = [...resets.filter(isResetAfterIdle), ...flows.filter(isDeadAfterIdle)]
    const foreign = resets.filter((flow) => !idle.includes(flow) && isForeign(flow))
    const harmful = resets.filter((flow) => !idle.includes(flow) && !foreign.includes(flow) && interrupted(flow, use))
    return [
      ...perServer(idle, idleDropped),
      ...perServer(foreign, byMiddlebox),
      ...perServer(
        harmful.filter(({ reset }) => reset.direction === 1),
        byServer,
      ),
      ...perServer(
        harmful.filter(({ reset }) => reset.direction === 0),
        byClient,
      ),
    ]
  },
}

function perServer<Flow extends FlowRecord>(
  flows: readonly Flow[],
  draft: (group: readonly Flow[]) => Omit<FindingDraft, 'scope'>,
): FindingDraft[] {
  const groups = new Map<string, Flow[]>()
  for (const [key, group] of groupBy(flows, ({ ends }) => serverOf(ends))) groups.set(key, group)
  return [...groups.values()].map((group) => ({
    scope: { flows: flowIds(group) },
    weight: group.length,
    ...draft(group),
  }))
}

/** What layer 7 knows about whether a flow was done. */
interface UseOfFlow {
  readonly http: HttpTransaction | undefined
  readonly tls: TlsSession | undefined
}

function useOfFlows({ http, tls }: Evidence): (flow: number) => UseOfFlow {
  const requests = new Map<number, HttpTransaction>()
  for (const transaction of http) requests.set(transaction.flow, transaction)
  const sessions = new Map(tls.map((session) => [session.flow, session]))
  return (flow) => ({ http: requests.get(flow), tls: sessions.get(flow) })
}

/** True when the reset cut something off: a request without its answer, or bytes that were not acknowledged. */
function interrupted({ ends, sides, reset }: ResetFlow, use: (flow: number) => UseOfFlow): boolean {
  const { http, tls } = use(ends.id)
  if (http !== undefined) return http.outcome === 'cut' || http.outcome === 'unanswered' || http.outcome === 'open'
  if (tls !== undefined)
    return tls.outcome === 'established' && sides[1 - reset.direction].fin === undefined && isCutOff(sides, reset)
  return (
    sides[1 - reset.direction].fin === undefined && sides[reset.direction].fin === undefined && isCutOff(sides, reset)
  )
}

/** Who resets with bytes of its own under way, or in answer to bytes of the other side, ends what was not done. */
function isCutOff(sides: FlowRecord['sides'], { direction, timeNs }: ResetSeen): boolean {
  const [own, other] = [sides[direction], sides[1 - direction]]
  if (own.fin !== undefined && (other.outstandingBytes ?? 0) <= FAREWELL_BYTES) return false
  if ((own.outstandingBytes ?? 0) > 0 || (other.outstandingBytes ?? 0) > 0) return true
  const lastOther = other.lastPayload?.timeNs ?? -Infinity
  return lastOther > (own.lastPayload?.timeNs ?? -Infinity) && timeNs - lastOther < SECOND && direction === 1
}

function isForeign({ sides, reset }: ResetFlow): boolean {
  const { timeToLive, usualTimeToLive, segmentsAfter, direction } = reset
  const side = sides[direction]
  if (usualTimeToLive === undefined) return false
  const others = side.smallestTimeToLive === timeToLive ? side.largestTimeToLive : side.smallestTimeToLive
  return (
    (timeToLive !== usualTimeToLive && others === usualTimeToLive) ||
    (segmentsAfter > 1 && timeToLive !== usualTimeToLive)
  )
}

function longIdleNs({ longestSilenceNs }: FlowRecord, flow: FlowRecord): boolean {
  return longestSilenceNs >= Math.max(IDLE_LEAST_NS, IDLE_ROUND_TRIPS * (roundTripNs(flow) ?? 0))
}

/** Somebody spoke after a long silence, and got a reset from somebody else than before. */
function isResetAfterIdle(flow: ResetFlow): boolean {
  const { silenceEnd, reset, sides } = flow
  if (silenceEnd === undefined || !longIdleNs(flow, flow) || flow.closedBy === undefined) return false
  const trip = roundTripNs(flow) ?? 0
  const isPrompt =
    reset.timeNs - silenceEnd.timeNs <= Math.max(2 * trip, SECOND / 4) && reset.timeNs > silenceEnd.timeNs
  const hasSpoken = sides[0].fin === undefined && sides[1].fin === undefined
  return isPrompt && hasSpoken && isForeign(flow)
}

/** What was said after a long silence was repeated and never heard of again. */
function isDeadAfterIdle(flow: FlowRecord): boolean {
  const { silenceEnd, sides } = flow
  if (silenceEnd === undefined || !longIdleNs(flow, flow)) return false
  return sides.some(({ stubborn }, direction) => {
    if (stubborn === undefined || stubborn.isAcknowledged || stubborn.repeats < 2) return false
    const heard = sides[1 - direction].lastPayload?.timeNs ?? flow.handshake.synAck?.timeNs ?? 0
    return (
      stubborn.timeNs >= silenceEnd.timeNs &&
      heard < silenceEnd.timeNs &&
      sides[direction].payloadBytes > stubborn.payloadBytes
    )
  })
}

function idleDropped(group: readonly FlowRecord[]): Omit<FindingDraft, 'scope'> {
  const longest = Math.max(...group.map(({ longestSilenceNs }) => longestSilenceNs))
  const isReset = group[0].reset !== undefined
  return {
    kind: 'tcp-idle-dropped',
    frames: framesOf(
      ...group.flatMap(({ silenceEnd, reset, sides }) => [
        silenceEnd,
        reset,
        ...sides.flatMap(({ stubborn }) => stubborn?.frames ?? []),
      ]),
    ),
    text:
      `${counted(group.length, 'connection')} to ${serverOf(group[0].ends)} worked, was idle for ${duration(longest)}, and then ` +
      (isReset
        ? 'what was sent was answered by a reset that another host sent.'
        : 'what was sent got no answer any more.'),
  }
}

function byMiddlebox(group: readonly ResetFlow[]): Omit<FindingDraft, 'scope'> {
  const [{ reset, ends }] = group
  const who = reset.direction === 0 ? 'client' : 'server'
  const after =
    reset.segmentsAfter > 0 ? `, and the ${who} itself went on with ${counted(reset.segmentsAfter, 'segment')}` : ''
  return {
    kind: 'tcp-reset-by-middlebox',
    frames: framesOf(...group.map((flow) => flow.reset)),
    text:
      `${counted(group.length, 'connection')} to ${serverOf(ends)}: the reset in the name of the ${who} has TTL ${reset.timeToLive}, ` +
      `its other packets ${reset.usualTimeToLive}${after}.`,
  }
}

function byServer(group: readonly ResetFlow[]): Omit<FindingDraft, 'scope'> {
  return { kind: 'tcp-reset-by-server', frames: resetFrames(group), text: `The server aborted ${described(group)}.` }
}

function byClient(group: readonly ResetFlow[]): Omit<FindingDraft, 'scope'> {
  return { kind: 'tcp-reset-by-client', frames: resetFrames(group), text: `The client aborted ${described(group)}.` }
}

function resetFrames(group: readonly ResetFlow[]): number[] {
  return framesOf(...group.flatMap(({ sides, reset }) => [sides[1 - reset.direction].lastPayload, reset]))
}

function described(group: readonly ResetFlow[]): string {
  const [{ ends, reset, first, sides }] = group
  const unread = sides[1 - reset.direction].outstandingBytes ?? 0
  const rest = unread > 0 ? ` with ${counted(unread, 'byte')} of the other side not acknowledged` : ''
  return group.length === 1
    ? `${flowText(ends)} after ${duration(reset.timeNs - first.timeNs)}${rest}`
    : `${group.length} connections to ${serverOf(ends)} while they were in use`
}
