import assert from 'node:assert/strict'
import test from 'node:test'
import { NTP_AMPLIFICATION, SYN_PLAIN } from './testing/attacks.ts'
import { START_MS } from './testing/feed.ts'
import { calls, games, type Mix, modern, web } from './testing/mixes.ts'
import { simulate } from './testing/simulation.ts'
import type { Traffic } from './testing/traffic.ts'

const LEARN_MS = 12_000
const LED_HERE_MS = 4000
const SEED = 5

/** Good traffic that comes all at once, as when another machine hands its address over. */
function ledHere(good: Mix['good']): Mix['good'] {
  return (host, attackFromMs) =>
    good(host, attackFromMs).map((traffic): Traffic => ({
      *frames(fromMs, toMs, random) {
        if (fromMs >= START_MS + LED_HERE_MS) yield* traffic.frames(fromMs, toMs, random)
      },
    }))
}

test('good traffic that is led to an address while that is learnt is left alone', () => {
  for (const good of [calls, games, modern]) {
    const mix = { name: 'no attack', good: ledHere(good), rate: 0 }
    const options = { seed: SEED, calmMs: 0, attackMs: LEARN_MS + 4000, settings: { learnMs: LEARN_MS } }
    const { engine, goodDropped } = simulate(mix, options)
    assert.equal(goodDropped, 0, engine.mitigations()[0]?.when)
  }
})

test('that nothing could be learnt in an attack does not mean that nothing comes', () => {
  const mix = { name: 'NTP from the start', good: ledHere(calls), vector: NTP_AMPLIFICATION, rate: 5000 }
  const options = { seed: SEED, calmMs: 0, attackMs: LEARN_MS + 6000, settings: { learnMs: LEARN_MS } }
  const { engine, goodDroppedShare, passedShare } = simulate(mix, options)
  const rules = engine.mitigations().map(({ when }) => when)
  assert.ok(goodDroppedShare <= 0.001, `${goodDroppedShare} of the good packets were dropped: ${rules.join(' | ')}`)
  assert.ok(passedShare <= 0.01, `${passedShare} of the attack passed`)
})

test('a flood that grows slowly does not become what is usual', () => {
  const mix = { name: 'SYN that grows', good: web, vector: SYN_PLAIN, rate: 3000, riseMs: 60_000 }
  const options = { seed: SEED, calmMs: 20_000, attackMs: 40_000, settings: { learnMs: LEARN_MS } }
  const { delayMs, goodDroppedShare, engine } = simulate(mix, options)
  assert.ok(delayMs !== undefined && delayMs < 20_000, `first drop after ${delayMs} ms`)
  assert.ok(goodDroppedShare <= 0.001, engine.mitigations()[0]?.when)
})
