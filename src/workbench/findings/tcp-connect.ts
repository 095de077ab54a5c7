import type { FlowRecord } from '#detect'
import type { Evidence } from './evidence.ts'
import { counted, duration, flowIds, framesOf, groupBy, isTcp, SECOND, serverOf } from './figures.ts'
import type { FindingDraft, FindingRule } from './finding.ts'

/** A client sends its second SYN after one second (RFC 6298); a single one says something only when that has passed. */
const PATIENCE_NS = 1.1 * SECOND
/** Below that nobody waited: both came through at once. */
const DELAY_LEAST_NS = SECOND / 2

/** Connections that were asked for and did not come about. */
export const TCP_CONNECT: FindingRule = {
  kinds: {
    'tcp-syn-unanswered': {
      severity: 'high',
      side: 'path',
      meaning:
        'Connection requests got no answer at all: a firewall drops them, the host is gone, or the answers are lost.',
      next: 'Capture at the server: when the SYN arrives there, the server or its firewall drops it, otherwise something on the way does. `tcptraceroute` shows how far it comes.',
    },
    'tcp-syn-refused': {
      severity: 'high',
      side: 'server',
      meaning: 'Connection requests were answered by a reset: nobody listens on that port, or a firewall rejects.',
      next: 'On the server, `ss -ltn` shows whether anything listens on this address and port; if so, look for a firewall that rejects.',
    },
    'tcp-syn-ack-unanswered': {
      severity: 'high',
      side: 'path',
      meaning:
        'The server answers connection requests, but the client never goes on: its acknowledgement, or the answer, is lost.',
      next: 'Capture at the client: see whether the SYN-ACK arrives. An asymmetric route, a stateful firewall or forged sources are the usual reasons.',
    },
    'tcp-connect-delayed': {
      severity: 'low',
      side: 'path',
      meaning: 'Connections came about only after their request had been sent again: the first was lost or dropped.',
      next: 'Look whether it happens again, and to whom: a full queue of new connections at the server, a rate limit for SYN, or loss on the way.',
    },
    'tcp-listen-queue-full': {
      severity: 'high',
      side: 'server',
      meaning:
        'The server repeats its SYN-ACK although the client went on, or takes no more connections while those it has wait in vain: its queue of accepted connections is full.',
      next: 'On the server, compare Recv-Q and Send-Q in `ss -ltn` for this port: the process accepts too slowly.',
      explains: ['slow-server', 'tcp-syn-unanswered', 'http-unanswered'],
    },
  },
  find: (evidence) => {
    const flows = evidence.flows.filter(isTcp)
    const accepted = groupBy(
      flows.filter(({ handshake }) => handshake.synAck !== undefined),
      ({ ends }) => serverOf(ends),
    )
    return [
      ...perServer(
        flows.filter((flow) => isUnanswered(flow, evidence)),
        (group) => unanswered(group, accepted),
      ),
      ...perServer(
        flows.filter(({ close }) => close === 'refused'),
        (group) => refused(group, accepted),
      ),
      ...perServer(
        flows.filter((flow) => isHalfOpen(flow, evidence)),
        halfOpen,
      ),
      ...perServer(flows.filter(isQueueFull), queueFull),
      ...perServer(flows.filter(isDelayed), delayed),
    ]
  },
}

/** The scope is that of the flows at hand unless it says otherwise. */
type Drafted = Omit<FindingDraft, 'scope'> & Partial<Pick<FindingDraft, 'scope'>>

/** Connections that came about, by server and port. */
type Accepted = ReadonlyMap<string, readonly FlowRecord[]>

function perServer(flows: readonly FlowRecord[], draft: (group: readonly FlowRecord[]) => Drafted): FindingDraft[] {
  return [...groupBy(flows, ({ ends }) => serverOf(ends)).values()].map((group) => ({
    scope: { flows: flowIds(group), host: group[0].ends.server },
    weight: group.length,
    ...draft(group),
  }))
}

function isUnanswered(flow: FlowRecord, evidence: Evidence): boolean {
  const [client] = flow.sides
  if (flow.close !== 'unanswered' || client.syn === undefined || client.packets > client.synCount) return false
  return client.synCount > 1 || evidence.endNs - flow.last.timeNs > PATIENCE_NS
}

function unanswered(group: readonly FlowRecord[], accepted: Accepted): Drafted {
  const attempts = group.reduce((sum, { sides }) => sum + sides[0].synCount, 0)
  const longest = Math.max(...group.map(({ first, last }) => last.timeNs - first.timeNs))
  const others = accepted.get(serverOf(group[0].ends)) ?? []
  const reached = others.length
  if (reached > 0 && others.every(isLeftWaiting)) return notAccepted(group, others)
  const but = reached === 0 ? '' : `; ${counted(reached, 'other connection')} to it came about`
  return {
    kind: 'tcp-syn-unanswered',
    side: reached === 0 ? 'path' : 'server',
    frames: synFrames(group),
    text:
      `${serverOf(group[0].ends)} did not answer ${counted(group.length, 'connection request')} ` +
      `(${counted(attempts, 'SYN')} over ${duration(longest)})${but}.`,
  }
}

/** The system of the server acknowledged what the client said, and no program took it. */
function isLeftWaiting({ sides: [client, server] }: FlowRecord): boolean {
  return client.payloadBytes > 0 && server.payloadBytes === 0 && server.fin === undefined
}

/** While its queue is full Linux drops further requests in silence. */
function notAccepted(group: readonly FlowRecord[], waiting: readonly FlowRecord[]): Drafted {
  const server = serverOf(group[0].ends)
  return {
    kind: 'tcp-listen-queue-full',
    scope: { flows: flowIds([...group, ...waiting]), host: group[0].ends.server },
    frames: framesOf(
      ...waiting.flatMap(({ handshake, sides: [client] }) => [handshake.synAck, client.firstPayload]),
      ...synFrames(group),
    ),
    text:
      `${server} accepted ${counted(waiting.length, 'connection')} on which its program never said a word, ` +
      `and did not answer ${counted(group.length, 'further connection request')}.`,
  }
}

function synFrames(group: readonly FlowRecord[]): number[] {
  return framesOf(
    ...group.flatMap(({ first, sides: [client], last }) => [first, ...client.frames('retransmission'), last]),
  )
}

function refused(group: readonly FlowRecord[], accepted: Accepted): Drafted {
  const reached = accepted.get(serverOf(group[0].ends))?.length ?? 0
  const [{ ends, reset }] = group
  const ttls = accepted.get(serverOf(ends))?.[0].sides[1].smallestTimeToLive
  const isForeign = reset !== undefined && ttls !== undefined && Math.abs(reset.timeToLive - ttls) > 1
  return {
    kind: 'tcp-syn-refused',
    side: isForeign ? 'middlebox' : 'server',
    severity: reached > group.length ? 'medium' : 'high',
    frames: framesOf(...group.flatMap((flow) => [flow.first, flow.reset])),
    text:
      `${serverOf(ends)} refused ${counted(group.length, 'connection request')} with a reset` +
      (isForeign ? `, whose TTL ${reset.timeToLive} is not the ${ttls} of that host's other packets` : '') +
      (reached === 0 ? '.' : `, and accepted ${counted(reached, 'other')}.`),
  }
}

function isHalfOpen({ sides: [client, server], handshake, close }: FlowRecord, evidence: Evidence): boolean {
  if (handshake.synAck === undefined || handshake.ack !== undefined || close === 'refused' || close === 'reset')
    return false
  const isWaiting = server.synCount > 1 || evidence.endNs - handshake.synAck.timeNs > PATIENCE_NS
  return isWaiting && client.packets <= client.synCount && (client.packets > 0 || server.synCount > 1)
}

function halfOpen(group: readonly FlowRecord[]): Drafted {
  const repeats = group.reduce((sum, { sides }) => sum + sides[1].synCount, 0)
  return {
    kind: 'tcp-syn-ack-unanswered',
    frames: framesOf(
      ...group.flatMap(({ handshake, sides: [, server], last }) => [
        handshake.syn,
        handshake.synAck,
        ...server.frames('retransmission'),
        last,
      ]),
    ),
    text: `${serverOf(group[0].ends)} answered ${counted(group.length, 'connection request')} (${counted(repeats, 'SYN-ACK')}), and the client never acknowledged.`,
  }
}

function isDelayed(flow: FlowRecord): boolean {
  const {
    handshake,
    sides: [client],
  } = flow
  return client.synCount > 1 && connectNs(flow) >= DELAY_LEAST_NS && handshake.ack !== undefined && !isQueueFull(flow)
}

/** From the first SYN to the SYN-ACK; 0 without one. */
function connectNs({ handshake, first }: FlowRecord): number {
  return (handshake.synAck?.timeNs ?? first.timeNs) - first.timeNs
}

function delayed(group: readonly FlowRecord[]): Drafted {
  const longest = Math.max(...group.map(connectNs))
  return {
    kind: 'tcp-connect-delayed',
    severity: longest > 2 * SECOND ? 'medium' : 'low',
    frames: framesOf(...group.flatMap(({ first, handshake }) => [first, handshake.syn, handshake.synAck])),
    text: `${counted(group.length, 'connection')} to ${serverOf(group[0].ends)} came about only when the request was sent again, after up to ${duration(longest)}.`,
  }
}

/** Two repetitions at least: one may be a lost acknowledgement. */
function isQueueFull({ sides: [, server], handshake }: FlowRecord): boolean {
  return handshake.ack !== undefined && server.synCount > 2 && server.payloadBytes === 0
}

function queueFull(group: readonly FlowRecord[]): Drafted {
  const [{ ends }] = group
  return {
    kind: 'tcp-listen-queue-full',
    frames: framesOf(
      ...group.flatMap(({ handshake, sides: [, server] }) => [
        handshake.synAck,
        handshake.ack,
        ...server.frames('retransmission'),
      ]),
    ),
    text: `${serverOf(ends)} repeated its SYN-ACK on ${counted(group.length, 'connection')} that the client had acknowledged.`,
  }
}
