import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import type { FirewallConfig } from '#config'
import { applyNft, bringUp, enterOwnNetwork, hasTable, listNft, NetlinkSocket, TapDevice } from '#net'
import { ethernet, ipv4, udp } from '../../../wire/packet/testing/index.ts'
import type { PacketSample } from '../process/messages.ts'
import { addressList, packetPolicy, type WrittenRule } from '../testing/packet-policy.ts'
import { NftFirewall } from './nft-firewall.ts'

const skip = process.getuid?.() === 0 ? false : 'needs root'
const CONFIG: FirewallConfig = {
  interfaces: [{ name: 'test0', directions: ['in'], protect: [] }],
  backend: 'nftables',
  onExit: 'open',
  management: [],
}
const FLOOD: WrittenRule = { id: 'flood', when: 'udp.dstport == 99 and not ip.src in $friends', action: 'drop' }
const LIMIT: WrittenRule = {
  id: 'limit',
  when: 'udp.dstport == 98',
  action: { rate_limit: { per: ['ip.src'], packets: 5, period: '1h' } },
}
const FRIENDS = addressList('friends', ['192.0.2.0/24'])

if (skip === false) {
  enterOwnNetwork()
  bringUp('lo')
}
const device = skip === false ? new TapDevice('test0') : undefined
const faults: string[] = []
const firewall = skip === false ? new NftFirewall((message) => faults.push(message)) : undefined
after(() => {
  firewall?.release()
  device?.close()
})

function send(destinationPort: number, count: number, source: string = '198.51.100.7'): void {
  const segment = udp({ sourcePort: 4000, destinationPort, payload: Buffer.alloc(18) })
  const frame = ethernet(ipv4({ source, destination: '203.0.113.9' }, segment))
  for (let sent = 0; sent < count; sent++) device?.receive(frame)
}

function counted(ruleId: string | undefined): readonly [packets: number, bytes: number, over: number] {
  const { packets = 0, bytes = 0, over = 0 } = firewall?.counters().find((each) => each.ruleId === ruleId) ?? {}
  return [packets, bytes, over]
}

/** Packets that the kernel hands over at once: they were counted before they come. */
const IN_FLIGHT = 64
const FRAME_BYTES = 14 + 20 + 8 + 18

test('rules drop, limit and count packets; what none decided about is counted too', { skip }, () => {
  const state = firewall?.apply(packetPolicy([FLOOD, LIMIT], [FRIENDS]), CONFIG, Date.now())
  assert.deepEqual(state?.interfaces, [{ name: 'test0', direction: 'in', mode: 'nftables' }])
  send(99, 10)
  send(99, 3, '192.0.2.9')
  send(98, 12)
  assert.deepEqual(counted('flood'), [10, 10 * FRAME_BYTES, 0])
  assert.deepEqual(counted('limit'), [12, 12 * FRAME_BYTES, 7])
  assert.equal(counted(undefined)[0], 8)
})

test('samples have the frame, the rule and a weight', { skip }, () => {
  const samples: PacketSample[] = []
  firewall?.drainSamples((sample) => samples.push(sample))
  send(99, 500)
  firewall?.drainSamples((sample) => samples.push(sample))
  const ofFlood = samples.filter(({ rule }) => rule?.ruleId === 'flood')
  const told = ofFlood.reduce((sum, { weight }) => sum + weight, 0)
  assert.ok(Math.abs(told - 510) <= IN_FLIGHT, String(told))
  const [first] = ofFlood
  assert.equal(first.isDropped, true)
  assert.equal(first.interfaceName, 'test0')
  assert.equal(first.frameBytes, FRAME_BYTES)
  assert.equal(Buffer.from(first.head).readUInt16BE(36), 99)
  assert.ok(samples.some(({ rule, isDropped }) => rule === undefined && !isDropped))
})

test('a list changes in the sets that it has, and counters and limits go on', { skip }, () => {
  const chains = JSON.stringify(listNft(['chains']))
  firewall?.apply(packetPolicy([FLOOD, LIMIT], [addressList('friends', ['198.51.100.0/24'])]), CONFIG, Date.now())
  assert.equal(JSON.stringify(listNft(['chains'])), chains)
  const before = counted('flood')[0]
  send(99, 10)
  send(99, 4, '192.0.2.9')
  assert.equal(counted('flood')[0], before + 4)
  const other: WrittenRule = { id: 'other', when: 'icmp', action: 'drop' }
  firewall?.apply(packetPolicy([{ ...other, when: 'ip.proto == 1' }, FLOOD, LIMIT], [FRIENDS]), CONFIG, Date.now())
  assert.notEqual(JSON.stringify(listNft(['chains'])), chains)
  send(98, 3)
  assert.deepEqual(counted('limit').slice(2), [10])
  assert.equal(counted('flood')[0], before + 4)
})

test('what nftables cannot run leaves what runs as it is', { skip }, () => {
  const tables = JSON.stringify(listNft(['chains']))
  const refused: WrittenRule = { id: 'refused', when: 'tcp.len > 5', action: 'drop' }
  const policy = packetPolicy([refused, FLOOD], [FRIENDS])
  assert.throws(() => firewall?.apply(policy, CONFIG, Date.now()), {
    code: 'ERR_RULE_INVALID',
    message: /rule refused/,
  })
  const nowhere: FirewallConfig = {
    ...CONFIG,
    interfaces: [{ name: 'nowhere', directions: ['in'], protect: [] }],
  }
  assert.throws(() => firewall?.apply(packetPolicy([FLOOD], [FRIENDS]), nowhere, Date.now()), {
    code: 'ERR_USAGE',
    message: /no network interface nowhere/,
  })
  assert.equal(JSON.stringify(listNft(['chains'])), tables)
})

test('a thousand rules are looked up rather than asked one by one', { skip }, () => {
  const rules = Array.from({ length: 1000 }, (_, index): WrittenRule => ({
    id: `rule-${index}`,
    when: `ip.dst == 203.0.113.${index % 250} and udp.dstport == ${1000 + index} and ip.ttl > 3`,
    action: 'drop',
  }))
  firewall?.apply(packetPolicy(rules), CONFIG, Date.now())
  send(1509, 2)
  send(1510, 1)
  assert.equal(counted('rule-509')[0], 2)
  const dispatch = listNft(['table', 'netdev', 'tidegate']).filter((each) => JSON.stringify(each).includes('vmap'))
  assert.ok(dispatch.length > 0)
})

test('connections are asked for in a table of their own, which goes when nobody asks any more', { skip }, () => {
  const socket = new NetlinkSocket('netfilter')
  const tracked: WrittenRule = { id: 'tracked', when: 'ct.state == "new" and udp.dstport == 97', action: 'drop' }
  firewall?.apply(packetPolicy([FLOOD, tracked], [FRIENDS]), CONFIG, Date.now())
  assert.ok(hasTable(socket, 'inet', 'tidegate'))
  firewall?.apply(packetPolicy([FLOOD], [FRIENDS]), CONFIG, Date.now())
  assert.equal(hasTable(socket, 'inet', 'tidegate'), false)
  assert.ok(hasTable(socket, 'netdev', 'tidegate'))
  socket.close()
})

test('whoever takes the table away is not unnoticed', { skip }, async () => {
  applyNft('delete table netdev tidegate')
  for (let waited = 0; waited < 100 && faults.length === 0; waited++) {
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  assert.match(faults[0], /taken away: packets pass/)
  assert.deepEqual(firewall?.rules, [])
})
