import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { type Destination, HOST_BITS } from './destination.ts'
import { HeavyHitters } from './heavy-hitters.ts'

const UDP = 3
const CAPACITY = 16

function host(number: number): Destination {
  return { words: Uint32Array.of(0, 0, 0xffff, number), bits: HOST_BITS }
}

test('a counter is never below the truth, and above it by no more than its error', () => {
  const packets = fc.array(fc.tuple(fc.integer({ min: 0, max: 60 }), fc.integer({ min: 1, max: 9 })), {
    maxLength: 400,
  })
  fc.assert(
    fc.property(packets, (list) => {
      const table = new HeavyHitters(CAPACITY)
      const truth = new Map<number, number>()
      for (const [number, weight] of list) {
        table.add(UDP, host(number), weight, true)
        truth.set(number, (truth.get(number) ?? 0) + weight)
      }
      const total = list.reduce((sum, [, weight]) => sum + weight, 0)
      const tallies = [...table.above(0)]
      assert.ok(tallies.length <= CAPACITY)
      assert.equal(
        tallies.reduce((sum, tally) => sum + tally.packets, 0),
        total,
        'no packet is lost',
      )
      for (const { destination, packets: counted, error } of tallies) {
        const exact = truth.get(destination.words[3]) ?? 0
        assert.ok(counted >= exact && counted - error <= exact)
      }
      for (const [number, exact] of truth) {
        if (exact > total / CAPACITY)
          assert.ok(table.get(UDP, host(number)), 'whoever has more than his share is there')
      }
    }),
  )
})

test('classes, prefixes and addresses are counted apart', () => {
  const table = new HeavyHitters(CAPACITY)
  table.add(0, host(1), 1, true)
  table.add(1, host(1), 2, true)
  table.add(1, { ...host(1), bits: 120 }, 4, false)
  assert.equal(table.get(0, host(1))?.packets, 1)
  assert.equal(table.get(1, host(1))?.packets, 2)
  assert.deepEqual({ ...table.get(1, { ...host(1), bits: 120 }) }.passed, 0)
  table.clear()
  assert.equal(table.get(0, host(1)), undefined)
})
