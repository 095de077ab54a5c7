import assert from 'node:assert/strict'
import test from 'node:test'
import { FIELD_BY_NAME } from '#fields'
import { checkBpf, checkNft, parseExpression } from '#rules'
import type { IpAddress } from '#wire'
import type { FloodSettings } from './contract.ts'
import { background, dnsAnswers, tcpClients } from './testing/good-traffic.ts'
import { type Mix, MIXES } from './testing/mixes.ts'
import { simulate, type SimulationResult } from './testing/simulation.ts'
import { START_MS } from './testing/feed.ts'

const CALM_MS = 11_000
const ATTACK_MS = 3500
const SEED = 12

/** One of each kind; the benchmark runs all, with several seeds. */
const CHOSEN = [
  'SYN, no options / web',
  'SYN, 1 kpps / small',
  'ACK, any port / bulk',
  'SYN-ACK reflection / web',
  'DNS amplification, fragments / web',
  'NTP amplification / calls',
  'CLDAP amplification, fragments / calls',
  'UDP, all random / games',
  'UDP, all random / web, IPv6',
  'ICMP echo / web',
  'GRE / tunnels',
  'carpet of UDP over a /24 / web',
  'SYN, NTP and ICMP together / web',
]

function mixOf(name: string): Mix {
  const mix = MIXES.find((each) => each.name === name)
  assert.ok(mix, name)
  return mix
}

function assertReached(name: string, { delayMs, passedShare, goodDroppedShare }: SimulationResult): void {
  assert.ok(delayMs !== undefined && delayMs <= 500, `${name}: first drop after ${delayMs} ms`)
  assert.ok(passedShare <= 0.01, `${name}: ${passedShare} of the attack passed`)
  assert.ok(goodDroppedShare <= 0.001, `${name}: ${goodDroppedShare} of the good packets were dropped`)
}

test('floods of all kinds are held off, and good packets are not', () => {
  for (const name of CHOSEN) {
    assertReached(name, simulate(mixOf(name), { seed: SEED, calmMs: CALM_MS, attackMs: ATTACK_MS }))
  }
})

test('every rule can be asked by the kernel, in both of its languages', () => {
  for (const mix of MIXES.filter((_, index) => index % 3 === 0)) {
    const { changes } = simulate(mix, { seed: SEED, calmMs: 6000, attackMs: 500, settings: { learnMs: 5000 } })
    for (const change of changes) {
      if (!('mitigation' in change)) continue
      const parsed = parseExpression(change.mitigation.when, { fields: FIELD_BY_NAME, point: 'firewall' })
      assert.ok(parsed.ok, change.mitigation.when)
      assert.equal(checkBpf(parsed.expression), undefined, change.mitigation.when)
      assert.equal(checkNft(parsed.expression), undefined, change.mitigation.when)
    }
  }
})

const FROM_THE_START = [
  'SYN, options of Linux / web',
  'ACK to 443 / web',
  'NTP amplification / calls',
  'SSDP amplification / games',
  'GRE / tunnels',
  'SYN, 1 kpps / small',
]

test('a flood that is there from the start is held off by what is usual in general', () => {
  for (const name of FROM_THE_START) {
    assertReached(
      name,
      simulate(mixOf(name), { seed: SEED, calmMs: 0, attackMs: 3500, settings: { learnMs: 300_000 } }),
    )
  }
})

test('good traffic that is there from the start is left alone', () => {
  for (const good of new Set(MIXES.map((mix) => mix.good))) {
    const result = simulate({ name: 'no attack', good, rate: 0 }, { seed: SEED, calmMs: 0, attackMs: 6000 })
    assert.equal(result.goodDropped, 0, result.engine.mitigations()[0]?.when)
  }
})

test('many people who come at once are no attack', () => {
  const shapes = [{}, { segments: [60, 200], dataShare: 0.5, pauseMs: 8 }, { segments: [3, 5] }] as const
  const settings: readonly Partial<FloodSettings>[] = [{}, { steps: { synCookie: true } }]
  for (const shape of shapes) {
    const crowd = (host: IpAddress) => [
      tcpClients(host, (timeMs) => (timeMs > START_MS + CALM_MS ? 700 : 20), shape),
      dnsAnswers(host, 20),
      background(host, 10),
    ]
    for (const each of settings) {
      const mix = { name: 'crowd', good: crowd, rate: 0 }
      const result = simulate(mix, { seed: SEED, calmMs: CALM_MS, attackMs: 3000, settings: each })
      assert.ok(result.goodDroppedShare <= 0.001, result.engine.mitigations()[0]?.when)
    }
  }
})
