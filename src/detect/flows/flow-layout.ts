/**
 * Where the numbers of a flow stand in its row. What nearly every packet reads stands together at the front, so that it is
 * on few cache lines: of the flow, then of its two sides, the client's first. Behind it stands what is seldom needed, in the
 * same order but for the flow's own, which is last. Times and durations are 64-bit numbers, in nanoseconds; their indexes
 * count in steps of eight bytes from half the row's (or side's) first word.
 */

export const FLOW_TIME = {
  last: 0,
  lastPayload: 1,
  longestSilence: 2,
  first: 92,
  silenceEnd: 93,
  handshakeAck: 94,
  reset: 95,
  resetSilence: 96,
  /** From the client's last SYN to its first acknowledgement; 0 while it is not known. */
  initialRoundTrip: 97,
} as const

export const FLOW = {
  id: 6,
  /** Row of its key. */
  key: 7,
  /** Bits of `FLOW_BIT`. */
  bits: 8,
  lastFrame: 9,
  resetCount: 10,
  /** Number of the flow's payload reader; 0 for none. */
  reader: 11,
  /** How often the search for flows to forget still passes it over. */
  chances: 12,
  /** Of the client and of the server: up to where its bytes pass, see `SIDE_BIT.passing`. */
  passEnds: 13,
  /** 0 marks a row that is not in use. */
  firstFrame: 196,
  silenceEndFrame: 197,
  handshakeAckFrame: 198,
  resetFrame: 199,
  resetTimeToLive: 200,
  resetUsualTimeToLive: 201,
  /** IP ids plus one; 0 for none. */
  resetIpId: 202,
  resetPreviousIpId: 203,
  resetWindow: 204,
  resetOffset: 205,
  segmentsAfterReset: 206,
} as const

export const FLOW_BIT = {
  /** The client is the side whose address stands first in the key. */
  clientIsFirst: 1 << 0,
  /** The server sent the last payload. */
  lastPayloadOfServer: 1 << 2,
  hasPayload: 1 << 3,
  closedByServer: 1 << 4,
  /** A FIN or reset was seen. */
  closing: 1 << 5,
  reset: 1 << 6,
  resetByServer: 1 << 7,
  reusedPorts: 1 << 8,
  /** Both sides closed, or one aborted. */
  over: 1 << 9,
  /** Who reads the payload was asked for. */
  readerAsked: 1 << 10,
  /** There is somebody, and more is wanted. */
  readerWants: 1 << 11,
} as const

export const SIDE_TIME = {
  /** When the highest sequence number was sent. */
  nextSequence: 0,
  lastAck: 1,
  timedSegment: 2,
  bytes: 3,
  payloadBytes: 4,
  lastPayload: 5,
  roundTripSum: 6,
  roundTripLeast: 7,
  roundTripMost: 8,
  thinkSum: 42,
  thinkLeast: 43,
  thinkMost: 44,
  slowestAnswer: 45,
  firstPayload: 46,
  syn: 47,
  lastSyn: 48,
  fin: 49,
  zeroWindowSince: 50,
  zeroWindow: 51,
  longestZeroWindow: 52,
} as const

export const SIDE = {
  packets: 18,
  /** Bits of `SIDE_BIT`. */
  bits: 19,
  /** Behind the highest that was sent. */
  nextSequence: 20,
  /** Behind what was sent without a gap, as far as it was not acknowledged. */
  contiguousSequence: 21,
  lastAck: 22,
  highestAck: 23,
  /** Like `nextSequence`, but never below what the other side acknowledged. */
  edge: 24,
  /** As it stands in the segment. */
  window: 25,
  /** Shift count plus one; 0 while it is not known. */
  scale: 26,
  lastFlags: 27,
  duplicateAcks: 28,
  timedEnd: 29,
  lastPayloadFrame: 30,
  /** TTLs plus one: least, most and the last one, nine bits each. */
  timesToLive: 31,
  /** Plus one. */
  lastIpId: 32,
  largestPayload: 33,
  largestEnd: 34,
  largestAcknowledged: 35,
  smallestWindow: 36,
  largestWindow: 37,
  flagsSeen: 38,
  /** Row of `TROUBLE` plus one; 0 for none. */
  trouble: 39,
  keepAlives: 40,
  roundTrips: 41,
  /** Of the SYN; of a flow without it, one below the first sequence number that was seen. */
  baseSequence: 106,
  thinks: 107,
  slowestAnswerFrame: 108,
  firstPayloadFrame: 109,
  synFrame: 110,
  synCount: 111,
  finFrame: 112,
  maximumSegment: 113,
  windowUpdates: 114,
  finEnd: 115,
} as const

export const SIDE_BIT = {
  hasBase: 1 << 0,
  hasNext: 1 << 1,
  hasContiguous: 1 << 2,
  /** `lastAck` is that of a segment with ACK. */
  hasAck: 1 << 3,
  syn: 1 << 4,
  fin: 1 << 5,
  isTiming: 1 << 6,
  zeroWindow: 1 << 7,
  sackPermitted: 1 << 8,
  timestamps: 1 << 9,
  /** The segment after the SYN was seen: its windows are scaled. */
  acknowledged: 1 << 10,
  hasWindow: 1 << 12,
  hasEdge: 1 << 13,
  offersScale: 1 << 14,
  /** The other side acknowledged what is not in the capture, and that was said. */
  lossTold: 1 << 11,
  /** And a gap was seen after that. */
  gapAfterLoss: 1 << 16,
  hasHighestAck: 1 << 15,
  /** What follows in order is not given to who reads the flow, who only learns how much it was. */
  passing: 1 << 17,
  /** Nobody wants any more of it. */
  unread: 1 << 18,
} as const

export const SIDES_AT = 16
export const SIDE_WORDS = 42
export const FLOW_WORDS = 208
