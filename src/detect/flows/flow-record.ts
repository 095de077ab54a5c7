import type { Direction, FlowEnds } from './contract.ts'
import type { TcpFlag } from './tcp-flag.ts'

/** A frame and its time, in nanoseconds as `Moment` counts them. */
export interface FrameTime {
  readonly frame: number
  readonly timeNs: number
}

/** Figures about durations, in nanoseconds; all 0 when `count` is. */
export interface Durations {
  readonly count: number
  readonly minNs: number
  readonly meanNs: number
  readonly maxNs: number
}

/**
 * How a TCP flow stands at its end:
 * - `unanswered`: the client's SYN got no answer; `refused`: it got a reset.
 * - `fin`: both sides closed; `half-closed`: one did.
 * - `reset`: somebody aborted it, also behind a FIN.
 * - `open`: still open when the capture ended, or not TCP.
 */
export type CloseKind = 'unanswered' | 'refused' | 'fin' | 'half-closed' | 'reset' | 'open'

/** The first segment with RST, and what tells who really sent it. */
export interface ResetSeen extends FrameTime {
  readonly direction: Direction
  readonly timeToLive: number
  /** TTL of this side's segment before it; undefined when there was none. */
  readonly usualTimeToLive: number | undefined
  /** IPv4 only. */
  readonly ipId: number | undefined
  /** IP id of this side's segment before it. */
  readonly previousIpId: number | undefined
  readonly window: number
  /** Its sequence number minus what was next of this side: 0 is what an honest sender writes. */
  readonly sequenceOffset: number
  /** How long nobody had said anything, in nanoseconds. */
  readonly silenceNs: number
  /** Segments with payload or FIN that this side sent nevertheless. */
  readonly segmentsAfter: number
  /** How many resets there were, both sides. */
  readonly count: number
}

/** One direction of a flow: what that side sent, and what was noticed about it. */
export interface FlowSide {
  readonly packets: number
  /** Lengths of IP packets, headers included. */
  readonly bytes: number
  /** What TCP or UDP carried, bytes sent again included. */
  readonly payloadBytes: number
  readonly firstPayload: FrameTime | undefined
  readonly lastPayload: FrameTime | undefined
  readonly smallestTimeToLive: number
  readonly largestTimeToLive: number
  /** From here on TCP; zeros and absences for other protocols. Of the first SYN of this side: */
  readonly syn: FrameTime | undefined
  /** SYN or SYN-ACK segments, those sent again included. */
  readonly synCount: number
  readonly maximumSegmentBytes: number | undefined
  /** Shift count; undefined when the SYN is not in the capture or does not offer scaling. */
  readonly windowScale: number | undefined
  readonly sackPermitted: boolean
  readonly timestamps: boolean
  /** The first FIN. */
  readonly fin: FrameTime | undefined
  /** Round trips from a segment of this side to its acknowledgement, as seen at the place of the capture. */
  readonly roundTrips: Durations
  /** From the last payload of the other side to the first of this one: how long this side thinks. */
  readonly thinkTimes: Durations
  /** The answer that took longest. */
  readonly slowestAnswer: FrameTime | undefined
  readonly largestPayloadBytes: number
  /** The largest segment of which an acknowledgement was seen. */
  readonly largestAcknowledgedBytes: number
  /** Sent and not acknowledged at the end; undefined when the other side is not in the capture. */
  readonly outstandingBytes: number | undefined
  /** The segment that was sent again most often: its payload, how often, and whether it was acknowledged at last. */
  readonly stubborn: StubbornSegment | undefined
  readonly losses: SegmentLosses
  /** Windows in bytes, scaled when the scale is known; of segments without SYN and RST. */
  readonly smallestWindowBytes: number | undefined
  readonly largestWindowBytes: number | undefined
  /** How long this side's window was closed, in all and at most at a stretch; an open one at the end counts up to it. */
  readonly zeroWindowNs: number
  readonly longestZeroWindowNs: number
  /** Probes of keep-alive since the other side was last heard. */
  readonly unansweredKeepAlives: number
  /** How many segments of this side have the flag. */
  count(flag: TcpFlag): number
  /** Frames that have the flag: of each flag the first four, and the last one. */
  frames(flag: TcpFlag): readonly number[]
}

export interface StubbornSegment extends FrameTime {
  readonly payloadBytes: number
  /** How often it was sent again. */
  readonly repeats: number
  readonly isAcknowledged: boolean
  /** Frames that sent it again, at most eight. */
  readonly frames: readonly number[]
}

/**
 * Where segments of one side were lost. A gap that is filled later was lost before it reached the place of the capture; a
 * segment that was seen and is sent again was lost behind it, or its acknowledgement was. A gap that the receiver
 * acknowledges without its being sent again is a loss of the capture alone.
 */
export interface SegmentLosses {
  /** Segments sent again for whatever reason, SYN and FIN among them. */
  readonly resent: number
  readonly resentBytes: number
  /** Filled gaps that were no mere reordering. */
  readonly lostBefore: number
  /** Segments that the capture had seen already, sent again before their acknowledgement was seen. */
  readonly lostBehind: number
  /** Segments sent again although their acknowledgement had passed. */
  readonly needless: number
  /** Sent again after at least 200 ms without progress. */
  readonly afterTimeout: number
  readonly reordered: number
  /** Gaps that the capture alone has, and their bytes. */
  readonly captureGaps: number
  readonly captureLostBytes: number
  /** Frames that were captured twice. */
  readonly duplicateFrames: number
  /** Bytes sent again that differ from those before: whoever reassembles may see another stream than the receiver. */
  readonly conflictingBytes: number
  /** The first conflicting segment. */
  readonly conflict: FrameTime | undefined
  /** The first frames of each kind, at most four. */
  readonly lostBeforeFrames: readonly number[]
  readonly lostBehindFrames: readonly number[]
  readonly captureGapFrames: readonly number[]
  readonly duplicateFrameNumbers: readonly number[]
}

/** Times of the handshake, as far as its parts are in the capture. */
export interface Handshake {
  readonly syn: FrameTime | undefined
  readonly synAck: FrameTime | undefined
  /** The client's first acknowledgement. */
  readonly ack: FrameTime | undefined
  /** From the last SYN before the SYN-ACK, and from the last SYN-ACK before the acknowledgement. */
  readonly serverSideNs: number | undefined
  readonly clientSideNs: number | undefined
}

/** Everything that is known of one flow. */
export interface FlowRecord {
  readonly ends: FlowEnds
  readonly first: FrameTime
  readonly last: FrameTime
  /** Of the client and of the server. */
  readonly sides: readonly [FlowSide, FlowSide]
  /** The longest time without a packet, and the frame that ended it. */
  readonly longestSilenceNs: number
  readonly silenceEnd: FrameTime | undefined
  readonly handshake: Handshake
  readonly close: CloseKind
  /** Who sent the reset, or the first FIN. */
  readonly closedBy: Direction | undefined
  readonly reset: ResetSeen | undefined
  /** The ports had a connection before. */
  readonly reusedPorts: boolean
  /** The record was given before the capture ended, for want of room; later packets make another flow. */
  readonly isForgotten: boolean
}
