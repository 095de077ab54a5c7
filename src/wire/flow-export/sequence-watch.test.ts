import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import type { FlowProtocol } from './flow-record.ts'
import { SequenceWatch } from './sequence-watch.ts'

type Datagram = readonly [sequence: number, flows: number, records: number]

function lossesOf(protocol: FlowProtocol, ...datagrams: readonly Datagram[]): ReturnType<SequenceWatch['losses']> {
  const watch = new SequenceWatch(protocol)
  for (const [index, [sequence, flows, records]] of datagrams.entries())
    watch.follow(sequence, flows, records, index + 1)
  return watch.losses()
}

const CASES: readonly (readonly [
  name: string,
  protocol: FlowProtocol,
  datagrams: readonly Datagram[],
  expected: readonly [unit: string, isStandard: boolean, lost: number, gaps: number, late: number],
])[] = [
  [
    'version 5 counts flows',
    'netflow5',
    [
      [0, 30, 30],
      [30, 30, 30],
      [60, 7, 7],
      [67, 30, 30],
    ],
    ['flows', true, 0, 0, 0],
  ],
  [
    'flows of a datagram that never came',
    'netflow5',
    [
      [0, 30, 30],
      [30, 30, 30],
      [90, 30, 30],
      [120, 30, 30],
    ],
    ['flows', true, 30, 1, 0],
  ],
  [
    'version 9 counts datagrams, also such as cannot be read',
    'netflow9',
    [
      [7, -1, -1],
      [8, -1, -1],
      [11, 5, 6],
      [12, 5, 5],
    ],
    ['datagrams', true, 2, 1, 0],
  ],
  [
    'IPFIX counts records with those of options',
    'ipfix',
    [
      [0, 2, 3],
      [3, 8, 8],
      [11, 8, 9],
      [20, 1, 1],
    ],
    ['records', true, 0, 0, 0],
  ],
  [
    'softflowd counts the records of the datagram itself too',
    'ipfix',
    [
      [24, 23, 24],
      [56, 32, 32],
      [88, 32, 32],
      [91, 3, 3],
      [95, 4, 4],
    ],
    ['records', false, 0, 0, 0],
  ],
  [
    'IPFIX of an exporter that counts datagrams',
    'ipfix',
    [
      [4, 9, 9],
      [5, 9, 9],
      [6, 9, 9],
      [8, 9, 9],
      [9, 9, 9],
    ],
    ['datagrams', false, 1, 1, 0],
  ],
  [
    'what cannot be read may be any number of records',
    'ipfix',
    [
      [0, 8, 8],
      [8, -1, -1],
      [20, 8, 8],
      [28, 8, 8],
    ],
    ['records', true, 0, 0, 0],
  ],
  [
    'a datagram that was overtaken is not lost',
    'sflow5',
    [
      [1, -1, -1],
      [3, -1, -1],
      [2, -1, -1],
      [4, -1, -1],
    ],
    ['datagrams', true, 0, 0, 1],
  ],
  [
    'a datagram that came twice is no loss',
    'sflow5',
    [
      [1, -1, -1],
      [2, -1, -1],
      [2, -1, -1],
      [3, -1, -1],
    ],
    ['datagrams', true, 0, 0, 0],
  ],
  [
    'the counter begins anew at 2^32',
    'sflow5',
    [
      [2 ** 32 - 2, -1, -1],
      [2 ** 32 - 1, -1, -1],
      [1, -1, -1],
    ],
    ['datagrams', true, 1, 1, 0],
  ],
]

for (const [name, protocol, datagrams, [unit, isStandard, lost, gapCount, late]] of CASES) {
  test(name, () => {
    const found = lossesOf(protocol, ...datagrams)
    assert.deepEqual(
      [found.unit, found.isStandard, found.lost, found.gapCount, found.late],
      [unit, isStandard, lost, gapCount, late],
    )
  })
}

test('gaps say behind which datagram they are, and a restart is none', () => {
  const watch = new SequenceWatch('sflow5')
  watch.follow(5, -1, -1, 10)
  watch.follow(8, -1, -1, 11)
  watch.restart()
  watch.follow(1, -1, -1, 12)
  watch.follow(3, -1, -1, 13)
  const { lost, gaps } = watch.losses()
  assert.equal(lost, 3)
  assert.deepEqual(
    gaps.map(({ units, place }) => [units, place]),
    [
      [2, 11],
      [1, 13],
    ],
  )
})

test('whatever the numbers are, losses are counted and bounded', () => {
  const number = fc.oneof(fc.nat(64), fc.integer({ min: 2 ** 32 - 64, max: 2 ** 32 - 1 }), fc.nat(2 ** 31 - 1))
  const datagram = fc.tuple(number, fc.integer({ min: -1, max: 40 }), fc.integer({ min: -1, max: 40 }))
  fc.assert(
    fc.property(
      fc.constantFrom<FlowProtocol>('netflow5', 'netflow9', 'ipfix', 'sflow5'),
      fc.array(datagram, { maxLength: 80 }),
      (protocol, datagrams) => {
        const { lost, gaps, gapCount } = lossesOf(protocol, ...datagrams)
        assert.ok(lost >= 0 && gapCount >= 0 && gaps.length <= 20)
        assert.ok(gaps.every(({ missing, units }) => missing > 0 && missing <= units))
      },
    ),
    { numRuns: 2000 },
  )
})

test('without losses nothing is missing, in any order within a few datagrams', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 3, maxLength: 40 }),
      fc.nat(2 ** 31 - 1),
      fc.array(fc.nat(38), { maxLength: 5 }),
      (counts, start, swaps) => {
        let sequence = start
        const datagrams = counts.map((records): Datagram => {
          const datagram: Datagram = [sequence, records, records]
          sequence = (sequence + records) >>> 0
          return datagram
        })
        for (const at of swaps) {
          if (at === 0 || at + 2 >= datagrams.length) continue
          ;[datagrams[at], datagrams[at + 1]] = [datagrams[at + 1], datagrams[at]]
        }
        assert.equal(lossesOf('netflow5', ...datagrams).lost, 0)
      },
    ),
  )
})
