import type { FlowRecord, FlowSide } from './flow-record.ts'
import { TCP_FLAGS } from './tcp-flag.ts'

/** A copy of a record that stays as it is when the analyzer goes on. */
export function keepFlow(flow: FlowRecord): FlowRecord {
  const { ends, first, last, longestSilenceNs, silenceEnd, handshake, close, closedBy, reset } = flow
  const { reusedPorts, isForgotten } = flow
  const sides = [keepSide(flow.sides[0]), keepSide(flow.sides[1])] as const
  return {
    ends,
    first,
    last,
    sides,
    longestSilenceNs,
    silenceEnd,
    handshake,
    close,
    closedBy,
    reset,
    reusedPorts,
    isForgotten,
  }
}

function keepSide(side: FlowSide): FlowSide {
  return {
    packets: side.packets,
    bytes: side.bytes,
    payloadBytes: side.payloadBytes,
    firstPayload: side.firstPayload,
    lastPayload: side.lastPayload,
    smallestTimeToLive: side.smallestTimeToLive,
    largestTimeToLive: side.largestTimeToLive,
    syn: side.syn,
    synCount: side.synCount,
    maximumSegmentBytes: side.maximumSegmentBytes,
    windowScale: side.windowScale,
    sackPermitted: side.sackPermitted,
    timestamps: side.timestamps,
    fin: side.fin,
    roundTrips: side.roundTrips,
    thinkTimes: side.thinkTimes,
    slowestAnswer: side.slowestAnswer,
    largestPayloadBytes: side.largestPayloadBytes,
    largestAcknowledgedBytes: side.largestAcknowledgedBytes,
    outstandingBytes: side.outstandingBytes,
    stubborn: side.stubborn,
    losses: side.losses,
    smallestWindowBytes: side.smallestWindowBytes,
    largestWindowBytes: side.largestWindowBytes,
    zeroWindowNs: side.zeroWindowNs,
    longestZeroWindowNs: side.longestZeroWindowNs,
    unansweredKeepAlives: side.unansweredKeepAlives,
    ...keepFlags(side),
  }
}

const NO_FLAGS: Pick<FlowSide, 'count' | 'frames'> = { count: () => 0, frames: () => [] }

/** Most directions have none. */
function keepFlags(side: FlowSide): Pick<FlowSide, 'count' | 'frames'> {
  const seen = TCP_FLAGS.filter((flag) => side.count(flag) > 0)
  if (seen.length === 0) return NO_FLAGS
  const counts = new Map(seen.map((flag) => [flag, { count: side.count(flag), frames: side.frames(flag) }]))
  return { count: (flag) => counts.get(flag)?.count ?? 0, frames: (flag) => counts.get(flag)?.frames ?? [] }
}
