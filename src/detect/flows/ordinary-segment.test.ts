import assert from 'node:assert/strict'
import test from 'node:test'
import { CaptureReader, Packet } from '#wire'
import { FlagAnalysis } from './flag-analysis.ts'
import { FlowFigures } from './flow-figures.ts'
import { FLOW_WORDS, SIDE_WORDS, SIDES_AT } from './flow-layout.ts'
import { LossAnalysis } from './loss-analysis.ts'
import { takeOrdinary } from './ordinary-segment.ts'
import { RowPool } from './row-pool.ts'
import { Segment } from './segment.ts'
import { captureOf, framesOf, type Step } from './testing/dialogue.ts'
import { Dice } from './testing/dice.ts'
import { randomDialogue } from './testing/random-dialogue.ts'
import { transfer } from './testing/transfer.ts'
import { TroubleRows } from './trouble-rows.ts'

/** One flow, with or without the short way. */
class Analyses {
  readonly flows = new RowPool(FLOW_WORDS, 1)
  readonly #trouble = new TroubleRows(2)
  readonly #figures = new FlowFigures(this.flows)
  readonly #losses = new LossAnalysis(this.flows, this.#trouble)
  readonly #flags = new FlagAnalysis(this.flows)
  readonly #isShort: boolean
  ordinary = 0

  constructor(isShort: boolean) {
    this.#isShort = isShort
    this.flows.take()
  }

  take(segment: Segment, isServer: boolean): number {
    const side = SIDES_AT + (isServer ? SIDE_WORDS : 0)
    const other = SIDES_AT + (isServer ? 0 : SIDE_WORDS)
    this.#figures.countSegment(0, side, other, isServer, segment)
    if (this.#isShort && takeOrdinary(this.flows, this.#trouble, side, other, segment)) {
      this.ordinary++
      return 0
    }
    this.#losses.analyse(0, side, other, segment)
    const flags = this.#flags.analyse(0, side, other, segment)
    this.#figures.noteAnalysed(0, side, other, isServer, segment, flags)
    return flags
  }
}

function compare(steps: readonly Step[]): number {
  const long = new Analyses(false)
  const short = new Analyses(true)
  const packet = new Packet('deep')
  const segment = new Segment()
  const reader = new CaptureReader({
    onPacket: (captured) => {
      packet.readCaptured(captured)
      segment.read(packet, captured.seconds * 1e9 + captured.nanoseconds)
      const isServer = packet.sourcePort === 80
      assert.equal(short.take(segment, isServer), long.take(segment, isServer), `frame ${captured.frameNumber}`)
      assert.deepEqual(short.flows.words, long.flows.words, `frame ${captured.frameNumber}`)
    },
    onNote: () => {},
  })
  reader.push(captureOf(framesOf(steps)))
  reader.end()
  return short.ordinary
}

test('the short way leaves every number as the analyses do', () => {
  for (let seed = 1; seed <= 150; seed++) compare(randomDialogue(new Dice(seed), 40_000))
})

test('most segments of a transfer go the short way', () => {
  const steps = transfer(new Dice(1), 40_000, 100)
  assert.ok(compare(steps) > steps.length * 0.8)
})
