import assert from 'node:assert/strict'
import test from 'node:test'
import { wallClockMicros } from './clock.ts'

test('the wall clock is the system clock, and follows it when it is set', (t) => {
  const near = (): void => {
    const difference = Math.abs(wallClockMicros() / 1000 - Date.now())
    assert.ok(difference < 100, `${difference} ms apart`)
  }
  near()
  const realNow = Date.now
  t.after(() => {
    Date.now = realNow
  })
  for (const stepMs of [3_600_000, -7_200_000, 0]) {
    Date.now = () => realNow() + stepMs
    near()
  }
})
