import { FLOW, FLOW_BIT, FLOW_TIME, SIDE, SIDE_BIT, SIDE_TIME } from './flow-layout.ts'
import type { RowPool } from './row-pool.ts'
import { CONTROL, type Segment, type SynOptions } from './segment.ts'
import { TCP_FLAG } from './tcp-flag.ts'

/** One byte each of `SIDE.timesToLive`; values are plus one, so that 0 is none. */
const TTL_SHIFT = { most: 9, last: 18 } as const
const TTL_MASK = 0x1ff

/** What any packet of a flow adds to its figures. */
export interface CountedPacket {
  readonly frame: number
  readonly timeNs: number
  readonly ipBytes: number
  /** -1 when the packet has none that is known. */
  readonly payloadBytes: number
  readonly timeToLive: number
}

/** Keeps the figures of flows that are not about TCP's errors: sizes, times, handshakes, windows, round trips. */
export class FlowFigures {
  readonly #flows: RowPool

  constructor(flows: RowPool) {
    this.#flows = flows
  }

  /** Counts a packet of any protocol. `isServer` says who sent it. */
  count(flow: number, side: number, isServer: boolean, packet: CountedPacket): void {
    const { words, doubles } = this.#flows
    const { timeNs, frame, payloadBytes, timeToLive } = packet
    const times = flow >> 1
    const silenceNs = timeNs - doubles[times + FLOW_TIME.last]
    if (silenceNs > doubles[times + FLOW_TIME.longestSilence]) {
      doubles[times + FLOW_TIME.longestSilence] = silenceNs
      doubles[times + FLOW_TIME.silenceEnd] = timeNs
      words[flow + FLOW.silenceEndFrame] = frame
    }
    doubles[times + FLOW_TIME.last] = timeNs
    words[flow + FLOW.lastFrame] = frame
    words[side + SIDE.packets]++
    doubles[(side >> 1) + SIDE_TIME.bytes] += packet.ipBytes
    this.#countTimeToLive(side, timeToLive)
    if (payloadBytes > 0) this.#countPayload(flow, side, isServer, packet)
  }

  #countTimeToLive(side: number, timeToLive: number): void {
    const { words } = this.#flows
    const known = words[side + SIDE.timesToLive]
    const value = timeToLive + 1
    if (known >>> TTL_SHIFT.last === value) return
    const least = known & TTL_MASK
    const most = (known >>> TTL_SHIFT.most) & TTL_MASK
    words[side + SIDE.timesToLive] =
      (known === 0 ? value : Math.min(least, value)) |
      (Math.max(most, value) << TTL_SHIFT.most) |
      (value << TTL_SHIFT.last)
  }

  #countPayload(flow: number, side: number, isServer: boolean, { timeNs, frame, payloadBytes }: CountedPacket): void {
    const { words, doubles } = this.#flows
    const times = side >> 1
    doubles[times + SIDE_TIME.payloadBytes] += payloadBytes
    if (words[side + SIDE.lastPayloadFrame] === 0) {
      words[side + SIDE.firstPayloadFrame] = frame
      doubles[times + SIDE_TIME.firstPayload] = timeNs
    }
    words[side + SIDE.lastPayloadFrame] = frame
    doubles[times + SIDE_TIME.lastPayload] = timeNs
    const bits = words[flow + FLOW.bits]
    const wasServer = (bits & FLOW_BIT.lastPayloadOfServer) !== 0
    if (bits & FLOW_BIT.hasPayload && wasServer !== isServer) {
      this.#countThink(side, timeNs - doubles[(flow >> 1) + FLOW_TIME.lastPayload], timeNs, frame)
    }
    doubles[(flow >> 1) + FLOW_TIME.lastPayload] = timeNs
    words[flow + FLOW.bits] =
      (bits & ~FLOW_BIT.lastPayloadOfServer) | FLOW_BIT.hasPayload | (isServer ? FLOW_BIT.lastPayloadOfServer : 0)
  }

  #countThink(side: number, thinkNs: number, timeNs: number, frame: number): void {
    const { words, doubles } = this.#flows
    const times = side >> 1
    const count = words[side + SIDE.thinks]++
    doubles[times + SIDE_TIME.thinkSum] += thinkNs
    if (count === 0 || thinkNs < doubles[times + SIDE_TIME.thinkLeast]) doubles[times + SIDE_TIME.thinkLeast] = thinkNs
    if (count > 0 && thinkNs <= doubles[times + SIDE_TIME.thinkMost]) return
    doubles[times + SIDE_TIME.thinkMost] = thinkNs
    doubles[times + SIDE_TIME.slowestAnswer] = timeNs
    words[side + SIDE.slowestAnswerFrame] = frame
  }

  /** Counts what only TCP has; before the analyses change what is known of both directions. */
  countSegment(flow: number, side: number, other: number, isServer: boolean, segment: Segment): void {
    const { words } = this.#flows
    const { control } = segment
    words[other + SIDE.keepAlives] = 0
    if (control & CONTROL.ack) this.#takeAcknowledgement(side, other, segment)
    if (segment.end !== segment.sequence) this.#timeSegment(side, segment)
    if (control & CONTROL.reset) this.#countReset(flow, side, isServer, segment)
    else if (words[flow + FLOW.resetCount] > 0) this.#countAfterReset(flow, isServer, segment)
    if (control & CONTROL.fin) this.#countFin(flow, side, isServer, segment)
    if (control & CONTROL.syn) this.#countSyn(side, segment)
    else if ((control & CONTROL.reset) === 0) this.#countWindow(side, segment)
    words[side + SIDE.lastIpId] = segment.ipId + 1
  }

  /** One segment at a time is timed; one that is sent again says nothing (Karn's algorithm). */
  #timeSegment(side: number, { sequence, end, timeNs, payloadBytes }: Segment): void {
    const { ints, words, doubles } = this.#flows
    const bits = words[side + SIDE.bits]
    if (bits & SIDE_BIT.hasNext && ((end - ints[side + SIDE.nextSequence]) | 0) <= 0) {
      if (((sequence - ints[side + SIDE.timedEnd]) | 0) < 0) words[side + SIDE.bits] &= ~SIDE_BIT.isTiming
    } else if ((bits & SIDE_BIT.isTiming) === 0) {
      ints[side + SIDE.timedEnd] = end
      doubles[(side >> 1) + SIDE_TIME.timedSegment] = timeNs
      words[side + SIDE.bits] |= SIDE_BIT.isTiming
    }
    if (payloadBytes > words[side + SIDE.largestPayload]) {
      words[side + SIDE.largestPayload] = payloadBytes
      ints[side + SIDE.largestEnd] = end
    }
  }

  #takeAcknowledgement(side: number, other: number, { acknowledgement, timeNs }: Segment): void {
    const { ints, words, doubles } = this.#flows
    const isKnown = (words[side + SIDE.bits] & SIDE_BIT.hasHighestAck) !== 0
    if (!isKnown || ((acknowledgement - ints[side + SIDE.highestAck]) | 0) > 0) {
      words[side + SIDE.bits] |= SIDE_BIT.hasHighestAck
      ints[side + SIDE.highestAck] = acknowledgement
    }
    const largest = words[other + SIDE.largestPayload]
    if (
      largest > words[other + SIDE.largestAcknowledged] &&
      ((acknowledgement - ints[other + SIDE.largestEnd]) | 0) >= 0
    )
      words[other + SIDE.largestAcknowledged] = largest
    if ((words[other + SIDE.bits] & SIDE_BIT.isTiming) === 0) return
    if (((acknowledgement - ints[other + SIDE.timedEnd]) | 0) < 0) return
    words[other + SIDE.bits] &= ~SIDE_BIT.isTiming
    const times = other >> 1
    const tripNs = timeNs - doubles[times + SIDE_TIME.timedSegment]
    const count = words[other + SIDE.roundTrips]++
    doubles[times + SIDE_TIME.roundTripSum] += tripNs
    if (count === 0 || tripNs < doubles[times + SIDE_TIME.roundTripLeast]) {
      doubles[times + SIDE_TIME.roundTripLeast] = tripNs
    }
    if (count === 0 || tripNs > doubles[times + SIDE_TIME.roundTripMost]) {
      doubles[times + SIDE_TIME.roundTripMost] = tripNs
    }
  }

  #countReset(flow: number, side: number, isServer: boolean, segment: Segment): void {
    const { ints, words, doubles } = this.#flows
    if (words[flow + FLOW.resetCount]++ > 0) return
    const bits = words[flow + FLOW.bits]
    words[flow + FLOW.bits] |= FLOW_BIT.reset | FLOW_BIT.closing | (isServer ? FLOW_BIT.resetByServer : 0)
    if ((bits & FLOW_BIT.closing) === 0 && isServer) words[flow + FLOW.bits] |= FLOW_BIT.closedByServer
    const times = flow >> 1
    doubles[times + FLOW_TIME.reset] = segment.timeNs
    doubles[times + FLOW_TIME.resetSilence] = segment.timeNs - doubles[times + FLOW_TIME.last]
    words[flow + FLOW.resetFrame] = segment.frame
    words[flow + FLOW.resetTimeToLive] = segment.timeToLive
    words[flow + FLOW.resetUsualTimeToLive] = words[side + SIDE.timesToLive] >>> TTL_SHIFT.last
    words[flow + FLOW.resetIpId] = segment.ipId + 1
    words[flow + FLOW.resetPreviousIpId] = words[side + SIDE.lastIpId]
    words[flow + FLOW.resetWindow] = segment.window
    const hasNext = (words[side + SIDE.bits] & SIDE_BIT.hasNext) !== 0
    ints[flow + FLOW.resetOffset] = hasNext ? (segment.sequence - ints[side + SIDE.nextSequence]) | 0 : 0
  }

  #countAfterReset(flow: number, isServer: boolean, { end, sequence }: Segment): void {
    const { words } = this.#flows
    const wasServer = (words[flow + FLOW.bits] & FLOW_BIT.resetByServer) !== 0
    if (wasServer === isServer && end !== sequence) words[flow + FLOW.segmentsAfterReset]++
  }

  #countFin(flow: number, side: number, isServer: boolean, { timeNs, frame, end }: Segment): void {
    const { ints, words, doubles } = this.#flows
    if (words[side + SIDE.bits] & SIDE_BIT.fin) return
    words[side + SIDE.bits] |= SIDE_BIT.fin
    words[side + SIDE.finFrame] = frame
    ints[side + SIDE.finEnd] = end
    doubles[(side >> 1) + SIDE_TIME.fin] = timeNs
    if ((words[flow + FLOW.bits] & FLOW_BIT.closing) === 0 && isServer) {
      words[flow + FLOW.bits] |= FLOW_BIT.closedByServer
    }
    words[flow + FLOW.bits] |= FLOW_BIT.closing
  }

  #countSyn(side: number, { timeNs, frame }: Segment): void {
    const { words, doubles } = this.#flows
    const times = side >> 1
    if (words[side + SIDE.synCount]++ === 0) {
      words[side + SIDE.synFrame] = frame
      doubles[times + SIDE_TIME.syn] = timeNs
      words[side + SIDE.bits] |= SIDE_BIT.syn
    }
    doubles[times + SIDE_TIME.lastSyn] = timeNs
  }

  #countWindow(side: number, { window, timeNs }: Segment): void {
    const { words, doubles } = this.#flows
    const scale = words[side + SIDE.scale]
    // A shift count is 14 at most, so that this fits.
    const bytes = scale === 0 ? window : window << (scale - 1)
    const bits = words[side + SIDE.bits]
    if ((bits & SIDE_BIT.acknowledged) === 0) {
      words[side + SIDE.smallestWindow] = bytes
      words[side + SIDE.largestWindow] = bytes
    } else {
      if (bytes < words[side + SIDE.smallestWindow]) words[side + SIDE.smallestWindow] = bytes
      if (bytes > words[side + SIDE.largestWindow]) words[side + SIDE.largestWindow] = bytes
    }
    const isClosed = (bits & SIDE_BIT.zeroWindow) !== 0
    if (window === 0 && !isClosed) {
      words[side + SIDE.bits] |= SIDE_BIT.zeroWindow
      doubles[(side >> 1) + SIDE_TIME.zeroWindowSince] = timeNs
    } else if (window > 0 && isClosed) {
      this.openWindow(side, timeNs)
    }
  }

  /** A window that was closed is open again, or the flow is over. */
  openWindow(side: number, timeNs: number): void {
    const { words, doubles } = this.#flows
    if ((words[side + SIDE.bits] & SIDE_BIT.zeroWindow) === 0) return
    words[side + SIDE.bits] &= ~SIDE_BIT.zeroWindow
    const times = side >> 1
    const closedNs = timeNs - doubles[times + SIDE_TIME.zeroWindowSince]
    doubles[times + SIDE_TIME.zeroWindow] += closedNs
    if (closedNs > doubles[times + SIDE_TIME.longestZeroWindow]) doubles[times + SIDE_TIME.longestZeroWindow] = closedNs
  }

  /** Notes what a SYN offers, and agrees on scaling as soon as both did. */
  noteOptions(side: number, other: number, isAnswer: boolean, options: SynOptions): void {
    const { words } = this.#flows
    if (options.maximumSegmentBytes > 0) words[side + SIDE.maximumSegment] = options.maximumSegmentBytes
    if (options.sackPermitted) words[side + SIDE.bits] |= SIDE_BIT.sackPermitted
    if (options.timestamps) words[side + SIDE.bits] |= SIDE_BIT.timestamps
    const offers = options.windowScale >= 0
    words[side + SIDE.scale] = offers ? options.windowScale + 1 : 1
    if (offers) words[side + SIDE.bits] |= SIDE_BIT.offersScale
    else if (isAnswer) words[other + SIDE.scale] = 1
    // An answer may offer nothing that was not asked for (RFC 7323 section 2.2).
    if (isAnswer && words[other + SIDE.synCount] > 0 && (words[other + SIDE.bits] & SIDE_BIT.offersScale) === 0) {
      words[side + SIDE.scale] = 1
    }
  }

  /** What a segment's flags and place in the handshake change; behind the analyses. */
  noteAnalysed(flow: number, side: number, other: number, isServer: boolean, segment: Segment, flags: number): void {
    const { words } = this.#flows
    words[side + SIDE.flagsSeen] |= flags
    if (flags & TCP_FLAG.keep_alive) words[side + SIDE.keepAlives]++
    if (flags & TCP_FLAG.window_update) words[side + SIDE.windowUpdates]++
    if ((segment.control & (CONTROL.syn | CONTROL.ack)) !== CONTROL.ack) return
    if (words[side + SIDE.bits] & SIDE_BIT.acknowledged) return
    words[side + SIDE.bits] |= SIDE_BIT.acknowledged
    if (!isServer) this.#noteHandshake(flow, side, other, segment)
  }

  /** The first acknowledgement of a client ends the handshake. */
  #noteHandshake(flow: number, side: number, other: number, { control, frame, timeNs, sequence }: Segment): void {
    const { ints, words, doubles } = this.#flows
    if (control & CONTROL.reset || words[other + SIDE.synCount] === 0) return
    words[flow + FLOW.handshakeAckFrame] = frame
    doubles[(flow >> 1) + FLOW_TIME.handshakeAck] = timeNs
    const isFirst = sequence === ((ints[side + SIDE.baseSequence] + 1) | 0)
    if (isFirst && words[side + SIDE.synCount] > 0) {
      doubles[(flow >> 1) + FLOW_TIME.initialRoundTrip] = timeNs - doubles[(side >> 1) + SIDE_TIME.lastSyn]
    }
  }
}

/** The least, the largest and the last TTL or hop limit of a side; -1 without any. */
export function timesToLive(word: number): { least: number; most: number; last: number } {
  return {
    least: (word & TTL_MASK) - 1,
    most: ((word >>> TTL_SHIFT.most) & TTL_MASK) - 1,
    last: (word >>> TTL_SHIFT.last) - 1,
  }
}
