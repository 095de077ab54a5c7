import { timesToLive } from './flow-figures.ts'
import { SIDE, SIDE_BIT, SIDE_TIME } from './flow-layout.ts'
import type { Durations, FlowSide, FrameTime, SegmentLosses, StubbornSegment } from './flow-record.ts'
import type { RowPool } from './row-pool.ts'
import { TCP_FLAG, TCP_FLAGS, type TcpFlag } from './tcp-flag.ts'
import { type LossKind, STUBBORN, STUBBORN_FRAMES, TROUBLE, TROUBLE_TIME } from './trouble-layout.ts'
import type { TroubleRows } from './trouble-rows.ts'

const NO_LOSSES: SegmentLosses = {
  resent: 0,
  resentBytes: 0,
  lostBefore: 0,
  lostBehind: 0,
  needless: 0,
  afterTimeout: 0,
  reordered: 0,
  captureGaps: 0,
  captureLostBytes: 0,
  duplicateFrames: 0,
  conflictingBytes: 0,
  conflict: undefined,
  lostBeforeFrames: [],
  lostBehindFrames: [],
  captureGapFrames: [],
  duplicateFrameNumbers: [],
}

const NO_DURATIONS: Durations = { count: 0, minNs: 0, meanNs: 0, maxNs: 0 }

/** Shows the numbers of one direction as a part of a record. */
export class SideView implements FlowSide {
  readonly #flows: RowPool
  readonly #trouble: TroubleRows
  #at = 0
  #other = 0

  constructor(flows: RowPool, trouble: TroubleRows) {
    this.#flows = flows
    this.#trouble = trouble
  }

  show(at: number, other: number): void {
    this.#at = at
    this.#other = other
  }

  #word(word: number): number {
    return this.#flows.words[this.#at + word]
  }

  #time(time: number): number {
    return this.#flows.doubles[(this.#at >> 1) + time]
  }

  #has(bit: number): boolean {
    return (this.#word(SIDE.bits) & bit) !== 0
  }

  #frameTime(frameWord: number, time: number): FrameTime | undefined {
    const frame = this.#word(frameWord)
    return frame === 0 ? undefined : { frame, timeNs: this.#time(time) }
  }

  /** -1 without one. */
  get #row(): number {
    return this.#word(SIDE.trouble) - 1
  }

  get packets(): number {
    return this.#word(SIDE.packets)
  }

  get bytes(): number {
    return this.#time(SIDE_TIME.bytes)
  }

  get payloadBytes(): number {
    return this.#time(SIDE_TIME.payloadBytes)
  }

  get firstPayload(): FrameTime | undefined {
    return this.#frameTime(SIDE.firstPayloadFrame, SIDE_TIME.firstPayload)
  }

  get lastPayload(): FrameTime | undefined {
    return this.#frameTime(SIDE.lastPayloadFrame, SIDE_TIME.lastPayload)
  }

  get smallestTimeToLive(): number {
    return Math.max(0, timesToLive(this.#word(SIDE.timesToLive)).least)
  }

  get largestTimeToLive(): number {
    return Math.max(0, timesToLive(this.#word(SIDE.timesToLive)).most)
  }

  get syn(): FrameTime | undefined {
    return this.#frameTime(SIDE.synFrame, SIDE_TIME.syn)
  }

  get synCount(): number {
    return this.#word(SIDE.synCount)
  }

  /** The time of the last SYN that was before `timeNs`, as far as that is kept. */
  lastSynBeforeNs(timeNs: number): number {
    const last = this.#time(SIDE_TIME.lastSyn)
    return last <= timeNs ? last : this.#time(SIDE_TIME.syn)
  }

  get maximumSegmentBytes(): number | undefined {
    return this.#word(SIDE.maximumSegment) || undefined
  }

  get windowScale(): number | undefined {
    return this.#has(SIDE_BIT.offersScale) ? Math.max(0, this.#word(SIDE.scale) - 1) : undefined
  }

  get sackPermitted(): boolean {
    return this.#has(SIDE_BIT.sackPermitted)
  }

  get timestamps(): boolean {
    return this.#has(SIDE_BIT.timestamps)
  }

  get fin(): FrameTime | undefined {
    return this.#frameTime(SIDE.finFrame, SIDE_TIME.fin)
  }

  get roundTrips(): Durations {
    const { roundTripLeast, roundTripMost, roundTripSum } = SIDE_TIME
    return this.#durations(this.#word(SIDE.roundTrips), roundTripLeast, roundTripSum, roundTripMost)
  }

  get thinkTimes(): Durations {
    const { thinkLeast, thinkMost, thinkSum } = SIDE_TIME
    return this.#durations(this.#word(SIDE.thinks), thinkLeast, thinkSum, thinkMost)
  }

  #durations(count: number, least: number, sum: number, most: number): Durations {
    if (count === 0) return NO_DURATIONS
    return { count, minNs: this.#time(least), meanNs: this.#time(sum) / count, maxNs: this.#time(most) }
  }

  get slowestAnswer(): FrameTime | undefined {
    return this.#frameTime(SIDE.slowestAnswerFrame, SIDE_TIME.slowestAnswer)
  }

  get largestPayloadBytes(): number {
    return this.#word(SIDE.largestPayload)
  }

  get largestAcknowledgedBytes(): number {
    return this.#word(SIDE.largestAcknowledged)
  }

  get outstandingBytes(): number | undefined {
    const { ints, words } = this.#flows
    const isKnown = (words[this.#other + SIDE.bits] & SIDE_BIT.hasHighestAck) !== 0 && this.#has(SIDE_BIT.hasNext)
    if (!isKnown) return undefined
    return Math.max(0, (ints[this.#at + SIDE.nextSequence] - ints[this.#other + SIDE.highestAck]) | 0)
  }

  get stubborn(): StubbornSegment | undefined {
    const row = this.#row
    if (row < 0) return undefined
    const { words, ints, doubles } = this.#trouble
    const at = row + TROUBLE.stubborn
    const repeats = words[at + STUBBORN.repeats]
    if (repeats === 0) return undefined
    const frames = words.subarray(at + STUBBORN.frames, at + STUBBORN.frames + Math.min(repeats, STUBBORN_FRAMES))
    const { bits, highestAck } = SIDE
    const hasAck = (this.#flows.words[this.#other + bits] & SIDE_BIT.hasHighestAck) !== 0
    return {
      frame: words[at + STUBBORN.firstFrame],
      timeNs: doubles[(row >> 1) + TROUBLE_TIME.stubborn],
      payloadBytes: words[at + STUBBORN.payloadBytes],
      repeats,
      isAcknowledged: hasAck && ((this.#flows.ints[this.#other + highestAck] - ints[at + STUBBORN.end]) | 0) >= 0,
      frames: Array.from(frames),
    }
  }

  get losses(): SegmentLosses {
    const row = this.#row
    if (row < 0) return NO_LOSSES
    const trouble = this.#trouble
    const count = (kind: LossKind): number => trouble.lossCount(row, kind)
    const times = row >> 1
    const conflictFrame = trouble.words[row + TROUBLE.conflictFrame]
    return {
      resent: count('resent'),
      resentBytes: trouble.doubles[times + TROUBLE_TIME.resentBytes],
      lostBefore: count('lostBefore'),
      lostBehind: count('lostBehind'),
      needless: count('needless'),
      afterTimeout: count('afterTimeout'),
      reordered: count('reordered'),
      captureGaps: count('captureGaps'),
      captureLostBytes: trouble.doubles[times + TROUBLE_TIME.captureLostBytes],
      duplicateFrames: count('duplicates'),
      conflictingBytes: trouble.doubles[times + TROUBLE_TIME.conflictingBytes],
      conflict:
        conflictFrame === 0
          ? undefined
          : { frame: conflictFrame, timeNs: trouble.doubles[times + TROUBLE_TIME.conflict] },
      lostBeforeFrames: trouble.lossFrames(row, 'lostBefore'),
      lostBehindFrames: trouble.lossFrames(row, 'lostBehind'),
      captureGapFrames: trouble.lossFrames(row, 'captureGaps'),
      duplicateFrameNumbers: trouble.lossFrames(row, 'duplicates'),
    }
  }

  get smallestWindowBytes(): number | undefined {
    return this.#has(SIDE_BIT.acknowledged) ? this.#word(SIDE.smallestWindow) : undefined
  }

  get largestWindowBytes(): number | undefined {
    return this.#has(SIDE_BIT.acknowledged) ? this.#word(SIDE.largestWindow) : undefined
  }

  get zeroWindowNs(): number {
    return this.#time(SIDE_TIME.zeroWindow)
  }

  get longestZeroWindowNs(): number {
    return this.#time(SIDE_TIME.longestZeroWindow)
  }

  get unansweredKeepAlives(): number {
    return this.#word(SIDE.keepAlives)
  }

  count(flag: TcpFlag): number {
    if (flag === 'window_update') return this.#word(SIDE.windowUpdates)
    const row = this.#row
    if (row >= 0) return this.#trouble.flagCount(row, TCP_FLAGS.indexOf(flag))
    return (this.#word(SIDE.flagsSeen) & TCP_FLAG[flag]) === 0 ? 0 : 1
  }

  frames(flag: TcpFlag): readonly number[] {
    const row = this.#row
    return row < 0 ? [] : this.#trouble.flagFrames(row, TCP_FLAGS.indexOf(flag))
  }
}
