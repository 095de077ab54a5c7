import type { FlowRecord, FlowSide } from './flow-record.ts'
import { TCP_FLAGS, type TcpFlag } from './tcp-flag.ts'

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
  const counts = new Map<TcpFlag, { readonly count: number; readonly frames: readonly number[] }>()
  for (const flag of TCP_FLAGS) {
    const count = side.count(flag)
    if (count > 0) counts.set(flag, { count, frames: side.frames(flag) })
  }
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
    count: (flag) => counts.get(flag)?.count ?? 0,
    frames: (flag) => counts.get(flag)?.frames ?? [],
  }
}
