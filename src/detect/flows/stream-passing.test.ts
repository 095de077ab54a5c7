import assert from 'node:assert/strict'
import test from 'node:test'
import type { Direction, DissectorFactory, Moment, StreamDissector } from './contract.ts'
import { analyseCapture, captureOf, framesOf, type Step, type TimedFrame } from './testing/dialogue.ts'
import { Dice } from './testing/dice.ts'
import { randomDialogue } from './testing/random-dialogue.ts'
import { transfer } from './testing/transfer.ts'

/** Stands for a byte that passed. */
const PASSED = '\xff'

interface Side {
  text: string
  /** When the byte that stands last in `text` came, as far as that was told. */
  readonly moments: Map<number, string>
}

/** Writes down what it is given, and until when; wants no more than some bytes of each direction. */
class Recorder implements StreamDissector {
  readonly sides: readonly [Side, Side] = [
    { text: '', moments: new Map() },
    { text: '', moments: new Map() },
  ]
  passedBytes = 0
  ended = ''
  readonly #limitBytes: number
  /** How much may pass, by chance; undefined to see everything. */
  readonly #dice: Dice | undefined

  constructor(limitBytes: number, dice: Dice | undefined) {
    this.#limitBytes = limitBytes
    this.#dice = dice
  }

  data(direction: Direction, bytes: Buffer, start: number, end: number, at: Moment): boolean {
    // A gap is written in characters that no payload here has.
    this.#add(direction, Buffer.from(bytes.subarray(start, end).map((byte) => 1 + (byte % 8))).toString('latin1'), at)
    return this.sides[direction].text.length < this.#limitBytes
  }

  gap(direction: Direction, sizeBytes: number, at: Moment): boolean {
    this.#add(direction, `[${sizeBytes}]`, at)
    return this.sides[direction].text.length < this.#limitBytes
  }

  passable(direction: Direction): number {
    if (this.#dice === undefined || this.#dice.chance(0.3)) return 0
    const left = this.#limitBytes - this.sides[direction].text.length - 1
    return this.#dice.chance(0.5) ? left : Math.min(left, this.#dice.below(4000))
  }

  pass(direction: Direction, sizeBytes: number, at: Moment): void {
    this.passedBytes += sizeBytes
    this.#add(direction, PASSED.repeat(sizeBytes), at)
  }

  end(how: string, by: Direction | undefined, at: Moment): void {
    this.ended += `${how}/${by ?? '-'}/${at.frame}`
  }

  #add(direction: Direction, text: string, { frame, timeNs }: Moment): void {
    const side = this.sides[direction]
    side.text += text
    side.moments.set(side.text.length, `${frame}/${timeNs}`)
  }
}

function record(capture: Buffer, limitBytes: number, dice: Dice | undefined): Recorder[] {
  const recorders: Recorder[] = []
  const dissectors: DissectorFactory = {
    stream: () => recorders[recorders.push(new Recorder(limitBytes, dice)) - 1],
    datagram: () => undefined,
  }
  analyseCapture(capture, { dissectors })
  return recorders
}

/** Both ways of reading agree; gives how many bytes passed. */
function compare(capture: Buffer, limitBytes: number, seed: number): number {
  const whole = record(capture, limitBytes, undefined)
  const passing = record(capture, limitBytes, new Dice(seed))
  assert.equal(passing.length, whole.length)
  for (const [index, one] of whole.entries()) {
    const other = passing[index]
    assert.equal(other.ended, one.ended, `the end of stream ${index}, seed ${seed}`)
    for (const direction of [0, 1] as const) compareSides(one.sides[direction], other.sides[direction], seed)
  }
  return passing.reduce((sum, { passedBytes }) => sum + passedBytes, 0)
}

function compareSides(whole: Side, passing: Side, seed: number): void {
  const end = whole.text.length
  assert.equal(passing.text.length, end, `length, seed ${seed}`)
  for (let at = 0; at < end; at++) {
    if (passing.text[at] !== PASSED && passing.text[at] !== whole.text[at]) assert.fail(`byte ${at}, seed ${seed}`)
  }
  // When the last of all came is what a reader tells of.
  assert.equal(passing.moments.get(end), whole.moments.get(end), `the last moment, seed ${seed}`)
}

/** As the frames may be captured: some missing, twice, late, cut. */
function disturbed(dice: Dice, frames: readonly TimedFrame[]): TimedFrame[] {
  const seen: TimedFrame[] = []
  const late: TimedFrame[] = []
  for (const frame of frames) {
    if (late.length > 0 && dice.chance(0.4)) seen.push({ ...late.shift()!, micros: frame.micros })
    if (dice.chance(0.03)) continue
    if (dice.chance(0.03)) late.push(frame)
    else seen.push(dice.chance(0.03) ? { ...frame, keptBytes: Math.min(frame.bytes.length, 60) } : frame)
    if (dice.chance(0.03)) seen.push({ ...frame, micros: frame.micros + 10 })
  }
  return [...seen, ...late]
}

test('what passes is what would have been given, whatever comes in between', () => {
  let passedBytes = 0
  for (let seed = 1; seed <= 90; seed++) {
    const dice = new Dice(seed)
    const steps: readonly Step[] = seed % 3 === 0 ? randomDialogue(dice, 40_000) : transfer(dice, 40_000, 60)
    const frames = framesOf(steps)
    const limitBytes = dice.chance(0.3) ? 1 + dice.below(20_000) : Infinity
    passedBytes += compare(captureOf(seed % 3 === 1 ? disturbed(dice, frames) : frames), limitBytes, seed)
  }
  assert.ok(passedBytes > 300_000, `only ${passedBytes} bytes passed`)
})
