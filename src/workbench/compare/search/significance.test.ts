import assert from 'node:assert/strict'
import test from 'node:test'
import type { Scales } from '../candidates/candidate.ts'
import { isExcess, isLack, shareInterval } from './significance.ts'

const TRUSTED: Scales = { bad: 1_000, good: 2_000, ratio: 0, excess: 1_000, leastBad: 5, limit: 0.001 }
const WINDOW: Scales = { ...TRUSTED, ratio: 0.4, excess: 200 }

test('what chance does not explain', () => {
  const cases: readonly (readonly [number, number, Scales, number, boolean, string])[] = [
    [100, 200, TRUSTED, 1, false, 'as frequent on both sides'],
    [100, 0, TRUSTED, 1e6, true, 'often, and on the bad side only'],
    [4, 0, TRUSTED, 1e6, false, 'a few rows of a million things'],
    [5, 0, TRUSTED, 1, true, 'the same, when only one thing was looked at'],
    [0, 0, TRUSTED, 1, false, 'nothing'],
    [80, 200, WINDOW, 1, false, 'as the scale says'],
    [100, 200, WINDOW, 1, false, 'a quarter more: drift'],
    [200, 200, WINDOW, 1e6, true, 'twice and more'],
  ]
  for (const [bad, good, scales, tests, expected, why] of cases) {
    assert.equal(isExcess(bad, good, scales, tests), expected, why)
  }
})

test('what is missing', () => {
  assert.equal(isLack(0, 500, TRUSTED, 1e3), true)
  assert.equal(isLack(0, 2, TRUSTED, 1e3), false)
  assert.equal(isLack(250, 500, TRUSTED, 1e3), false)
})

test('intervals hold the share and narrow with the rows', () => {
  const [low, high] = shareInterval(0, 1_000)
  assert.ok(low === 0 && high > 0.003 && high < 0.005)
  const [from, to] = shareInterval(500, 1_000)
  assert.ok(from > 0.46 && from < 0.5 && to > 0.5 && to < 0.54)
  assert.deepEqual(shareInterval(0, 0), [0, 1])
})
