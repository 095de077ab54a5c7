import assert from 'node:assert/strict'
import test from 'node:test'
import { Baseline } from './baseline.ts'

const SECOND_MS = 1000

function learn(rates: readonly number[]): Baseline {
  const baseline = new Baseline(0)
  for (const [index, rate] of rates.entries()) baseline.observe(rate, index * SECOND_MS)
  return baseline
}

test('means, deviations and the percentile are those of what was seen', () => {
  const steady = learn(Array.from({ length: 600 }, () => 100))
  assert.ok(Math.abs(steady.mean - 100) < 1e-6)
  assert.ok(steady.deviation < 1e-3)
  assert.ok(steady.percentile95 >= 100 && steady.percentile95 < 120, 'bins are a fifth wide')
  const bursty = learn(Array.from({ length: 1000 }, (_, index) => (index % 10 === 0 ? 1000 : 10)))
  assert.ok(bursty.percentile95 >= 1000)
  assert.ok(Math.abs(bursty.mean - 109) < 15)
  const rare = learn(Array.from({ length: 1000 }, (_, index) => (index % 50 === 0 ? 1000 : 10)))
  assert.ok(rare.percentile95 < 20, 'one second in fifty is above it')
})

test('the recent mean follows within minutes, the other within hours', () => {
  const risen = learn([...Array.from({ length: 3600 }, () => 10), ...Array.from({ length: 600 }, () => 110)])
  assert.ok(risen.recentMean > 80)
  assert.ok(risen.mean < 40)
})

test('what was learnt survives as plain data', () => {
  const before = learn(Array.from({ length: 300 }, (_, index) => 50 + (index % 7)))
  const memory = JSON.parse(JSON.stringify(before.toMemory()))
  const after = new Baseline(0, { destination: '192.0.2.1', class: 'udp', ...memory })
  assert.equal(after.learntMs, before.learntMs)
  assert.ok(Math.abs(after.mean - before.mean) < 1e-6)
  assert.equal(after.percentile95, before.percentile95)
})
