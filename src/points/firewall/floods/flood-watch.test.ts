import assert from 'node:assert/strict'
import test from 'node:test'
import type { FloodSettings } from '#detect'
import { ethernet, ipv4, tcp, TCP_FLAG } from '../../../wire/packet/testing/index.ts'
import type { PacketSample } from '../process/messages.ts'
import { FloodWatch } from './flood-watch.ts'
import { floodSettings } from './settings.ts'
import { warmUpFloods } from './warm-up.ts'

const SETTINGS: FloodSettings = {
  mode: 'mitigate',
  learnMs: 60_000,
  sensitivity: 'medium',
  protect: [],
  thresholds: {},
  steps: { synCookie: false },
}

const START_MS = 1_800_000_000_000
const TICK_MS = 50

/** A segment that opens a connection, as the firewall samples it. */
function syn(number: number, timeMs: number, rest: Partial<PacketSample> = {}): PacketSample {
  const source = `198.${18 + (number % 2)}.${(number * 7) % 251}.${(number * 13) % 241}`
  const segment = tcp({
    sourcePort: 1024 + ((number * 37) % 60_000),
    destinationPort: 443,
    flags: TCP_FLAG.syn,
    sequence: number * 7919,
    window: 4321,
  })
  const frame = ethernet(ipv4({ source, destination: '192.0.2.1', timeToLive: 243, id: number % 65_536 }, segment))
  const head = new Uint8Array(frame)
  return {
    timeMs,
    isDropped: false,
    weight: 8,
    interfaceName: 'eth0',
    direction: 'in',
    frameBytes: frame.length,
    head,
    ...rest,
  }
}

/** Lets a flood come for so many ticks; returns the ids of the rules after each. */
function flood(watch: FloodWatch, fromMs: number, ticks: number, rest: Partial<PacketSample> = {}): string[][] {
  return Array.from({ length: ticks }, (_, tick) => {
    const nowMs = fromMs + (tick + 1) * TICK_MS
    for (let count = 0; count < 100; count++) {
      watch.add(syn(tick * 100 + count, nowMs - TICK_MS + count * (TICK_MS / 100), rest))
    }
    const { faults } = watch.tick(nowMs)
    assert.deepEqual(faults, [])
    return watch.rules.map(({ id }) => id)
  })
}

test('a flood becomes rules, and a veto takes them away', () => {
  const watch = new FloodWatch(SETTINGS, undefined)
  const rules = flood(watch, START_MS, 20)
  const [id] = rules.at(-1) ?? []
  assert.ok(id !== undefined, 'there is a rule')
  const { mitigations, attacks } = watch.state()
  assert.deepEqual([mitigations[0].id, mitigations[0].evidence.samples], [id, []])
  assert.equal(attacks[0].destination, '192.0.2.1')
  assert.equal(watch.order('veto', id), true)
  assert.equal(watch.order('veto', 'no-such-rule'), false)
  const later = flood(watch, START_MS + 1000, 20)
  assert.ok(!(later.at(-1) ?? []).includes(id))
  assert.equal(watch.memory()?.vetoes.length, 1)
})

test('packets that a rule only noted are not counted twice', () => {
  const rule = {
    phase: 'packet_firewall',
    ruleId: 'note',
    action: 'log',
    why: '',
    isNote: true,
    logOnly: false,
  } as const
  const watch = new FloodWatch(SETTINGS, undefined)
  assert.deepEqual(flood(watch, START_MS, 20, { rule }).at(-1), [])
  assert.deepEqual(watch.state().attacks, [])
})

test('what the engine cannot stand costs the rules against floods, and nothing else', () => {
  const watch = new FloodWatch(SETTINGS, undefined)
  flood(watch, START_MS, 20)
  assert.ok(watch.rules.length > 0)
  // No packet can do this; a fault of ours could.
  watch.add({ ...syn(1, START_MS + 1000), head: undefined as unknown as Uint8Array })
  const news = watch.tick(START_MS + 1100)
  assert.deepEqual([news.isOther, watch.rules.length, watch.state().mitigations], [true, 0, []])
  assert.match(news.faults[0], /not looked for until the next policy: TypeError/)
  assert.deepEqual(watch.tick(START_MS + 1150), { changes: [], isOther: false, faults: [] })
  watch.configure(SETTINGS)
  assert.ok((flood(watch, START_MS + 2000, 20).at(-1) ?? []).length > 0)
})

test('the flood that is made up to warm up is found', () => {
  assert.ok(warmUpFloods() > 0)
})

test('settings are taken from the configuration, and nothing is watched that nobody wants watched', () => {
  const floods = { mode: 'off', learnMs: 1000, sensitivity: 'low', thresholds: {} } as const
  const config = {
    interfaces: [{ name: 'a', directions: ['in'], protect: [] }],
    backend: 'auto',
    onExit: 'open',
    management: [],
  } as const
  assert.equal(floodSettings(config), undefined)
  assert.equal(floodSettings({ ...config, floods }), undefined)
  const protect = [{ prefix: '192.0.2.0/24', mode: 'log' }] as const
  const settings = floodSettings({ ...config, floods, interfaces: [{ name: 'a', directions: ['in'], protect }] })
  assert.deepEqual([settings?.mode, settings?.protect], ['off', protect])
})
