import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, test } from 'node:test'
import { GeoLookup, loadGeoTables } from '#detect'
import { COLUMNS } from '#events'
import { ethernet, ipv4, udp } from '../../wire/packet/testing/index.ts'
import { PacketRecorder } from './packet-recorder.ts'
import type { PacketSample } from './process/messages.ts'

const home = mkdtempSync(path.join(tmpdir(), 'tidegate-packets-'))
after(() => rmSync(home, { recursive: true, force: true }))

const FRAME = ethernet(
  ipv4(
    { source: '192.0.2.1', destination: '198.51.100.2', timeToLive: 55 },
    udp({ sourcePort: 53, destinationPort: 4444, payload: 'x'.repeat(300) }),
  ),
)

const SAMPLE: PacketSample = {
  timeMs: 1_800_000_000_000.25,
  isDropped: false,
  weight: 12.5,
  interfaceName: 'eth0',
  direction: 'in',
  frameBytes: FRAME.length,
  head: new Uint8Array(FRAME.subarray(0, 128)),
}

const RULE = {
  phase: 'packet_ddos',
  ruleId: 'a',
  action: 'drop',
  why: 'rule "a" matched: udp',
  isNote: false,
  logOnly: false,
} as const

async function recorded(
  samples: readonly PacketSample[],
  geo?: GeoLookup,
): Promise<readonly Readonly<Record<string, string>>[]> {
  const directory = mkdtempSync(path.join(home, 'spool-'))
  const redaction = { redact: [], sensitiveArguments: [], sensitiveHeaders: [] }
  const options = { directory, budgetBytes: 1e9, redactionKey: new Uint8Array(32), redaction }
  const recorder = new PacketRecorder(options, () => geo)
  for (const sample of samples) recorder.record(sample, 'v1')
  await recorder.close()
  const names = readdirSync(directory).filter((name) => name.startsWith('packet-'))
  const lines = names.flatMap((name) => readFileSync(path.join(directory, name), 'utf8').split('\n').slice(1, -1))
  return lines.map((line) => {
    const values = line.split('\x1f')
    return Object.fromEntries(COLUMNS.packet.map(({ name }, at) => [name, values[at]]))
  })
}

test('an event has the fields of its packet, and says what of it was not copied', async () => {
  const [row] = await recorded([SAMPLE])
  const expected = {
    time: '1800000000000250',
    weight: '12.5',
    point: 'firewall',
    'decision.verdict': 'allow',
    'ip.ttl': '55',
    'udp.srcport': '53',
    'udp.dstport': '4444',
    'frame.len': String(FRAME.length),
    'packet.interface': 'eth0',
    'packet.direction': 'in',
    'tcp.srcport': '',
    omissions: '[["l4.payload",null,"truncated"]]',
  }
  for (const [name, value] of Object.entries(expected)) assert.equal(row[name], value, name)
})

test('an event says where its packet passed', async () => {
  const rows = await recorded([{ ...SAMPLE, interfaceName: 'eth1', direction: 'out' }])
  assert.deepEqual([rows[0]['packet.interface'], rows[0]['packet.direction']], ['eth1', 'out'])
})

test('an event says which rule decided, or only matched', async () => {
  const [dropped, noted, passed] = await recorded([
    { ...SAMPLE, isDropped: true, rule: RULE },
    { ...SAMPLE, rule: { ...RULE, isNote: true, logOnly: true } },
    { ...SAMPLE, rule: { ...RULE, action: 'allow' } },
  ])
  const parts = (row: Readonly<Record<string, string>>) =>
    ['decision.verdict', 'decision.rule_id', 'decision.matches', 'decision.why'].map((name) => row[name])
  assert.deepEqual(parts(dropped), ['block', 'a', '[["packet_ddos","a","drop",false]]', RULE.why])
  assert.deepEqual(parts(noted), ['allow', '', '[["packet_ddos","a","drop",true]]', RULE.why])
  assert.deepEqual(parts(passed), ['allow', 'a', '[["packet_ddos","a","allow",false]]', RULE.why])
})

test('an event says where its addresses are, as far as that is known', async () => {
  const geo = new GeoLookup(await loadGeoTables(path.join(home, 'geo')))
  const packet = ipv4({ source: '8.8.8.8', destination: '10.0.0.1' }, udp({ sourcePort: 53, destinationPort: 4444 }))
  const frame = ethernet(packet)
  const [row] = await recorded([{ ...SAMPLE, head: new Uint8Array(frame), frameBytes: frame.length }], geo)
  const names = ['ip.src.country', 'ip.src.asnum', 'ip.dst.country', 'ip.dst.asnum']
  assert.deepEqual(
    names.map((name) => row[name]),
    ['US', '15169', '', ''],
  )
})
