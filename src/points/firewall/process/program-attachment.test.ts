import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { after, test } from 'node:test'
import type { FirewallConfig } from '#config'
import { BpfAssembler, XDP } from '#wire'
import { loadProgram, XdpLink } from '#net'
import { enterOwnNetwork, makeCable } from '../../../net/bpf/testing/own-network.ts'
import { rehearseFirewall } from '../rehearse.ts'
import { packetPolicy, type WrittenRule } from '../testing/packet-policy.ts'
import { ChosenFilter } from './chosen-filter.ts'
import { networkInterface } from './interfaces.ts'
import { whyBehindDriver } from './program-attachment.ts'

const skip = process.getuid?.() === 0 ? false : 'needs root'
const CABLE = 'answer0'
const ENVIRONMENT = { ...process.env, PATH: `${process.env['PATH']}:/usr/sbin:/sbin` }
const DROP: WrittenRule = { id: 'flood', when: 'udp.dstport == 99', action: 'drop' }
const RESET: WrittenRule = { id: 'telnet', when: 'tcp.dstport == 23', action: 'reset' }

if (skip === false) {
  enterOwnNetwork()
  makeCable(CABLE, 'answer1')
}
const filter = new ChosenFilter((message) => assert.fail(message))
after(() => filter.release())

function configOf(name: string, backend: FirewallConfig['backend'] = 'auto'): FirewallConfig {
  return { interfaces: [{ name, directions: ['in'], protect: [] }], backend, onExit: 'open', management: [] }
}

test('rules that answer are asked where their answers leave a veth', { skip }, () => {
  const modeOf = (rules: readonly WrittenRule[]): string =>
    filter.apply(packetPolicy(rules), configOf(CABLE), 0).interfaces[0].mode
  assert.equal(modeOf([DROP]), 'native')
  assert.equal(modeOf([DROP, RESET]), 'generic')
  assert.equal(modeOf([DROP]), 'generic')
  filter.release()
  const { notes } = rehearseFirewall(packetPolicy([RESET]), configOf(CABLE))
  assert.match(notes[0], /generic XDP, because what native XDP answers gets lost in a veth/)
})

test('a veth whose other end has a program takes native answers', { skip }, () => {
  const pass = loadProgram(new BpfAssembler().mov('r0', XDP.pass).exit().build(), new Map(), 'other_end')
  const link = XdpLink.attach(pass, networkInterface('answer1').index, 'native')
  assert.equal(whyBehindDriver(CABLE, true), undefined)
  link.detach()
  link.close()
})

test('what a driver refuses natively is filtered behind it, and a check says so', { skip }, () => {
  const ip = (...args: readonly string[]): unknown => execFileSync('ip', args, { env: ENVIRONMENT })
  ip('link', 'add', 'jumbo0', 'type', 'veth', 'peer', 'name', 'jumbo1', 'mtu', '9000')
  const queues = (count: string): readonly string[] => ['numrxqueues', count, 'numtxqueues', count]
  ip('link', 'add', 'queues0', ...queues('1'), 'type', 'veth', 'peer', 'name', 'queues1', ...queues('4'))
  for (const name of ['queues0', 'queues1']) ip('link', 'set', name, 'up')
  for (const [name, why] of [
    ['jumbo0', /other end of the veth has an MTU of 9000/],
    ['queues0', /no native XDP/],
  ] as const) {
    assert.match(rehearseFirewall(packetPolicy([DROP]), configOf(name)).notes[0], why)
    for (const backend of ['auto', 'xdp'] as const) {
      const { interfaces, notes } = filter.apply(packetPolicy([DROP]), configOf(name, backend), 0)
      assert.deepEqual(interfaces, [{ name, direction: 'in', mode: 'generic' }])
      assert.match(notes.join(), /generic XDP costs a socket buffer/)
      filter.release()
    }
  }
})

test('packets without an Ethernet header are left to nftables', { skip }, () => {
  execFileSync('ip', ['tuntap', 'add', 'dev', 'layer3', 'mode', 'tun'], { env: ENVIRONMENT })
  for (const { backend, notes } of [
    rehearseFirewall(packetPolicy([DROP]), configOf('layer3')),
    filter.apply(packetPolicy([DROP]), configOf('layer3'), 0),
  ]) {
    assert.equal(backend, 'nftables')
    assert.match(notes[0], /because layer3: its packets have no Ethernet header/)
  }
  filter.release()
  const named = { code: 'ERR_BPF_FAILED', remedy: /backend: nftables/ }
  assert.throws(() => rehearseFirewall(packetPolicy([DROP]), configOf('layer3', 'xdp')), named)
  assert.throws(() => filter.apply(packetPolicy([DROP]), configOf('layer3', 'xdp'), 0), named)
})
