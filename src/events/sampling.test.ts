import assert from 'node:assert/strict'
import test from 'node:test'
import { RayMaker } from '#kernel'
import { keeps, keptShare } from './sampling.ts'

test('the share falls as the spool fills', () => {
  const cases: readonly [fill: number, share: number][] = [
    [0, 1],
    [0.49, 1],
    [0.5, 1 / 2],
    [0.65, 1 / 4],
    [0.75, 1 / 8],
    [0.85, 1 / 16],
    [0.95, 1 / 64],
    [3, 1 / 64],
  ]
  for (const [fill, share] of cases) assert.equal(keptShare(fill), share, String(fill))
})

test('about the wanted share of consecutive rays is kept, and a smaller share is a part of a larger', () => {
  const rays = new RayMaker()
  const ids = Array.from({ length: 64_000 }, () => rays.next(1_795_313_701_797))
  for (const share of [1 / 2, 1 / 8, 1 / 64]) {
    const kept = ids.filter((id) => keeps(id, share))
    const expected = ids.length * share
    assert.ok(Math.abs(kept.length - expected) < 6 * Math.sqrt(expected), `${kept.length} of ${expected}`)
    assert.ok(kept.every((id) => keeps(id, share * 2)))
  }
})
