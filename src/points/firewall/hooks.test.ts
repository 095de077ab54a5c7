import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { FirewallConfig } from '#config'
import { EgressLink, loadProgram, TapDevice } from '#net'
import type { PacketDirection } from '#rules'
import { BpfAssembler, parseCidr, TCX } from '#wire'
import { enterOwnNetwork } from '../../net/bpf/testing/own-network.ts'
import { ethernet, ipv4, udp } from '../../wire/packet/testing/index.ts'
import { NftFirewall } from './nftables/nft-firewall.ts'
import { networkInterface } from './process/interfaces.ts'
import type { PacketFilter } from './process/packet-filter.ts'
import type { PacketSample } from './process/messages.ts'
import { XdpFirewall } from './process/xdp-firewall.ts'
import { packetPolicy, type WrittenRule } from './testing/packet-policy.ts'

const skip = process.getuid?.() === 0 ? false : 'needs root'

if (skip === false) enterOwnNetwork()
const devices = skip === false ? { lan: new TapDevice('hooklan'), wan: new TapDevice('hookwan') } : undefined
after(() => Object.values(devices ?? {}).forEach((device) => device.close()))

type Name = 'lan' | 'wan'

const BOTH: readonly PacketDirection[] = ['in', 'out']
const CONFIG: FirewallConfig = {
  interfaces: [
    { name: 'hooklan', directions: BOTH, protect: [] },
    { name: 'hookwan', directions: BOTH, protect: [] },
  ],
  backend: 'auto',
  onExit: 'open',
  management: [parseCidr('203.0.113.0/24')!],
}

/** Some networks send frames of their own; nobody else uses this port. */
function frame(destinationPort: number, addresses: { source?: string; destination?: string } = {}): Buffer {
  const { source = '198.51.100.7', destination = '192.0.2.9' } = addresses
  return ethernet(ipv4({ source, destination }, udp({ sourcePort: 7, destinationPort, payload: Buffer.alloc(100) })))
}

function pass(name: Name, direction: PacketDirection, bytes: Buffer): void {
  const device = devices![name]
  if (direction === 'in') device.receive(bytes)
  else device.send(bytes)
}

const RULES: readonly WrittenRule[] = [
  { id: 'lan', when: 'packet.interface == "hooklan" and udp.dstport == 1', action: 'drop' },
  { id: 'out', when: 'packet.direction == "out" and udp.dstport == 2', action: 'drop' },
  {
    id: 'wan-in',
    when: 'packet.direction == "in" and packet.interface != "hooklan" and udp.dstport == 3',
    action: 'drop',
  },
  { id: 'everywhere', when: 'udp.dstport == 4', action: 'drop' },
  { id: 'noted', when: 'udp.dstport == 5', action: 'log' },
  { id: 'answered', when: 'udp.dstport == 6', action: 'reset' },
  { id: 'long', when: `frame.len == ${frame(8).length} and udp.dstport == 8`, action: 'log' },
  { id: 'strange', when: 'starts_with(packet.interface, "hookw") xor udp.dstport == 7', action: 'log' },
]

const COUNTED: Readonly<Record<string, number>> = {
  lan: 2,
  out: 2,
  'wan-in': 1,
  everywhere: 4,
  noted: 4,
  answered: 4,
  long: 4,
}

const BACKENDS: readonly (readonly [name: string, open: () => PacketFilter])[] = [
  ['eBPF', () => new XdpFirewall()],
  ['nftables', () => new NftFirewall((message) => assert.fail(message))],
]

for (const [backend, open] of BACKENDS) {
  test(`${backend}: rules hold where they say, and everywhere when they say nothing`, { skip }, async () => {
    const filter = open()
    try {
      const state = filter.apply(packetPolicy(RULES), CONFIG, 0)
      assert.deepEqual(
        state.interfaces.map(({ name, direction }) => `${name} ${direction}`),
        ['hooklan in', 'hooklan out', 'hookwan in', 'hookwan out'],
      )
      for (const name of ['lan', 'wan'] as const) {
        for (const direction of BOTH) for (let port = 1; port <= 8; port++) pass(name, direction, frame(port))
      }
      const packets = new Map(filter.counters().map(({ ruleId = '', packets }) => [ruleId, packets]))
      for (const [id, expected] of Object.entries(COUNTED)) assert.equal(packets.get(id), expected, id)
      await sleep(50)
      const samples: PacketSample[] = []
      filter.drainSamples((sample) => samples.push(sample))
      const seen = samples.filter(({ rule }) => rule?.ruleId === 'noted')
      const places = seen.map(({ interfaceName, direction }) => `${interfaceName} ${direction}`)
      assert.deepEqual(places.sort(), ['hooklan in', 'hooklan out', 'hookwan in', 'hookwan out'])
      for (const { frameBytes, head } of seen) {
        assert.equal(frameBytes, frame(5).length)
        assert.deepEqual(Buffer.from(head.subarray(12)), frame(5).subarray(12, head.length))
      }
    } finally {
      filter.release()
    }
  })

  test(`${backend}: management is let be in both directions`, { skip }, () => {
    const filter = open()
    try {
      filter.apply(packetPolicy([{ id: 'all', when: 'udp.srcport == 7', action: 'drop' }]), CONFIG, 0)
      pass('lan', 'in', frame(9, { source: '203.0.113.5' }))
      pass('lan', 'out', frame(9, { destination: '203.0.113.5' }))
      const count = (): number | undefined => filter.counters().find(({ ruleId }) => ruleId === 'all')?.packets
      assert.equal(count(), 0)
      pass('lan', 'in', frame(9, { destination: '203.0.113.5' }))
      pass('lan', 'out', frame(9, { source: '203.0.113.5' }))
      assert.equal(count(), 2)
      const rows = filter
        .counters()
        .map(({ ruleId, management, packets, bytes }) => [ruleId ?? management, packets, bytes])
      const [, ...known] = rows
      const bytes = 2 * frame(9).length
      assert.deepEqual(known, [
        ['all', 2, bytes],
        [true, 2, bytes],
      ])
    } finally {
      filter.release()
    }
  })

  test(`${backend}: a limit of a source counts its packets in both directions together`, { skip }, () => {
    const filter = open()
    const limit = { rate_limit: { per: ['l4.dstport'], packets: 6, period: '1h', burst: 6 } }
    try {
      filter.apply(packetPolicy([{ id: 'limit', when: 'udp.srcport == 7', action: limit }]), CONFIG, 0)
      for (let turn = 0; turn < 5; turn++) for (const direction of BOTH) pass('wan', direction, frame(9))
      const counter = filter.counters().find(({ ruleId }) => ruleId === 'limit')
      assert.deepEqual([counter?.packets, counter?.over], [10, 4])
    } finally {
      filter.release()
    }
  })

  test(`${backend}: directions and interfaces come and go, and nothing is left behind`, { skip }, () => {
    const filter = open()
    const policy = packetPolicy([{ id: 'all', when: 'udp.srcport == 7', action: 'drop' }])
    const only = (name: string, directions: readonly PacketDirection[]): FirewallConfig => ({
      ...CONFIG,
      interfaces: [{ name, directions, protect: [] }],
    })
    const count = (): number => filter.counters().find(({ ruleId }) => ruleId === 'all')?.packets ?? 0
    const seen = (config: FirewallConfig): readonly string[] => {
      filter.apply(policy, config, 0)
      return (['lan', 'wan'] as const).flatMap((name) =>
        BOTH.filter((direction) => {
          const before = count()
          pass(name, direction, frame(9))
          return count() > before
        }).map((direction) => `${name} ${direction}`),
      )
    }
    try {
      assert.deepEqual(seen(only('hooklan', ['out'])), ['lan out'])
      assert.deepEqual(seen(CONFIG), ['lan in', 'lan out', 'wan in', 'wan out'])
      assert.deepEqual(seen(only('hookwan', ['in'])), ['wan in'])
      assert.deepEqual(seen(only('hookwan', BOTH)), ['wan in', 'wan out'])
    } finally {
      filter.release()
    }
  })
}

const PUSH_VLAN = 18
const VLAN_TYPE_AS_READ = 0x0081

test('eBPF: a VLAN tag that stands beside what goes out is seen as it will be on the wire', { skip }, async () => {
  const asm = new BpfAssembler()
    .mov('r2', VLAN_TYPE_AS_READ)
    .mov('r3', (5 << 13) | 7)
    .call(PUSH_VLAN)
  const push = loadProgram(asm.mov('r0', TCX.next).exit().build(), new Map(), 'push', 'egress')
  const { index } = networkInterface('hooklan')
  const link = EgressLink.attach(push, index)
  const filter = new XdpFirewall()
  const tagged = 'vlan.id == 7 and vlan.priority == 5 and eth.type == 0x8100 and udp.dstport == 9'
  try {
    filter.apply(
      packetPolicy([{ id: 'tagged', when: `${tagged} and frame.len == ${frame(9).length + 4}`, action: 'log' }]),
      CONFIG,
      0,
    )
    pass('lan', 'out', frame(9))
    pass('wan', 'out', frame(9))
    const counter = filter.counters().find(({ ruleId }) => ruleId === 'tagged')
    assert.deepEqual([counter?.packets, counter?.bytes], [1, frame(9).length + 4])
    await sleep(20)
    const heads: string[] = []
    filter.drainSamples(
      ({ rule, head }) => rule?.ruleId === 'tagged' && heads.push(Buffer.from(head.subarray(12, 20)).toString('hex')),
    )
    assert.deepEqual(heads, ['8100a00708004500'])
  } finally {
    filter.release()
    link.close()
    push.close()
  }
})
