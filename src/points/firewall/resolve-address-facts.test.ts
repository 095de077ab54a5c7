import assert from 'node:assert/strict'
import { tmpdir } from 'node:os'
import { mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import { GeoLookup, loadGeoTables, PACKET_READERS } from '#detect'
import type { Readers } from '#fields'
import { formatIp, LINK_TYPE, Packet } from '#wire'
import { ethernet, ipv4, ipv6, udp } from '../../wire/packet/testing/index.ts'
import { BpfJudge } from './bpf-judge.ts'
import { packetRules } from './packet-rules.ts'
import { asksAddressFacts, resolveAddressFacts } from './resolve-address-facts.ts'
import { ScriptJudge } from './script-judge.ts'
import { packetPolicy } from './testing/packet-policy.ts'

const skip = process.getuid?.() === 0 ? false : 'needs root'

const RULES = [
  { id: 'pt', when: 'ip.src.country == "PT" and udp.dstport == 53', action: 'drop' },
  { id: 'others', when: 'ip.src.country != "US" and ip.dst.country in {"DE" "FR"}', action: 'drop' },
  { id: 'net', when: 'ip.src.asnum in {13335 15169} or ip.dst.asnum > 400000', action: 'allow' },
  { id: 'listed', when: 'lower(ip.src.country) in $lands', action: 'drop' },
  { id: 'unknown', when: 'not (ip.src.asnum >= 0)', action: 'reset' },
]
const LISTS = [{ name: 'lands', type: 'String', values: ['br', 'in'] }] as const

test('countries and autonomous systems are the same in the kernel as in JavaScript', { skip }, async (context) => {
  const directory = mkdtempSync(join(tmpdir(), 'tidegate-geo-'))
  context.after(() => rmSync(directory, { recursive: true }))
  const geo = new GeoLookup(await loadGeoTables(directory))
  const policy = packetPolicy(RULES, LISTS)
  assert.ok(asksAddressFacts(policy))
  const resolved = resolveAddressFacts(policy, geo)
  const kernel = new BpfJudge({ rules: packetRules(resolved, 0), lists: resolved.lists, management: [] })
  const script = new ScriptJudge(policy, readersWith(geo), [])
  const packet = new Packet('outer')
  const decisive = new Set<string>()
  const segment = udp({ sourcePort: 1, destinationPort: 53, payload: 'x' })
  for (let index = 0; index < 3000; index++) {
    const [source, destination] = [addressOf(index, 0x9e37_79b1), addressOf(index, 0x85eb_ca77)]
    const header = { source: formatIp(source), destination: formatIp(destination) }
    const frame = ethernet(ipv4(header, segment))
    packet.read(frame, 0, frame.length, LINK_TYPE.ethernet)
    const expected = script.judge(packet, 0)
    const seen = kernel.judge(frame)
    assert.equal(typeof seen === 'string' ? seen : seen.ruleId, expected.ruleId, formatIp(source))
    decisive.add(expected.ruleId ?? '')
  }
  assert.deepEqual([...decisive].sort(), ['', 'listed', 'net', 'others', 'pt', 'unknown'])
  for (let index = 0; index < 500; index++) {
    const source = (0x2000n << 112n) | (BigInt(addressOf(index, 0x9e37_79b1)) << 84n)
    const frame = ethernet(ipv6({ source: formatIp(source), destination: '2a00:1450::1' }, segment))
    packet.read(frame, 0, frame.length, LINK_TYPE.ethernet)
    const seen = kernel.judge(frame)
    assert.equal(typeof seen === 'string' ? seen : seen.ruleId, script.judge(packet, 0).ruleId, formatIp(source))
  }
  kernel.close()
})

function addressOf(index: number, spread: number): number {
  return Math.imul(index + 1, spread) >>> 0
}

function readersWith(geo: GeoLookup): Readers<Packet> {
  return {
    read: {
      ...PACKET_READERS.read,
      'ip.src.country': ({ source }) => (source === undefined ? undefined : geo.country(source)),
      'ip.src.asnum': ({ source }) => (source === undefined ? undefined : geo.asn(source)),
      'ip.dst.country': ({ destination }) => (destination === undefined ? undefined : geo.country(destination)),
      'ip.dst.asnum': ({ destination }) => (destination === undefined ? undefined : geo.asn(destination)),
    },
  }
}

test('without address data no packet has a country', () => {
  const resolved = resolveAddressFacts(packetPolicy(RULES, LISTS), undefined)
  assert.deepEqual(
    resolved.lists.flatMap((list) => (list.type === 'IP' ? [list.ranges.count] : [])),
    [0, 0, 0, 0, 0, 0, 0],
  )
  const plain = packetPolicy([{ id: 'a', when: 'ip.src == 192.0.2.1', action: 'drop' }])
  assert.equal(asksAddressFacts(plain), false)
  assert.equal(resolveAddressFacts(plain, undefined), plain)
})
