import { FLOW_TIME, SIDE, SIDE_BIT, SIDE_TIME } from './flow-layout.ts'
import type { RowPool } from './row-pool.ts'
import { CONTROL, type Segment } from './segment.ts'
import { GAP, GAP_LIMIT, STUBBORN, STUBBORN_FRAMES, TROUBLE, TROUBLE_TIME } from './trouble-layout.ts'
import type { TroubleRows } from './trouble-rows.ts'

/** How late a segment may come and still be reordered, while the round trip is not known. */
const REORDER_NS = 3_000_000
/** The least retransmission timeout that is in use. */
const TIMEOUT_NS = 200_000_000
const FAST_DUPLICATES = 3

/** The part of a segment below what was sent already: how much of it fills gaps, and since when the first was open. */
interface Filled {
  bytes: number
  sinceNs: number
  wasAcknowledged: boolean
}

/**
 * Tells where segments were lost. A gap that is filled was lost before the place of the capture, or reordered; a segment
 * that is sent again although it was seen was lost behind it; a gap that the receiver acknowledges and nobody fills is the
 * capture's own.
 */
export class LossAnalysis {
  readonly #flows: RowPool
  readonly #trouble: TroubleRows
  readonly #filled: Filled = { bytes: 0, sinceNs: 0, wasAcknowledged: false }

  constructor(flows: RowPool, trouble: TroubleRows) {
    this.#flows = flows
    this.#trouble = trouble
  }

  /** Takes a segment before the flags' analysis changes what is known of both directions. */
  analyse(flow: number, side: number, other: number, segment: Segment): void {
    if (segment.end !== segment.sequence) this.#takeSegment(flow, side, other, segment)
    if (segment.control & CONTROL.ack) this.#takeAcknowledgement(other, segment)
  }

  #takeSegment(flow: number, side: number, other: number, segment: Segment): void {
    const { ints } = this.#flows
    const { sequence, end } = segment
    if ((ints[side + SIDE.bits] & SIDE_BIT.hasEdge) === 0) {
      ints[side + SIDE.bits] |= SIDE_BIT.hasEdge
      ints[side + SIDE.edge] = end
      return
    }
    const edge = ints[side + SIDE.edge]
    const offset = (sequence - edge) | 0
    if (offset > 0 && (segment.control & CONTROL.reset) === 0) this.#openGap(side, edge, sequence, segment, 0)
    else if (offset < 0 && !this.#isProbe(side, other, segment)) this.#takeLate(flow, side, other, segment)
    if (((end - edge) | 0) > 0) ints[side + SIDE.edge] = end
  }

  /** Keep-alives and window probes send again on purpose. */
  #isProbe(side: number, other: number, { sequence, payloadBytes, control }: Segment): boolean {
    const { ints } = this.#flows
    if (payloadBytes > 1 || (control & (CONTROL.syn | CONTROL.fin)) !== 0) return false
    const isClosed = (ints[other + SIDE.bits] & SIDE_BIT.hasWindow) !== 0 && ints[other + SIDE.window] === 0
    return isClosed || ((sequence - ints[side + SIDE.nextSequence]) | 0) === -1
  }

  #takeLate(flow: number, side: number, other: number, segment: Segment): void {
    const row = this.#trouble.of(this.#flows, side)
    if (row < 0) return
    const trouble = this.#trouble
    const { frame } = segment
    this.#fillGaps(row, segment)
    const { bytes, sinceNs, wasAcknowledged } = this.#filled
    if (bytes > 0) {
      // What is acknowledged before it comes was seen in the wrong order by the capture alone.
      if (wasAcknowledged) return
      if (this.#isReordered(flow, other, segment.timeNs - sinceNs)) {
        trouble.addLoss(row, 'reordered', frame)
        return
      }
      trouble.addLoss(row, 'lostBefore', frame)
    } else if (this.#isAcknowledged(other, segment)) {
      trouble.addLoss(row, 'needless', frame)
    } else {
      trouble.addLoss(row, 'lostBehind', frame)
    }
    this.#countResent(row, side, segment)
  }

  #isReordered(flow: number, other: number, lateNs: number): boolean {
    const { ints, doubles } = this.#flows
    if (ints[other + SIDE.duplicateAcks] >= FAST_DUPLICATES) return false
    return lateNs >= 0 && lateNs < (doubles[(flow >> 1) + FLOW_TIME.initialRoundTrip] || REORDER_NS)
  }

  #isAcknowledged(other: number, { end }: Segment): boolean {
    const { ints } = this.#flows
    const isKnown = (ints[other + SIDE.bits] & SIDE_BIT.hasHighestAck) !== 0
    return isKnown && ((end - ints[other + SIDE.highestAck]) | 0) <= 0
  }

  #countResent(row: number, side: number, segment: Segment): void {
    const trouble = this.#trouble
    const { frame, timeNs, payloadBytes } = segment
    trouble.addLoss(row, 'resent', frame)
    trouble.doubles[(row >> 1) + TROUBLE_TIME.resentBytes] += payloadBytes
    const waitedNs = timeNs - this.#flows.doubles[(side >> 1) + SIDE_TIME.nextSequence]
    if (waitedNs >= TIMEOUT_NS) trouble.addLoss(row, 'afterTimeout', frame)
    this.#noteStubborn(row, segment)
  }

  /** Counts how often one segment is sent again, and keeps the one that was most often. */
  #noteStubborn(row: number, { sequence, end, frame, timeNs, payloadBytes }: Segment): void {
    const { words, ints, doubles } = this.#trouble
    const at = row + TROUBLE.candidate
    if (words[at + STUBBORN.repeats] === 0 || ints[at + STUBBORN.sequence] !== sequence) {
      ints[at + STUBBORN.sequence] = sequence
      ints[at + STUBBORN.end] = end
      words[at + STUBBORN.payloadBytes] = payloadBytes
      words[at + STUBBORN.repeats] = 0
      words[at + STUBBORN.firstFrame] = frame
      doubles[(row >> 1) + TROUBLE_TIME.candidate] = timeNs
    }
    const repeats = ++words[at + STUBBORN.repeats]
    if (repeats <= STUBBORN_FRAMES) words[at + STUBBORN.frames + repeats - 1] = frame
    const best = row + TROUBLE.stubborn
    if (repeats <= words[best + STUBBORN.repeats]) return
    words.copyWithin(best, at, at + STUBBORN.words)
    doubles[(row >> 1) + TROUBLE_TIME.stubborn] = doubles[(row >> 1) + TROUBLE_TIME.candidate]
  }

  #takeAcknowledgement(other: number, { acknowledgement, frame, timeNs }: Segment): void {
    const { ints, words } = this.#flows
    if ((ints[other + SIDE.bits] & SIDE_BIT.hasEdge) === 0) return
    const row = words[other + SIDE.trouble] - 1
    if (row >= 0 && this.#trouble.words[row + TROUBLE.gapCount] > 0) this.#acknowledgeGaps(row, acknowledgement)
    const edge = ints[other + SIDE.edge]
    if (((acknowledgement - edge) | 0) <= 0) return
    this.#openGap(other, edge, acknowledgement, { frame, timeNs }, 1)
    ints[other + SIDE.edge] = acknowledgement
  }

  #openGap(
    side: number,
    start: number,
    end: number,
    at: { frame: number; timeNs: number },
    acknowledged: number,
  ): void {
    const row = this.#trouble.of(this.#flows, side)
    if (row < 0) return
    const { words, ints, doubles } = this.#trouble
    if (words[row + TROUBLE.gapCount] === GAP_LIMIT) this.#closeGap(row, 0)
    const index = words[row + TROUBLE.gapCount]++
    const gap = row + TROUBLE.gaps + index * GAP.words
    ints[gap + GAP.start] = start
    ints[gap + GAP.end] = end
    words[gap + GAP.frame] = at.frame
    words[gap + GAP.acknowledged] = acknowledged
    doubles[(row >> 1) + TROUBLE_TIME.gaps + index] = at.timeNs
  }

  #acknowledgeGaps(row: number, acknowledgement: number): void {
    const { words, ints } = this.#trouble
    const count = words[row + TROUBLE.gapCount]
    for (let index = 0; index < count; index++) {
      const gap = row + TROUBLE.gaps + index * GAP.words
      if (((ints[gap + GAP.end] - acknowledgement) | 0) <= 0) words[gap + GAP.acknowledged] = 1
    }
  }

  /** Forgets a gap; one that was acknowledged and never filled is the capture's. */
  #closeGap(row: number, index: number): void {
    const trouble = this.#trouble
    const { words, ints, doubles } = trouble
    const gap = row + TROUBLE.gaps + index * GAP.words
    if (words[gap + GAP.acknowledged] === 1) {
      trouble.addLoss(row, 'captureGaps', words[gap + GAP.frame])
      doubles[(row >> 1) + TROUBLE_TIME.captureLostBytes] += (ints[gap + GAP.end] - ints[gap + GAP.start]) >>> 0
    }
    this.#removeGap(row, index)
  }

  #removeGap(row: number, index: number): void {
    const { words, doubles } = this.#trouble
    const last = --words[row + TROUBLE.gapCount]
    const gap = row + TROUBLE.gaps + index * GAP.words
    words.copyWithin(gap, gap + GAP.words, row + TROUBLE.gaps + (last + 1) * GAP.words)
    const times = (row >> 1) + TROUBLE_TIME.gaps
    doubles.copyWithin(times + index, times + index + 1, times + last + 1)
  }

  /** Takes what a segment brings out of the gaps. */
  #fillGaps(row: number, segment: Segment): void {
    const filled = this.#filled
    const { words, doubles } = this.#trouble
    filled.bytes = 0
    filled.wasAcknowledged = false
    for (let index = words[row + TROUBLE.gapCount] - 1; index >= 0; index--) {
      const bytes = this.#fillGap(row, index, segment)
      if (bytes === 0) continue
      filled.bytes += bytes
      filled.sinceNs = doubles[(row >> 1) + TROUBLE_TIME.gaps + index]
      filled.wasAcknowledged = words[row + TROUBLE.gaps + index * GAP.words + GAP.acknowledged] === 1
      this.#dropIfEmpty(row, index)
    }
  }

  /** The bytes of one gap that a segment brings. From the middle of a gap it leaves two, while there is room. */
  #fillGap(row: number, index: number, { sequence, end }: Segment): number {
    const { ints, words, doubles } = this.#trouble
    const gap = row + TROUBLE.gaps + index * GAP.words
    const start = ints[gap + GAP.start]
    const gapEnd = ints[gap + GAP.end]
    const from = ((sequence - start) | 0) > 0 ? sequence : start
    const to = ((end - gapEnd) | 0) < 0 ? end : gapEnd
    const bytes = (to - from) | 0
    if (bytes <= 0) return 0
    const count = words[row + TROUBLE.gapCount]
    if (from !== start && to !== gapEnd && count < GAP_LIMIT) {
      const upper = row + TROUBLE.gaps + count * GAP.words
      words.copyWithin(upper, gap, gap + GAP.words)
      ints[upper + GAP.start] = to
      const times = (row >> 1) + TROUBLE_TIME.gaps
      doubles[times + count] = doubles[times + index]
      words[row + TROUBLE.gapCount]++
    }
    if (from === start) ints[gap + GAP.start] = to
    else ints[gap + GAP.end] = from
    return bytes
  }

  #dropIfEmpty(row: number, index: number): void {
    const { ints } = this.#trouble
    const gap = row + TROUBLE.gaps + index * GAP.words
    if (((ints[gap + GAP.end] - ints[gap + GAP.start]) | 0) <= 0) this.#removeGap(row, index)
  }

  /** The flow is over: gaps that are still open and were acknowledged are the capture's. */
  finish(side: number): void {
    const row = this.#flows.words[side + SIDE.trouble] - 1
    if (row < 0) return
    while (this.#trouble.words[row + TROUBLE.gapCount] > 0) this.#closeGap(row, 0)
  }
}
