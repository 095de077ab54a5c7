import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import type { FirewallConfig } from '#config'
import { BpfAssembler, XDP } from '#wire'
import { hasTable, listInterfaces, loadProgram, NetlinkSocket, receiveFrames, XdpLink } from '#net'
import { enterOwnNetwork, makeCable } from '../../../net/bpf/testing/own-network.ts'
import { ethernet, ipv4, udp } from '../../../wire/packet/testing/index.ts'
import { packetPolicy, type WrittenRule } from '../testing/packet-policy.ts'
import { ChosenFilter } from './chosen-filter.ts'

const skip = process.getuid?.() === 0 ? false : 'needs root'
const CONFIG: FirewallConfig = {
  interfaces: [{ name: 'choice0', directions: ['in'], protect: [] }],
  backend: 'auto',
  onExit: 'open',
  management: [],
}
const FLOOD: WrittenRule = { id: 'flood', when: 'udp.dstport == 99', action: 'drop' }
const TRACKED: WrittenRule = { id: 'tracked', when: 'ct.state == "invalid"', action: 'drop' }
const FRAME = ethernet(
  ipv4(
    { source: '198.51.100.7', destination: '203.0.113.9' },
    udp({ sourcePort: 4000, destinationPort: 99, payload: Buffer.alloc(18) }),
  ),
)

if (skip === false) enterOwnNetwork()
const index = skip === false ? makeCable('choice0', 'choice1')[0] : 0
const filter = new ChosenFilter((message) => assert.fail(message))
after(() => filter.release())

function inject(count: number): void {
  const pass = loadProgram(new BpfAssembler().mov('r0', XDP.pass).exit().build(), new Map(), 'inject')
  receiveFrames(pass, FRAME, index, count)
  pass.close()
}

function where(): { readonly xdp: boolean; readonly nftables: boolean } {
  const socket = new NetlinkSocket('netfilter')
  const nftables = hasTable(socket, 'netdev', 'tidegate') || hasTable(socket, 'inet', 'tidegate')
  socket.close()
  const xdp = listInterfaces().some(({ name, xdpPrograms }) => name === 'choice0' && xdpPrograms.length > 0)
  return { xdp, nftables }
}

test('by itself it takes XDP, and nftables for rules that XDP cannot ask, and says why', { skip }, () => {
  const first = filter.apply(packetPolicy([FLOOD]), CONFIG, 0)
  assert.deepEqual([first.backend, first.notes, first.interfaces[0].mode], ['xdp', [], 'native'])
  assert.deepEqual(where(), { xdp: true, nftables: false })
  const second = filter.apply(packetPolicy([FLOOD, TRACKED]), CONFIG, 0)
  assert.equal(second.backend, 'nftables')
  assert.match(second.notes[0], /^nftables, because rule tracked: eBPF sees packets before connections are tracked/)
  assert.deepEqual(where(), { xdp: false, nftables: true })
  assert.equal(filter.rules.length, 2)
  const third = filter.apply(packetPolicy([FLOOD]), CONFIG, 0)
  assert.equal(third.backend, 'xdp')
  assert.deepEqual(where(), { xdp: true, nftables: false })
})

test('what was counted stays counted when another one filters', { skip }, () => {
  filter.apply(packetPolicy([FLOOD]), { ...CONFIG, backend: 'nftables' }, 0)
  // A veth takes frames of a test run only when it has a program.
  const pass = loadProgram(new BpfAssembler().mov('r0', XDP.pass).exit().build(), new Map(), 'pass')
  const link = XdpLink.attach(pass, index, 'native')
  inject(20)
  link.detach()
  link.close()
  const counted = (): number | undefined => filter.counters().find(({ ruleId }) => ruleId === 'flood')?.packets
  assert.equal(counted(), 20)
  filter.apply(packetPolicy([FLOOD]), { ...CONFIG, backend: 'xdp' }, 0)
  assert.equal(counted(), 20)
})

test('a backend that was asked for by name is not replaced by another one', { skip }, () => {
  assert.throws(() => filter.apply(packetPolicy([TRACKED]), { ...CONFIG, backend: 'xdp' }, 0), {
    code: 'ERR_RULE_INVALID',
    message: /rule tracked: eBPF/,
  })
  assert.deepEqual(where(), { xdp: true, nftables: false })
})

test('where another program is in the way, it filters by nftables beside it', { skip }, () => {
  filter.release()
  const theirs = loadProgram(new BpfAssembler().mov('r0', XDP.pass).exit().build(), new Map(), 'somebody_else')
  const link = XdpLink.attach(theirs, index, 'native')
  const state = filter.apply(packetPolicy([FLOOD]), CONFIG, 0)
  assert.equal(state.backend, 'nftables')
  assert.match(state.notes[0], /because .*somebody_else/)
  filter.release()
  assert.deepEqual(where(), { xdp: true, nftables: false })
  link.detach()
})
