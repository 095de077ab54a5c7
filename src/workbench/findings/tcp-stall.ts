import type { Direction, FlowRecord, FlowSide, IcmpError, StubbornSegment } from '#detect'
import type { Evidence } from './evidence.ts'
import { counted, duration, endpoint, flowText, framesOf, isConnected, isTcp, roundTripNs, SECOND } from './figures.ts'
import type { FindingDraft, FindingRule } from './finding.ts'

/** Segments above this are as large as a path with a tunnel or a small MTU may not take. */
const LARGE_PAYLOAD_BYTES = 500
const REPEATS_LEAST = 2

const ICMP_UNREACHABLE = 3
const CODE_FRAGMENTATION_NEEDED = 4
const ICMPV6_PACKET_TOO_BIG = 2

const SYMPTOMS = [
  'tcp-retransmission-timeout',
  'tcp-retransmission-fast',
  'tcp-connection-stalled',
  'http-unanswered',
  'http-response-cut',
  'slow-server',
  'slow-client',
  'tls-handshake-unanswered',
  'tls-handshake-closed',
  'tcp-reset-by-client',
  'tcp-reset-by-server',
  'tcp-idle-dropped',
]

/** Connections in which nothing moves any more. */
export const TCP_STALL: FindingRule = {
  kinds: {
    'path-mtu-black-hole': {
      severity: 'high',
      side: 'path',
      meaning:
        'Large segments vanish while small ones pass, and nobody says why: the path takes less than the hosts believe, and the message about it is blocked.',
      next: 'Find the size that passes: `ping -M do -s 1472 HOST` and smaller. Let ICMP "fragmentation needed" and "packet too big" through, or clamp the MSS at the tunnel.',
      explains: SYMPTOMS,
    },
    'icmp-fragmentation-needed-ignored': {
      severity: 'high',
      side: 'client',
      meaning:
        'A router said that packets are too large, and the sender goes on with the same size: its firewall drops the message, or its host ignores it.',
      next: "Look at the sender's firewall: ICMP type 3 code 4 (ICMPv6 type 2) must come in. `ip route get HOST` shows whether the smaller MTU was learnt.",
      explains: [...SYMPTOMS, 'path-mtu-black-hole'],
    },
    'tcp-connection-stalled': {
      severity: 'high',
      side: 'path',
      meaning:
        'A connection that worked stopped: what one side sent was repeated again and again, and the other was not heard of any more.',
      next: 'Find out whether the other host still lives, and capture there: when the repetitions arrive its program or kernel hangs, otherwise the path broke.',
      explains: [
        'tcp-retransmission-timeout',
        'tcp-reset-by-client',
        'tcp-reset-by-server',
        'http-unanswered',
        'http-response-cut',
        'slow-server',
        'slow-client',
        'tls-handshake-unanswered',
      ],
    },
  },
  find: (evidence) =>
    evidence.flows
      .filter(isTcp)
      .flatMap((flow) => ([0, 1] as const).flatMap((direction) => inspect(flow, direction, evidence))),
}

function inspect(flow: FlowRecord, direction: Direction, evidence: Evidence): FindingDraft[] {
  const side = flow.sides[direction]
  const ignored = ignoredMessage(flow, direction, evidence)
  if (ignored !== undefined) return [ignored]
  const stubborn = hopeless(flow, direction)
  if (stubborn !== undefined) {
    return [
      isTooLarge(flow, side, stubborn, direction)
        ? blackHole(flow, direction, stubborn)
        : stalled(flow, direction, stubborn),
    ]
  }
  return isHoleOfLargeSegments(flow, direction, evidence.endNs) ? [missingLarge(flow, direction)] : []
}

const WHO = ['client', 'server'] as const

/** The segment that was repeated without ever being acknowledged. */
function hopeless(flow: FlowRecord, direction: Direction): StubbornSegment | undefined {
  const { stubborn, outstandingBytes } = flow.sides[direction]
  if (
    stubborn === undefined ||
    stubborn.isAcknowledged ||
    stubborn.repeats < REPEATS_LEAST ||
    stubborn.payloadBytes === 0
  )
    return undefined
  return !isConnected(flow) || outstandingBytes === undefined ? undefined : stubborn
}

/**
 * Large segments are repeated although everything smaller of the same sender arrives, and the other side is alive. One that
 * is as large and was acknowledged says that size is not the reason.
 */
function isTooLarge({ sides }: FlowRecord, side: FlowSide, stubborn: StubbornSegment, direction: Direction): boolean {
  if (stubborn.payloadBytes < LARGE_PAYLOAD_BYTES || side.largestAcknowledgedBytes >= stubborn.payloadBytes)
    return false
  const other = sides[1 - direction]
  // Who has nothing to say and was not acknowledged anything, but is heard, repeats his acknowledgement.
  const isRepeating = other.payloadBytes === 0 && other.packets > other.synCount && other.fin === undefined
  const heardAfter =
    other.count('duplicate_ack') + other.count('keep_alive_ack') > 0 ||
    (other.fin?.timeNs ?? 0) > stubborn.timeNs ||
    (isRepeating && side.largestAcknowledgedBytes === 0)
  return heardAfter || side.largestAcknowledgedBytes > 0 || direction === 1
}

function blackHole(flow: FlowRecord, direction: Direction, stubborn: StubbornSegment): FindingDraft {
  const { ends, sides } = flow
  const passed = sides[direction].largestAcknowledgedBytes
  return {
    kind: 'path-mtu-black-hole',
    frames: framesOf(stubborn.frame, ...stubborn.frames),
    scope: { flows: new Set([ends.id]) },
    weight: stubborn.repeats,
    text:
      `${flowText(ends)}: segments of ${counted(stubborn.payloadBytes, 'byte')} from the ${WHO[direction]} were sent ` +
      `${stubborn.repeats + 1} times and never acknowledged; ` +
      (passed > 0 ? `up to ${passed} bytes pass` : 'small packets pass') +
      ', and no ICMP message says why.',
  }
}

/** Seen from the receiver: large segments never come, while later small ones show how much was sent. */
function isHoleOfLargeSegments(
  { sides, handshake, reset, close, last, longestSilenceNs }: FlowRecord,
  direction: Direction,
  endNs: number,
): boolean {
  const side = sides[direction]
  const gaps = side.count('lost_segment') - side.losses.lostBefore - side.losses.captureGaps - side.losses.reordered
  if (gaps <= 0 || handshake.synAck === undefined || reset?.direction === direction) return false
  // Nothing that is sent again comes through either, for longer than a sender waits before it tries.
  const silenceToEndNs = close === 'open' ? endNs - last.timeNs : 0
  if (Math.max(longestSilenceNs, silenceToEndNs) < SECOND) return false
  const limit = Math.min(side.maximumSegmentBytes ?? 1460, sides[1 - direction].maximumSegmentBytes ?? 1460)
  return side.largestPayloadBytes < limit * 0.95
}

function missingLarge({ ends, sides }: FlowRecord, direction: Direction): FindingDraft {
  const side = sides[direction]
  return {
    kind: 'path-mtu-black-hole',
    frames: framesOf(side.firstPayload, ...side.frames('lost_segment')),
    scope: { flows: new Set([ends.id]) },
    text:
      `${flowText(ends)}: what the ${WHO[direction]} sent never came as far as it was large; ` +
      (side.largestPayloadBytes > 0
        ? `the largest segment that came has ${side.largestPayloadBytes} bytes`
        : 'segments without payload came') +
      ', and their sequence numbers show that more was sent.',
  }
}

function isTooBigMessage({ version, type, code }: IcmpError): boolean {
  return version === 4
    ? type === ICMP_UNREACHABLE && code === CODE_FRAGMENTATION_NEEDED
    : type === ICMPV6_PACKET_TOO_BIG
}

/** A message that packets are too large, after which the sender repeats the same size. */
function ignoredMessage(flow: FlowRecord, direction: Direction, { icmpErrors }: Evidence): FindingDraft | undefined {
  const { stubborn } = flow.sides[direction]
  if (stubborn === undefined || stubborn.isAcknowledged || stubborn.repeats < REPEATS_LEAST) return undefined
  const messages = icmpErrors.filter(
    (error) => error.flow === flow.ends.id && error.direction === direction && isTooBigMessage(error),
  )
  const [message] = messages
  if (message === undefined || !stubborn.frames.some((frame) => frame > message.frame)) return undefined
  const { client, clientPort, server, serverPort } = flow.ends
  const sender = direction === 0 ? endpoint(client, clientPort) : endpoint(server, serverPort)
  return {
    kind: 'icmp-fragmentation-needed-ignored',
    side: WHO[direction],
    frames: framesOf(message.frame, stubborn.frame, ...stubborn.frames),
    scope: { flows: new Set([flow.ends.id]) },
    text:
      `${sender} was told ${counted(messages.length, 'time')} that at most ${message.mtuBytes ?? 'a smaller number of'} bytes pass, ` +
      `and sent segments of ${stubborn.payloadBytes} bytes again ${counted(stubborn.repeats, 'time')}.`,
  }
}

function stalled(flow: FlowRecord, direction: Direction, stubborn: StubbornSegment): FindingDraft {
  const other = flow.sides[1 - direction]
  const silentNs = flow.last.timeNs - stubborn.timeNs
  const trip = roundTripNs(flow)
  const isHeard = (other.lastPayload?.timeNs ?? 0) > stubborn.timeNs
  return {
    kind: 'tcp-connection-stalled',
    severity: silentNs > SECOND || isHeard ? 'high' : 'medium',
    frames: framesOf(stubborn.frame, ...stubborn.frames),
    scope: { flows: new Set([flow.ends.id]) },
    weight: stubborn.repeats,
    text:
      `${flowText(flow.ends)}: ${counted(stubborn.payloadBytes, 'byte')} of the ${WHO[direction]} were sent again ` +
      `${counted(stubborn.repeats, 'time')} over ${duration(silentNs)} without an acknowledgement` +
      (trip === undefined ? '.' : ` (round trip ${duration(trip)}).`),
  }
}
