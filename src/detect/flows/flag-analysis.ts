import { FLOW_TIME, SIDE, SIDE_BIT, SIDE_TIME } from './flow-layout.ts'
import type { RowPool } from './row-pool.ts'
import { CONTROL, type Segment } from './segment.ts'
import { TCP_FLAG } from './tcp-flag.ts'

/** What begins or ends a connection is none of the tests for acknowledgements and windows. */
const NOT_PLAIN = CONTROL.syn | CONTROL.fin | CONTROL.reset
/** A segment sent again later than this behind the last duplicate acknowledgement is no fast retransmission. */
const FAST_NS = 20_000_000
/** How late a segment may come and still be out of order, while the round trip is not known. */
const REORDER_NS = 3_000_000
/** A direction whose lost segments were told of is silent about more until a gap is seen. */
const ACKNOWLEDGEABLE = SIDE_BIT.hasContiguous | SIDE_BIT.lossTold
/** Duplicate acknowledgements that make a sender send again; some may be missing in the capture. */
const FAST_DUPLICATES = 2

/**
 * Says of each segment what Wireshark's analysis says of it, with its tests in its order, so that a frame has the same
 * words here and there. What was lost where is told by `LossAnalysis`, which asks other questions.
 *
 * Compared with tshark 4.0 a few frames in ten thousand differ, of these classes:
 * - `ack_lost_segment` when data were acknowledged that are not in the capture, in both directions and several times.
 * - `out_of_order` against `retransmission` around probes of a closed window, and of segments that overlap others in part.
 * - SYN-ACKs that belong to no SYN, or to one of several (`reused_ports`, `tfo_ack`).
 * - Segments without ACK that are no SYN, whose acknowledgement number is what was left in memory.
 * - Packets with the same addresses and ports in several VLANs or tunnels are one connection to Wireshark, and several here;
 *   after a SYN-ACK on a closed connection another one begins here.
 */
export class FlagAnalysis {
  readonly #flows: RowPool

  constructor(flows: RowPool) {
    this.#flows = flows
  }

  /**
   * Analyses a segment of the direction whose numbers stand at `side`; the other one's stand at `other`. Returns bits of
   * `TCP_FLAG` and updates both.
   */
  analyse(flow: number, side: number, other: number, segment: Segment): number {
    this.#noteBases(side, other, segment)
    const flags = this.#windowFlags(side, other, segment)
    const all = flags | this.#acknowledgementFlags(side, other, segment, flags)
    return this.#advance(side, segment, all | this.#resendFlags(flow, side, other, segment, all))
  }

  /** Where sequence numbers begin: at the SYN, or one below the first that is seen. */
  #noteBases(side: number, other: number, segment: Segment): void {
    const { ints } = this.#flows
    if ((ints[side + SIDE.bits] & SIDE_BIT.hasBase) === 0) {
      ints[side + SIDE.baseSequence] = segment.control & CONTROL.syn ? segment.sequence : (segment.sequence - 1) | 0
      ints[side + SIDE.bits] |= SIDE_BIT.hasBase
    }
    if (segment.control & CONTROL.ack && (ints[other + SIDE.bits] & SIDE_BIT.hasBase) === 0) {
      ints[other + SIDE.baseSequence] = (segment.acknowledgement - 1) | 0
      ints[other + SIDE.bits] |= SIDE_BIT.hasBase
    }
  }

  /** Tests about windows, probes and the segment's place behind the one before it. */
  #windowFlags(side: number, other: number, segment: Segment): number {
    const { ints } = this.#flows
    const { payloadBytes, control, window } = segment
    const hasNext = (ints[side + SIDE.bits] & SIDE_BIT.hasNext) !== 0
    const offset = hasNext ? (segment.sequence - ints[side + SIDE.nextSequence]) | 0 : 0
    const otherIsClosed = (ints[other + SIDE.bits] & SIDE_BIT.hasWindow) !== 0 && ints[other + SIDE.window] === 0
    if (payloadBytes === 1 && hasNext && offset === 0 && otherIsClosed) return TCP_FLAG.zero_window_probe
    const isPlain = (control & NOT_PLAIN) === 0
    let flags = 0
    if (window === 0 && isPlain) flags |= TCP_FLAG.zero_window
    if (hasNext && offset > 0 && (control & CONTROL.reset) === 0) {
      flags |= TCP_FLAG.lost_segment
      this.#noteGap(side)
    }
    if (!isPlain) return flags
    if (payloadBytes <= 1 && hasNext && offset === -1) flags |= TCP_FLAG.keep_alive
    if (payloadBytes > 0 && this.#fillsWindow(other, segment)) flags |= TCP_FLAG.window_full
    if (payloadBytes > 0 || !hasNext || offset !== 0) return flags
    return flags | this.#bareFlags(side, other, segment)
  }

  #noteGap(side: number): void {
    const { ints } = this.#flows
    if ((ints[side + SIDE.bits] & SIDE_BIT.lossTold) === 0) return
    ints[side + SIDE.bits] = (ints[side + SIDE.bits] & ~SIDE_BIT.lossTold) | SIDE_BIT.gapAfterLoss
    ints[side + SIDE.contiguousSequence] = ints[side + SIDE.nextSequence]
  }

  #fillsWindow(other: number, { sequence, payloadBytes }: Segment): boolean {
    const { ints } = this.#flows
    const scale = ints[other + SIDE.scale]
    if (scale === 0) return false
    const shift = ints[other + SIDE.bits] & SIDE_BIT.acknowledged ? scale - 1 : 0
    const limit = (ints[other + SIDE.lastAck] + (ints[other + SIDE.window] << shift)) | 0
    return ((sequence + payloadBytes) | 0) === limit
  }

  /** Of a segment without payload that stands where the next one is due. */
  #bareFlags(side: number, other: number, { acknowledgement, window }: Segment): number {
    const { ints } = this.#flows
    const advance = (acknowledgement - ints[side + SIDE.lastAck]) | 0
    const previousWindow = ints[side + SIDE.window]
    const otherFlags = ints[other + SIDE.lastFlags]
    if (window === 0) {
      const isProbed = (otherFlags & TCP_FLAG.zero_window_probe) !== 0
      return previousWindow === 0 && isProbed && advance === 0 ? TCP_FLAG.zero_window_probe_ack : 0
    }
    if (advance !== 0) return 0
    if (window !== previousWindow) return TCP_FLAG.window_update
    return otherFlags & TCP_FLAG.keep_alive ? TCP_FLAG.keep_alive_ack : TCP_FLAG.duplicate_ack
  }

  #acknowledgementFlags(side: number, other: number, segment: Segment, flags: number): number {
    const { ints } = this.#flows
    const { acknowledgement } = segment
    if (flags & TCP_FLAG.duplicate_ack) ints[side + SIDE.duplicateAcks]++
    if (acknowledgement !== ints[side + SIDE.lastAck]) ints[side + SIDE.duplicateAcks] = 0
    const bits = ints[other + SIDE.bits]
    if ((bits & ACKNOWLEDGEABLE) !== SIDE_BIT.hasContiguous || (segment.control & CONTROL.ack) === 0) return 0
    if (((acknowledgement - ints[other + SIDE.contiguousSequence]) | 0) <= 0) return 0
    const isBeyond = ((acknowledgement - ints[other + SIDE.nextSequence]) | 0) > 0
    if (isBeyond || bits & SIDE_BIT.gapAfterLoss) ints[other + SIDE.bits] = bits | SIDE_BIT.lossTold
    else ints[other + SIDE.contiguousSequence] = ints[other + SIDE.nextSequence]
    return TCP_FLAG.ack_lost_segment
  }

  /** Why a segment that brings nothing new was sent. */
  #resendFlags(flow: number, side: number, other: number, segment: Segment, flags: number): number {
    const { ints } = this.#flows
    const { payloadBytes, sequence, control } = segment
    if (payloadBytes === 0 && (control & (CONTROL.syn | CONTROL.fin)) === 0) return 0
    if (flags & TCP_FLAG.keep_alive) return 0
    const payloadEnd = (sequence + payloadBytes) | 0
    const isAcknowledged =
      (ints[other + SIDE.bits] & SIDE_BIT.hasAck) !== 0 && ((payloadEnd - ints[other + SIDE.lastAck]) | 0) <= 0
    if (payloadBytes > 0 && isAcknowledged) return TCP_FLAG.retransmission | TCP_FLAG.spurious_retransmission
    const hasNext = (ints[side + SIDE.bits] & SIDE_BIT.hasNext) !== 0
    const offset = hasNext ? (sequence - ints[side + SIDE.nextSequence]) | 0 : 0
    // One byte below what is next and more than a byte long: the byte was a probe's, and the rest is new.
    if (offset >= 0 || (offset === -1 && payloadBytes > 1)) return 0
    if (this.#isFast(other, segment)) return TCP_FLAG.retransmission | TCP_FLAG.fast_retransmission
    return this.#isOutOfOrder(flow, side, segment) ? TCP_FLAG.out_of_order : TCP_FLAG.retransmission
  }

  #isFast(other: number, segment: Segment): boolean {
    const { ints, doubles } = this.#flows
    if (ints[other + SIDE.duplicateAcks] < FAST_DUPLICATES) return false
    const waitedNs = segment.timeNs - doubles[(other >> 1) + SIDE_TIME.lastAck]
    if (waitedNs < 0 || waitedNs >= FAST_NS) return false
    return segment.sequence === ints[other + SIDE.lastAck]
  }

  #isOutOfOrder(flow: number, side: number, { timeNs, end }: Segment): boolean {
    const { ints, doubles } = this.#flows
    const behindNs = timeNs - doubles[(side >> 1) + SIDE_TIME.nextSequence]
    const limitNs = doubles[(flow >> 1) + FLOW_TIME.initialRoundTrip] || REORDER_NS
    return behindNs >= 0 && behindNs < limitNs && end !== ints[side + SIDE.nextSequence]
  }

  /** Remembers what the next segments are compared with. */
  #advance(side: number, segment: Segment, flags: number): number {
    const { ints, doubles } = this.#flows
    const { sequence, end, timeNs } = segment
    const bits = ints[side + SIDE.bits]
    // A probe does not really send its byte.
    if ((flags & TCP_FLAG.zero_window_probe) === 0) {
      if ((bits & SIDE_BIT.hasNext) === 0 || ((end - ints[side + SIDE.nextSequence]) | 0) > 0) {
        ints[side + SIDE.nextSequence] = end
        doubles[(side >> 1) + SIDE_TIME.nextSequence] = timeNs
      }
      if ((bits & SIDE_BIT.hasContiguous) === 0 || sequence === ints[side + SIDE.contiguousSequence]) {
        ints[side + SIDE.contiguousSequence] = ints[side + SIDE.nextSequence]
      }
    }
    ints[side + SIDE.window] = segment.window
    ints[side + SIDE.lastAck] = segment.acknowledgement
    doubles[(side >> 1) + SIDE_TIME.lastAck] = timeNs
    ints[side + SIDE.lastFlags] = flags
    const ackBits = segment.control & CONTROL.ack ? SIDE_BIT.hasAck : 0
    ints[side + SIDE.bits] =
      (bits & ~SIDE_BIT.hasAck) | ackBits | SIDE_BIT.hasNext | SIDE_BIT.hasContiguous | SIDE_BIT.hasWindow
    return flags
  }
}
