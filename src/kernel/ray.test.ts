import assert from 'node:assert/strict'
import test from 'node:test'
import { RAY_PATTERN, RayMaker } from './ray.ts'

test('rays are unique, well formed and sort by creation even when the clock jumps back', () => {
  const maker = new RayMaker()
  const rays: string[] = []
  for (const nowMs of [1_000, 1_000, 2_000, 500, 500, 2_001]) rays.push(maker.next(nowMs))
  for (const ray of rays) assert.match(ray, RAY_PATTERN)
  assert.deepEqual([...rays].sort(), rays)
  assert.equal(new Set(rays).size, rays.length)
})

test('two makers never agree', () => {
  assert.notEqual(new RayMaker().next(1_000), new RayMaker().next(1_000))
})

test('a full counter borrows the next millisecond', () => {
  const maker = new RayMaker()
  let last = ''
  for (let i = 0; i < 2 ** 20 + 2; i++) {
    const ray = maker.next(1_000)
    if (ray <= last) assert.fail(`${ray} does not sort after ${last}`)
    last = ray
  }
})
