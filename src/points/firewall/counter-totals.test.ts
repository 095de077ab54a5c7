import assert from 'node:assert/strict'
import test from 'node:test'
import { CounterTotals } from './counter-totals.ts'

const rule = (ruleId: string, packets: number) => ({
  phase: 'packet_firewall',
  ruleId,
  action: 'drop',
  packets,
  bytes: packets * 60,
  over: 0,
})
const undecided = (packets: number) => ({ packets, bytes: packets * 60, over: 0 })

function packetsOf(totals: CounterTotals): readonly (readonly [string | undefined, number])[] {
  return totals.totals.map(({ ruleId, packets }) => [ruleId, packets] as const)
}

test('what dead processes counted stays counted', () => {
  const totals = new CounterTotals()
  totals.update([undecided(10), rule('a', 5)])
  totals.retire()
  assert.deepEqual(
    packetsOf(totals),
    [
      [undefined, 10],
      ['a', 5],
    ],
    'also while none runs',
  )
  totals.update([undecided(1), rule('a', 2)])
  assert.deepEqual(packetsOf(totals), [
    [undefined, 11],
    ['a', 7],
  ])
  totals.retire()
  totals.update([undecided(1), rule('a', 1), rule('b', 1)])
  assert.deepEqual(packetsOf(totals), [
    [undefined, 12],
    ['a', 8],
    ['b', 1],
  ])
})

test('a rule that is gone is forgotten', () => {
  const totals = new CounterTotals()
  totals.update([undecided(1), rule('a', 5)])
  totals.retire()
  totals.update([undecided(1), rule('b', 1)])
  totals.update([undecided(1), rule('b', 1), rule('a', 1)])
  assert.deepEqual(packetsOf(totals), [
    [undefined, 2],
    ['b', 1],
    ['a', 1],
  ])
})
