import assert from 'node:assert/strict'
import test from 'node:test'
import { ETHER_TYPE } from '#wire'
import { ethernet, gre, ipv4 } from '../../wire/packet/testing/index.ts'
import { tcpFlagNames } from './tcp-flag.ts'
import { analyseCapture, captureOf, framesOf, type TimedFrame } from './testing/dialogue.ts'
import { Dice } from './testing/dice.ts'
import { randomDialogue } from './testing/random-dialogue.ts'
import { MISHAPS, transfer } from './testing/transfer.ts'
import { tsharkFlags, tsharkIsMissing } from './testing/tshark-flags.ts'

const LEAST_AGREEMENT = 0.99
const skip = tsharkIsMissing()

/** Both analyses of the frames; fails when they differ about more than a frame in a hundred. */
function compare(frames: readonly TimedFrame[], what: string): void {
  const capture = captureOf(frames)
  const theirs = tsharkFlags(capture)
  const ours = analyseCapture(capture).verdicts.map(({ tcpFlags }) => tcpFlagNames(tcpFlags).join(' '))
  assert.equal(ours.length, theirs.length)
  const differing = ours.flatMap((words, index) =>
    words === theirs[index] ? [] : [`frame ${index + 1}: ours "${words}", theirs "${theirs[index]}"`],
  )
  const agreement = 1 - differing.length / ours.length
  assert.ok(agreement >= LEAST_AGREEMENT, `${what}: ${(agreement * 100).toFixed(2)} %\n${differing.join('\n')}`)
}

const taggedFrame = (frame: TimedFrame): TimedFrame => ({
  ...frame,
  bytes: Buffer.concat([frame.bytes.subarray(0, 12), Buffer.from('81000064', 'hex'), frame.bytes.subarray(12)]),
})

const tunnelledFrame = (frame: TimedFrame): TimedFrame => ({
  ...frame,
  bytes: ethernet(
    ipv4({ source: '172.16.0.1', destination: '172.16.0.2' }, gre({ type: ETHER_TYPE.ipv4 }, frame.bytes.subarray(14))),
  ),
})

test('tshark says the same of transfers, whatever happens to their frames', { skip }, () => {
  for (const [name, mishap] of Object.entries(MISHAPS)) {
    const dice = new Dice(11)
    const frames = [41_000, 41_001, 41_002].flatMap((port) => mishap(framesOf(transfer(dice, port, 150)), dice))
    const sorted = frames.sort((one, other) => one.micros - other.micros)
    compare(sorted, name)
  }
})

test('tshark says the same of segments in VLANs and tunnels', { skip }, () => {
  const dice = new Dice(12)
  const frames = MISHAPS['one in ten is missing'](framesOf(transfer(dice, 42_000, 200)), dice)
  compare(frames.map(taggedFrame), 'VLAN')
  compare(frames.map(tunnelledFrame), 'GRE')
})

test('tshark says the same of conversations that no honest hosts have', { skip }, () => {
  for (const seed of [1, 2, 3, 4]) {
    const dice = new Dice(seed)
    const dialogues = Array.from({ length: 50 }, (_, index) => framesOf(randomDialogue(dice, 43_000 + index)))
    let from = 0
    const frames = dialogues.flatMap((one) => {
      const moved = one.map(({ bytes, micros }) => ({ bytes, micros: micros + from }))
      from += 5_000_000
      return moved
    })
    compare(frames, `seed ${seed}`)
  }
})
