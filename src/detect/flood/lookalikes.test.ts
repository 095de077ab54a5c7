import assert from 'node:assert/strict'
import test from 'node:test'
import { OTHER_MIXES } from './testing/other-mixes.ts'
import { simulate, type SimulationResult } from './testing/simulation.ts'

const OPTIONS = { seed: 12, calmMs: 20_000, attackMs: 4500 } as const

function outcome(name: string): SimulationResult {
  const mix = OTHER_MIXES.find((each) => each.name === name)
  assert.ok(mix, name)
  return simulate(mix, OPTIONS)
}

const TOLD_APART = [
  'SYN, bots beside good clients / web',
  'SYN like those of clients / web',
  'PSH ACK, 500 bots / modern',
  'QUIC short / modern',
  'UDP, 2000 bots / modern',
  'SYN and UDP together / modern',
]

test('floods that look like clients are told apart by where they come from, as far as that is known', () => {
  for (const name of TOLD_APART) {
    const { delayMs, passedShare, goodDroppedShare } = outcome(name)
    assert.ok(delayMs !== undefined && delayMs <= 500, `${name}: first drop after ${delayMs} ms`)
    assert.ok(passedShare <= 0.01, `${name}: ${passedShare} of the attack passed`)
    assert.ok(goodDroppedShare <= 0.001, `${name}: ${goodDroppedShare} of the good packets were dropped`)
  }
})

test('what cannot be told apart is limited, and those who were there before are spared', () => {
  const { engine, passedShare, goodDroppedShare } = outcome('like a game, of clients / games')
  const limits = engine.mitigations().filter(({ step }) => step === 'limitSignature')
  assert.ok(limits.length > 0)
  for (const { when, evidence } of limits) {
    assert.match(when, /not ip\.src in \{/)
    assert.match(evidence.reason, /is spared/)
  }
  assert.ok(passedShare <= 0.01, `${passedShare} of the attack passed`)
  assert.ok(goodDroppedShare <= 0.005, `${goodDroppedShare} of the good packets were dropped`)
})
