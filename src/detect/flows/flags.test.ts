import assert from 'node:assert/strict'
import test from 'node:test'
import { TCP_FLAG as CONTROL, tcpOptions } from '../../wire/packet/testing/index.ts'
import { tcpFlagNames } from './tcp-flag.ts'
import { analyse, HANDSHAKE, type Step } from './testing/dialogue.ts'

const SCALED: readonly Step[] = [
  ['c', 0, 0, 0, { control: CONTROL.syn, options: tcpOptions([3, Buffer.from([2])]) }],
  ['s', 0, 1, 0, { control: CONTROL.syn | CONTROL.ack, options: tcpOptions([3, Buffer.from([0])]) }],
  ['c', 1, 1, 0, { window: 100 }],
]

/** A dialogue behind its handshake: what each step has, words of one step joined by blanks. */
const DIALOGUES: readonly (readonly [name: string, steps: readonly (readonly [Step, string])[]])[] = [
  [
    'a segment that is sent again, late and soon',
    [
      [['c', 1, 1, 100], ''],
      [['c', 101, 1, 100], ''],
      [['c', 1, 1, 100, { afterMicros: 300_000 }], 'retransmission'],
      [['s', 1, 201, 0], ''],
      [['c', 101, 1, 100], 'retransmission spurious_retransmission'],
    ],
  ],
  [
    'duplicate acknowledgements and a fast retransmission',
    [
      [['c', 1, 1, 100], ''],
      [['c', 201, 1, 100], 'lost_segment'],
      [['s', 1, 101, 0], ''],
      [['s', 1, 101, 0], 'duplicate_ack'],
      [['s', 1, 101, 0], 'duplicate_ack'],
      [['c', 101, 1, 100, { afterMicros: 1000 }], 'retransmission fast_retransmission'],
      [['s', 1, 301, 0], ''],
    ],
  ],
  [
    'what comes a little late is out of order; what ends at the highest number is not',
    [
      [['c', 1, 1, 100], ''],
      [['c', 201, 1, 100], 'lost_segment'],
      [['c', 101, 1, 100, { afterMicros: 200 }], 'out_of_order'],
      [['c', 201, 1, 100, { afterMicros: 200 }], 'retransmission'],
    ],
  ],
  [
    'acknowledged but not captured: said once, until a gap is seen',
    [
      [['s', 1, 501, 0], 'ack_lost_segment'],
      [['s', 1, 601, 0], ''],
      [['c', 601, 1, 100], 'lost_segment'],
      [['s', 1, 701, 0], 'ack_lost_segment'],
      [['s', 1, 701, 0], 'duplicate_ack'],
    ],
  ],
  [
    'a window that closes, is probed and opens',
    [
      [['c', 1, 1, 100], ''],
      [['s', 1, 101, 0, { window: 0 }], 'zero_window'],
      [['c', 101, 1, 1], 'zero_window_probe'],
      [['s', 1, 101, 0, { window: 0 }], 'zero_window zero_window_probe_ack'],
      [['s', 1, 101, 0, { window: 500 }], 'window_update'],
      [['c', 101, 1, 500], 'window_full'],
    ],
  ],
  [
    'keep-alives with and without a byte',
    [
      [['c', 1, 1, 100], ''],
      [['s', 1, 101, 0], ''],
      [['c', 100, 1, 0], 'keep_alive'],
      [['s', 1, 101, 0], 'keep_alive_ack'],
      [['c', 100, 1, 1], 'keep_alive'],
      [['s', 1, 101, 0], 'keep_alive_ack'],
    ],
  ],
]

for (const [name, steps] of DIALOGUES) {
  test(name, () => {
    const { verdicts } = analyse([...HANDSHAKE, ...steps.map(([step]) => step)])
    const seen = verdicts.slice(HANDSHAKE.length).map(({ tcpFlags }) => tcpFlagNames(tcpFlags).join(' '))
    assert.deepEqual(
      seen,
      steps.map(([, words]) => words),
    )
  })
}

test('the scale counts for windows behind the handshake', () => {
  const { verdicts } = analyse([...SCALED, ['s', 1, 1, 400]])
  assert.deepEqual(tcpFlagNames(verdicts[3].tcpFlags), ['window_full'])
})

test('a SYN that is sent again, and ports that are used again', () => {
  const syn: Step = ['c', 0, 0, 0, { control: CONTROL.syn }]
  const other: Step = ['c', 777, 0, 0, { control: CONTROL.syn }]
  const { verdicts, flows } = analyse([syn, syn, other, other])
  assert.deepEqual(
    verdicts.map(({ tcpFlags, flow }) => [flow, tcpFlagNames(tcpFlags).join(' ')]),
    [
      [0, ''],
      [0, 'retransmission'],
      [1, 'reused_ports'],
      [1, 'retransmission'],
    ],
  )
  assert.deepEqual(
    flows.map(({ reusedPorts, close, sides }) => [reusedPorts, close, sides[0].synCount]),
    [
      [false, 'unanswered', 2],
      [true, 'unanswered', 2],
    ],
  )
})

test('duplicate acknowledgements are counted up', () => {
  const repeat: Step = ['s', 1, 101, 0]
  const { verdicts, flows } = analyse([...HANDSHAKE, ['c', 1, 1, 100], repeat, repeat, repeat])
  assert.deepEqual(
    verdicts.slice(-3).map(({ duplicateAck }) => duplicateAck),
    [0, 1, 2],
  )
  assert.equal(flows[0].sides[1].count('duplicate_ack'), 2)
  assert.deepEqual(flows[0].sides[1].frames('duplicate_ack'), [6, 7])
})
