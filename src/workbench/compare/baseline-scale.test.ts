import assert from 'node:assert/strict'
import test from 'node:test'
import { FIELD_BY_NAME } from '#fields'
import { baselineScale, type ScaledDimension } from './baseline-scale.ts'

function dimension(name: string, bad: readonly number[], good: readonly number[]): ScaledDimension {
  const field = FIELD_BY_NAME.get(name)!
  return { operand: name, field, badCounts: Float64Array.from(bad), goodCounts: Float64Array.from(good) }
}

const ROWS = { bad: 1_000, good: 1_000 }

const CASES: readonly (readonly [string, readonly ScaledDimension[], number])[] = [
  ['nothing happens', [dimension('http.host', [500, 300, 200], [500, 300, 200])], 1],
  [
    'a fifth more, all of it on one host; programs are imitated',
    [
      dimension('http.host', [600, 240, 160], [500, 300, 200]),
      dimension('http.request.method', [480, 520], [600, 400]),
      dimension('http.user_agent', [200, 200, 200, 200, 200], [200, 200, 200, 200, 200]),
    ],
    0.8,
  ],
  ['half as many', [dimension('http.host', [250, 150, 600], [500, 300, 200])], 0.5],
]

test('the scale of the baseline is that of values which only good rows have', () => {
  for (const [why, dimensions, expected] of CASES) {
    const scale = baselineScale(dimensions, ROWS)
    assert.ok(Math.abs(scale / expected - 1) < 0.06, `${why}: ${scale}`)
  }
})

test('rare values say nothing', () => {
  assert.equal(baselineScale([dimension('http.host', [3, 5], [1, 2])], ROWS), 0)
})
