import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { BodyMemory } from './body-memory.ts'
import { DelayLine } from './delay-line.ts'
import { HeldBody } from './held-body.ts'

const pieces = fc.array(fc.uint8Array({ maxLength: 9000 }), { maxLength: 12 })

test('a held body has the first bytes in order, and no more than its limit', () => {
  fc.assert(
    fc.property(pieces, fc.integer({ min: 0, max: 40_000 }), (given, limit) => {
      const memory = new BodyMemory(1_000_000)
      const body = new HeldBody(limit, memory)
      const whole = Buffer.concat(given)
      let offered = 0
      for (const piece of given) {
        const taken = body.take(piece)
        assert.equal(taken, Math.min(piece.length, Math.max(0, limit - offered)))
        offered += piece.length
      }
      const { bytes } = body
      assert.deepEqual(bytes, whole.subarray(0, Math.min(whole.length, limit)))
      assert.ok(memory.heldBytes <= limit)
      body.release()
      assert.equal(memory.heldBytes, 0)
      assert.deepEqual(bytes, whole.subarray(0, Math.min(whole.length, limit)), 'views stay valid')
    }),
  )
})

test('when the memory of the worker is used up a body takes what it has room for', () => {
  const memory = new BodyMemory(5000)
  const [first, second] = [new HeldBody(1_000_000, memory), new HeldBody(1_000_000, memory)]
  assert.equal(first.take(new Uint8Array(4096)), 4096)
  assert.equal(second.take(new Uint8Array(100)), 0)
  assert.equal(first.take(new Uint8Array(1000)), 0)
  first.release()
  assert.equal(second.take(new Uint8Array(100)), 100)
})

test('a delay line passes everything on in order, and keeps back the end until it is drained', () => {
  fc.assert(
    fc.property(pieces, fc.integer({ min: 0, max: 20_000 }), (given, delay) => {
      const memory = new BodyMemory(1_000_000)
      const line = new DelayLine(delay, memory)
      const whole = Buffer.concat(given)
      const passed: Uint8Array[] = []
      for (const piece of given) {
        const reused = Uint8Array.from(piece)
        line.push(reused, (bytes) => void passed.push(Buffer.from(bytes)))
        reused.fill(0)
      }
      const early = Buffer.concat(passed)
      assert.deepEqual(early, whole.subarray(0, early.length))
      assert.ok(
        delay === 0 ? early.length === whole.length : whole.length - early.length >= Math.min(delay, whole.length),
      )
      line.drain((bytes) => void passed.push(bytes))
      assert.deepEqual(Buffer.concat(passed), whole)
      assert.equal(memory.heldBytes, 0)
    }),
  )
})
