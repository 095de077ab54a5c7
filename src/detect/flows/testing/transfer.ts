import { TCP_FLAG } from '../../../wire/packet/testing/index.ts'
import type { Dice } from './dice.ts'
import { HANDSHAKE, type Step, type TimedFrame } from './dialogue.ts'

const SEGMENT_BYTES = 1000
const ROUND_TRIP_MICROS = 20_000

/** A clean download: a request, then data in bursts, each second segment acknowledged, then an orderly end. */
export function transfer(dice: Dice, clientPort: number, segments: number): Step[] {
  const window = 60_000
  const steps: Step[] = HANDSHAKE.map(([who, sequence, ack, size, options]) => [
    who,
    sequence,
    ack,
    size,
    { ...options, clientPort, window },
  ])
  const add = (who: 'c' | 's', sequence: number, ack: number, size: number, options: object = {}): void => {
    steps.push([who, sequence, ack, size, { clientPort, window, afterMicros: 20 + dice.below(300), ...options }])
  }
  add('c', 1, 1, 200, { control: TCP_FLAG.ack | TCP_FLAG.psh })
  let sent = 1
  for (let left = segments; left > 0;) {
    const burst = Math.min(left, 2 + dice.below(10))
    for (let index = 0; index < burst; index++) {
      add('s', sent, 201, SEGMENT_BYTES, index === 0 ? { afterMicros: ROUND_TRIP_MICROS } : {})
      sent += SEGMENT_BYTES
      if (index % 2 === 1) add('c', 201, sent, 0)
    }
    left -= burst
  }
  add('s', sent, 201, 0, { control: TCP_FLAG.fin | TCP_FLAG.ack })
  add('c', 201, sent + 1, 0, { control: TCP_FLAG.fin | TCP_FLAG.ack })
  add('s', sent + 1, 202, 0)
  return steps
}

/** What can happen to the frames of a capture, by name. */
export const MISHAPS: Readonly<Record<string, (frames: readonly TimedFrame[], dice: Dice) => TimedFrame[]>> = {
  nothing: (frames) => [...frames],
  'one in a hundred is missing': (frames, dice) => frames.filter(() => !dice.chance(0.01)),
  'one in ten is missing': (frames, dice) => frames.filter(() => !dice.chance(0.1)),
  'one direction is missing': (frames) => frames.filter((_, index) => frames[index].bytes[29] === frames[0].bytes[29]),
  'the beginning is missing': (frames) => frames.slice(frames.length >> 1),
  'some are captured twice': (frames, dice) =>
    frames.flatMap((frame) => (dice.chance(0.05) ? [frame, { ...frame, micros: frame.micros + 3 }] : [frame])),
  'some are sent again': (frames, dice) =>
    inOrder(
      frames.flatMap((frame) => (dice.chance(0.03) ? [frame, { ...frame, micros: frame.micros + 300_000 }] : [frame])),
    ),
  'some are late': (frames, dice) =>
    inOrder(frames.map((frame) => (dice.chance(0.03) ? { ...frame, micros: frame.micros + 4000 } : frame))),
}

function inOrder(frames: readonly TimedFrame[]): TimedFrame[] {
  return [...frames].sort((one, other) => one.micros - other.micros)
}
