import assert from 'node:assert/strict'
import test from 'node:test'
import { SamplingStride } from './sampling.ts'

/** Lets so many packets come in each tick, sampled as the stride says; returns the strides. */
function run(stride: SamplingStride, packets: number, ticks: number): number[] {
  return Array.from({ length: ticks }, () => {
    const weight = stride.stride
    for (let samples = Math.floor(packets / weight); samples > 0; samples--) stride.count(weight)
    stride.tick()
    return stride.stride
  })
}

test('little traffic is sampled whole', () => {
  assert.deepEqual(new Set(run(new SamplingStride(500), 500, 50)), new Set([1]))
})

test('much traffic is thinned at once, so that no more samples come than may', () => {
  const stride = new SamplingStride(500)
  assert.deepEqual(run(stride, 100_000, 2), [256, 256])
  assert.ok(100_000 / stride.stride <= 500)
})

test('it comes back step by step, and not between two bursts', () => {
  const stride = new SamplingStride(500)
  run(stride, 4000, 1)
  assert.deepEqual(new Set(run(stride, 0, 19)), new Set([8]))
  run(stride, 4000, 1)
  assert.deepEqual(new Set(run(stride, 0, 19)), new Set([8]))
  assert.equal(run(stride, 0, 1)[0], 4)
  assert.equal(run(stride, 0, 40).at(-1), 1)
})
