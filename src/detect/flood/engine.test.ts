import assert from 'node:assert/strict'
import test from 'node:test'
import type { FloodChange, FloodEngine, FloodSettings, Mitigation } from './contract.ts'
import { createFloodEngine } from './engine.ts'
import { RandomNumbers } from './random.ts'
import { feed, floodSample, goodSample, SETTINGS, START_MS, VICTIM } from './testing/feed.ts'

const LEARNT_MS = START_MS + 8000
const FLOOD_RATE = 4000

/** Lets an engine learn, and then a flood begin. */
class Scene {
  readonly random = new RandomNumbers(3)
  readonly engine: FloodEngine

  constructor(settings: Partial<FloodSettings> = {}) {
    this.engine = createFloodEngine({ ...SETTINGS, ...settings })
    this.calm(START_MS, LEARNT_MS)
  }

  calm(fromMs: number, toMs: number): readonly FloodChange[] {
    return feed(this.engine, fromMs, toMs, [[200, (timeMs) => goodSample({ timeMs }, this.random)]])
  }

  /** A flood that what is in force drops. */
  flood(fromMs: number, toMs: number, ruleId = this.engine.mitigations()[0]?.id): readonly FloodChange[] {
    const dropped = ruleId === undefined ? {} : { isDropped: true, ruleId }
    return feed(this.engine, fromMs, toMs, [
      [200, (timeMs) => goodSample({ timeMs }, this.random)],
      [FLOOD_RATE, (timeMs) => floodSample({ timeMs, ...dropped }, this.random)],
    ])
  }

  /** Until there is a rule. */
  mitigated(): Mitigation {
    this.flood(LEARNT_MS, LEARNT_MS + 500)
    const [mitigation] = this.engine.mitigations()
    assert.ok(mitigation, 'there is a rule')
    return mitigation
  }
}

function kinds(changes: readonly FloodChange[]): readonly string[] {
  return changes.map((change) => (change.kind === 'mitigationRemoved' ? `removed ${change.reason}` : change.kind))
}

test('a flood is answered with a rule and what speaks for it', () => {
  const scene = new Scene()
  assert.deepEqual(scene.engine.attacks(), [])
  const { when, action, step, class: kind, destination, evidence } = scene.mitigated()
  assert.deepEqual(
    { action, step, kind, destination },
    { action: 'drop', step: 'drop', kind: 'udp', destination: '198.51.100.20' },
  )
  assert.match(when, /^ip\.dst == 198\.51\.100\.20 and /)
  assert.match(when, /udp\.dstport == 7777|ip\.ttl == 77|ip\.len == 428/)
  assert.ok(evidence.counter.rate > evidence.counter.threshold)
  assert.ok(evidence.counter.baseline && Math.abs(evidence.counter.baseline.mean - 200) < 40)
  assert.ok(evidence.coverage > 0.95)
  assert.equal(evidence.collateral.matched, 0)
  assert.ok(evidence.collateral.of > 100)
  assert.ok(evidence.conditions.length > 0 && evidence.samples.length > 0)
  assert.ok(evidence.conditions.some(({ attackShare, baselineShare }) => attackShare > 0.95 && baselineShare === 0))
  const [attack] = scene.engine.attacks()
  assert.deepEqual(
    attack.mitigationIds,
    scene.engine.mitigations().map(({ id }) => id),
  )
})

test('a rule lives while it matches, expires, and is there again at once when the attack comes back', () => {
  const scene = new Scene()
  const { id } = scene.mitigated()
  const during = scene.flood(LEARNT_MS + 500, LEARNT_MS + 60_000)
  assert.deepEqual(kinds(during), [], 'nothing changes while it goes on')
  const after = scene.calm(LEARNT_MS + 60_000, LEARNT_MS + 110_000)
  assert.deepEqual(kinds(after), ['attackEnded', 'removed expired'])
  assert.deepEqual(scene.engine.mitigations(), [])
  const again = scene.flood(LEARNT_MS + 110_000, LEARNT_MS + 110_200)
  assert.equal(kinds(again)[0], 'mitigationRearmed')
  const [back] = scene.engine.mitigations()
  assert.equal(back.id, id)
  assert.equal(back.rearmedCount, 1)
  const longer = scene.calm(LEARNT_MS + 110_200, LEARNT_MS + 180_000)
  assert.ok(!kinds(longer).includes('removed expired'), 'it lives twice as long now')
})

test('what an engineer takes back does not come again, until he wants it', () => {
  const scene = new Scene()
  const { id } = scene.mitigated()
  assert.equal(scene.engine.veto(id), true)
  assert.equal(scene.engine.veto(id), false)
  const changes = scene.flood(LEARNT_MS + 500, LEARNT_MS + 6000)
  assert.equal(kinds(changes)[0], 'removed vetoed')
  assert.deepEqual(scene.engine.mitigations(), [])
  assert.match(scene.engine.attacks()[0].unmitigated ?? '', /vetoed/)
  assert.deepEqual(
    scene.engine.vetoes().map((veto) => veto.id),
    [id],
  )
  assert.equal(scene.engine.unveto(id), true)
  // A rule that ended by itself would come back: it can be vetoed as well.
  assert.equal(scene.engine.veto('ended', { when: 'udp.srcport == 53', destination: '192.0.2.1' }), true)
  assert.deepEqual(
    scene.engine.vetoes().map((veto) => veto.id),
    ['ended'],
  )
  scene.flood(LEARNT_MS + 6000, LEARNT_MS + 9000)
  assert.equal(scene.engine.mitigations().length, 1)
})

test('a rule that went into the policy ends; what that drops is no attack any more', () => {
  const scene = new Scene()
  const { id } = scene.mitigated()
  assert.equal(scene.engine.promoted(id), true)
  const changes = scene.flood(LEARNT_MS + 500, LEARNT_MS + 15_000, 'rule-of-the-policy')
  assert.deepEqual(kinds(changes), ['removed promoted', 'attackEnded'])
  assert.deepEqual(scene.engine.mitigations(), [])
})

test('a pinned rule stays', () => {
  const scene = new Scene()
  const { id } = scene.mitigated()
  assert.equal(scene.engine.pin(id, true), true)
  scene.calm(LEARNT_MS + 500, LEARNT_MS + 120_000)
  assert.equal(scene.engine.mitigations()[0]?.isPinned, true)
  scene.engine.pin(id, false)
  scene.calm(LEARNT_MS + 120_000, LEARNT_MS + 121_000)
  assert.deepEqual(scene.engine.mitigations(), [])
})

test('the mode says what may be done', () => {
  const logging = new Scene({ mode: 'log' })
  const { action, step } = logging.mitigated()
  assert.deepEqual({ action, step }, { action: 'log', step: 'log' })
  const off = new Scene({ mode: 'off' })
  off.flood(LEARNT_MS, LEARNT_MS + 2000)
  assert.deepEqual(off.engine.attacks(), [])
  const own = new Scene({ protect: [{ prefix: '198.51.100.0/24', mode: 'log' }, { prefix: '203.0.113.0/24' }] })
  assert.equal(own.mitigated().step, 'log')
  const unprotected = new Scene({ protect: [{ prefix: '203.0.113.0/24' }] })
  unprotected.flood(LEARNT_MS, LEARNT_MS + 2000)
  assert.deepEqual(unprotected.engine.attacks(), [])
})

test('other settings end what they do not want', () => {
  const scene = new Scene()
  scene.mitigated()
  scene.engine.configure({ ...SETTINGS, mode: 'log' })
  assert.deepEqual(kinds(scene.engine.tick(LEARNT_MS + 600)), ['removed off', 'mitigationAdded'], 'it is logged now')
  assert.throws(
    () => scene.engine.configure({ ...SETTINGS, protect: [{ prefix: '198.51.100.1/24' }] }),
    /198\.51\.100\.1\/24/,
  )
})

test('a threshold by hand counts, whatever was learnt', () => {
  const high = new Scene({ thresholds: { udp: 50_000 } })
  high.flood(LEARNT_MS, LEARNT_MS + 2000)
  assert.deepEqual(high.engine.attacks(), [])
  const low = new Scene({
    thresholds: { udp: 50_000 },
    protect: [{ prefix: '198.51.100.20/32', thresholds: { udp: 1000 } }],
  })
  assert.equal(low.mitigated().evidence.counter.test, 'byHand')
})

test('what was learnt survives a restart as plain data', () => {
  const before = new Scene()
  const memory = JSON.parse(JSON.stringify(before.engine.memory()))
  assert.ok(JSON.stringify(memory).length < 1_000_000)
  const engine = createFloodEngine(SETTINGS, memory)
  const random = new RandomNumbers(4)
  feed(engine, LEARNT_MS, LEARNT_MS + 500, [
    [200, (timeMs) => goodSample({ timeMs }, random)],
    [FLOOD_RATE, (timeMs) => floodSample({ timeMs }, random)],
  ])
  const [{ evidence }] = engine.mitigations()
  assert.ok(evidence.counter.baseline)
  assert.equal(evidence.collateral.source, 'destination')
})

test('weights count: few samples may stand for many packets', () => {
  const scene = new Scene()
  feed(scene.engine, LEARNT_MS, LEARNT_MS + 600, [
    [200, (timeMs) => goodSample({ timeMs }, scene.random)],
    [1000, (timeMs) => floodSample({ timeMs, weight: 64 }, scene.random)],
  ])
  const [attack] = scene.engine.attacks()
  assert.ok(Math.abs(attack.rate - 64_200) < 12_000, `${attack.rate}`)
  assert.equal(scene.engine.mitigations()[0].step, 'drop')
})

test('a single burst is no attack, and random destinations leave little behind', () => {
  const scene = new Scene()
  scene.flood(LEARNT_MS, LEARNT_MS + 50)
  scene.calm(LEARNT_MS + 50, LEARNT_MS + 1000)
  assert.deepEqual(scene.engine.attacks(), [])
  const anywhere = (timeMs: number): ReturnType<typeof floodSample> =>
    floodSample({ timeMs }, scene.random, scene.random.below(0xe000_0000))
  feed(scene.engine, LEARNT_MS + 1000, LEARNT_MS + 5000, [[20_000, anywhere]])
  assert.ok(scene.engine.memory().baselines.length <= 4096)
  assert.ok(scene.engine.memory().goodPackets.length < 80)
  assert.equal(typeof VICTIM, 'number')
})
