import assert from 'node:assert/strict'
import test from 'node:test'
import { WritePace } from './write-pace.ts'

/** How many of the rows of a second are written by themselves, when so many come at even distances. */
function calmRows(pace: WritePace, startMs: number, rows: number): number {
  const times = Array.from({ length: rows }, (_, n) => startMs + (n * 1000) / rows)
  return times.filter((timeMs) => pace.calm(timeMs)).length
}

test('each row is written by itself while they are few, and none of a worker that stays busy', () => {
  const pace = new WritePace()
  assert.equal(calmRows(pace, 1000, 1800), 1800)
  assert.equal(pace.pauseMs, 0)
  assert.ok(calmRows(pace, 2000, 20_000) <= 40, 'only those of the first moment')
  assert.ok(pace.pauseMs > 0)
  assert.equal(calmRows(pace, 3100, 1800), 1800, 'after a pause it is calm again')
})
