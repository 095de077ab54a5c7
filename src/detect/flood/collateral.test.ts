import assert from 'node:assert/strict'
import test from 'node:test'
import { collateralOf } from './collateral.ts'

test('none of n is below 3/n, and some of n lie in the interval of Wilson', () => {
  assert.deepEqual(collateralOf(0, 1000, 'destination'), {
    matched: 0,
    of: 1000,
    share: 0,
    lowest: 0,
    highest: 0.003,
    source: 'destination',
  })
  const { lowest, highest } = collateralOf(10, 100, 'destination')
  assert.ok(Math.abs(lowest - 0.0552) < 0.0005 && Math.abs(highest - 0.1744) < 0.0005, 'as tables give it')
})

test('of nothing, nothing is known', () => {
  assert.equal(collateralOf(0, 0, 'general').highest, 1)
})
