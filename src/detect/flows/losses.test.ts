import assert from 'node:assert/strict'
import test from 'node:test'
import type { SegmentLosses } from './flow-record.ts'
import { analyse, analyseCapture, captureOf, framesOf, HANDSHAKE, type Step } from './testing/dialogue.ts'

const RESET_WAIT = 300_000

function clientLosses(steps: readonly Step[]): SegmentLosses {
  return analyse([...HANDSHAKE, ...steps]).flows[0].sides[0].losses
}

test('where a segment was lost', () => {
  const cases: readonly (readonly [why: string, steps: readonly Step[], expected: Partial<SegmentLosses>])[] = [
    [
      'a gap that is filled after duplicate acknowledgements was lost before the capture',
      [
        ['c', 1, 1, 100],
        ['c', 201, 1, 100],
        ...Array.from({ length: 4 }, (): Step => ['s', 1, 101, 0]),
        ['c', 101, 1, 100],
        ['s', 1, 301, 0],
      ],
      { resent: 1, resentBytes: 100, lostBefore: 1, lostBehind: 0, captureGaps: 0, lostBeforeFrames: [10] },
    ],
    [
      'a segment that was seen and is sent again was lost behind the capture',
      [
        ['c', 1, 1, 100],
        ['c', 1, 1, 100, { afterMicros: RESET_WAIT }],
        ['s', 1, 101, 0],
      ],
      { resent: 1, lostBehind: 1, lostBefore: 0, afterTimeout: 1, needless: 0, lostBehindFrames: [5] },
    ],
    [
      'a segment whose acknowledgement was seen was sent again needlessly',
      [
        ['c', 1, 1, 100],
        ['s', 1, 101, 0],
        ['c', 1, 1, 100],
      ],
      { resent: 1, needless: 1, lostBehind: 0 },
    ],
    [
      'a gap that the receiver acknowledges is the capture’s own',
      [
        ['c', 1, 1, 100],
        ['c', 301, 1, 100],
        ['s', 1, 401, 0],
        ['s', 1, 601, 0],
        ['c', 601, 1, 100],
        ['s', 1, 701, 0],
      ],
      { resent: 0, captureGaps: 2, captureLostBytes: 400, captureGapFrames: [5, 7] },
    ],
    [
      'what overtakes another a little is reordered',
      [
        ['c', 1, 1, 100],
        ['c', 201, 1, 100],
        ['c', 101, 1, 100, { afterMicros: 300 }],
        ['s', 1, 301, 0],
      ],
      { resent: 0, reordered: 1, captureGaps: 0, lostBefore: 0 },
    ],
    [
      'data that the capture saw behind their acknowledgement were neither lost nor late on their way',
      [
        ['c', 1, 1, 100],
        ['s', 1, 201, 0],
        ['c', 101, 1, 100, { afterMicros: 50 }],
      ],
      { resent: 0, reordered: 0, captureGaps: 0 },
    ],
    [
      'keep-alives and window probes are not losses',
      [
        ['c', 1, 1, 100],
        ['s', 1, 101, 0, { window: 0 }],
        ['c', 101, 1, 1],
        ['c', 101, 1, 1],
        ['c', 100, 1, 0],
      ],
      { resent: 0, lostBehind: 0 },
    ],
  ]
  for (const [why, steps, expected] of cases) {
    const losses = clientLosses(steps)
    for (const [name, value] of Object.entries(expected)) {
      assert.deepEqual(losses[name as keyof SegmentLosses], value, `${why}: ${name}`)
    }
  }
})

test('a segment that never gets through', () => {
  const again: Step = ['c', 101, 1, 1460, { afterMicros: RESET_WAIT }]
  const { flows } = analyse([...HANDSHAKE, ['c', 1, 1, 100], ['s', 1, 101, 0], again, again, again, again])
  const { stubborn, largestAcknowledgedBytes, largestPayloadBytes, outstandingBytes } = flows[0].sides[0]
  assert.deepEqual([largestAcknowledgedBytes, largestPayloadBytes, outstandingBytes], [100, 1460, 1460])
  assert.deepEqual(
    [stubborn?.payloadBytes, stubborn?.repeats, stubborn?.isAcknowledged, stubborn?.frames],
    [1460, 3, false, [7, 8, 9]],
  )
})

test('other bytes for the same place', () => {
  const losses = clientLosses([
    ['c', 1, 1, 0, { payload: Buffer.from('GET /harmless HTTP/1.1') }],
    ['c', 1, 1, 0, { payload: Buffer.from('GET /elsewhere HTTP/1.') }],
  ])
  assert.deepEqual([losses.conflictingBytes, losses.conflict?.frame], [22, 5])
})

test('a packet that was captured twice counts once', () => {
  const frames = framesOf([...HANDSHAKE, ['c', 1, 1, 100], ['s', 1, 101, 0]])
  const twice = frames.flatMap((frame) => [frame, { ...frame, micros: frame.micros + 20 }])
  const { flows, verdicts } = analyseCapture(captureOf(twice))
  assert.deepEqual(
    verdicts.map(({ isDuplicate }) => isDuplicate),
    twice.map((_, index) => index % 2 === 1),
  )
  const [client, server] = flows[0].sides
  assert.deepEqual([client.packets, server.packets, client.losses.duplicateFrames], [3, 2, 3])
  assert.deepEqual([client.losses.resent, client.losses.duplicateFrameNumbers], [0, [2, 6, 8]])
})
