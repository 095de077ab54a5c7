import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import type { PacketSample } from './messages.ts'
import { ToldSamples } from './told-samples.ts'

function sample(ruleId: string, weight: number): PacketSample {
  const rule = { phase: 'packet_firewall', ruleId, action: 'drop', why: '', isNote: false, logOnly: false } as const
  return {
    rule,
    timeMs: 0,
    isDropped: true,
    weight,
    interfaceName: 'eth0',
    direction: 'in',
    frameBytes: 60,
    head: new Uint8Array(0),
  }
}

function sums(told: Iterable<PacketSample>): Map<string, number> {
  const byRule = new Map<string, number>()
  for (const { rule, weight } of told) {
    const id = rule?.ruleId ?? ''
    byRule.set(id, (byRule.get(id) ?? 0) + weight)
  }
  return byRule
}

test('what fits is told as it is', () => {
  const told = new ToldSamples({ perTick: 4, burst: 4 })
  const [one, other] = [sample('a', 1), sample('b', 7)]
  told.add(one, 'a')
  told.add(other, 'b')
  assert.deepEqual(told.take(), [one, other])
  assert.deepEqual(told.take(), [])
})

test('a rule that drops little is told whole beside one that drops much', () => {
  const told = new ToldSamples({ perTick: 10, burst: 10 })
  for (let count = 0; count < 5000; count++) told.add(sample('flood', 16), 'flood')
  for (let count = 0; count < 3; count++) told.add(sample('few', 1), 'few')
  const taken = told.take()
  assert.ok(taken.length <= 10)
  assert.equal(taken.filter(({ rule }) => rule?.ruleId === 'few').length, 3)
  assert.ok(Math.abs((sums(taken).get('flood') ?? 0) - 80_000) < 1e-6)
})

test('weights add up to all packets of each rule, and no tick tells more than it may', () => {
  const ticks = fc.array(
    fc.array(fc.record({ rule: fc.nat({ max: 12 }), weight: fc.nat({ max: 8 }), count: fc.nat({ max: 600 }) }), {
      maxLength: 6,
    }),
    { maxLength: 8 },
  )
  fc.assert(
    fc.property(ticks, fc.integer({ min: 1, max: 6 }), (arrivals, perTick) => {
      const told = new ToldSamples({ perTick, burst: perTick * 2 })
      const sent = new Map<string, number>()
      const taken: PacketSample[] = []
      const tick = (): void => {
        const now = told.take()
        assert.ok(now.length <= perTick * 2)
        taken.push(...now)
      }
      for (const arrival of arrivals) {
        for (const { rule, weight, count } of arrival) {
          for (let n = 0; n < count; n++) told.add(sample(`r${rule}`, 2 ** weight), `r${rule}`)
          if (count > 0) sent.set(`r${rule}`, (sent.get(`r${rule}`) ?? 0) + count * 2 ** weight)
        }
        tick()
      }
      for (let quiet = 0; quiet < 20; quiet++) tick()
      const received = sums(taken)
      assert.deepEqual([...received.keys()].sort(), [...sent.keys()].sort())
      for (const [id, packets] of sent) assert.ok(Math.abs((received.get(id) ?? 0) - packets) < 1e-6 * packets, id)
    }),
    { numRuns: 60 },
  )
})

test('what is owed is told with the next samples', () => {
  const told = new ToldSamples({ perTick: 4, burst: 4 })
  told.owe('a', 1000)
  assert.deepEqual(told.take(), [])
  for (let count = 0; count < 3; count++) told.add(sample('a', 2), 'a')
  assert.ok(Math.abs((sums(told.take()).get('a') ?? 0) - 1006) < 1e-9)
  told.owe('a', 50)
  assert.deepEqual([...sums(told.take())], [['a', 50]], 'the last one stands for what nobody else does')
})
