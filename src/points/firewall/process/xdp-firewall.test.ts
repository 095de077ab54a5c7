import assert from 'node:assert/strict'
import test from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { FirewallConfig } from '#config'
import { listXdpLinks, loadProgram, receiveFrames, XdpLink } from '#net'
import { BpfAssembler, type IpRange, parseCidr, XDP } from '#wire'
import { enterOwnNetwork, makeCable } from '../../../net/bpf/testing/own-network.ts'
import { ethernet, ipv4, udp } from '../../../wire/packet/testing/index.ts'
import { PROGRAM_NAMES } from '../program/layout.ts'
import { addressList, packetPolicy, type WrittenRule } from '../testing/packet-policy.ts'
import { XdpFirewall } from './xdp-firewall.ts'

const skip = process.getuid?.() === 0 ? false : 'needs root'
const DEVICE = 'tglists'
const FIREWALL: FirewallConfig = {
  interfaces: [{ name: DEVICE, directions: ['in'], protect: [] }],
  backend: 'xdp',
  onExit: 'open',
  management: [],
}
const RULES = [{ id: 'bad', when: 'ip.src in $bad', action: 'drop' }] as const
/** The other end takes frames off the cable when it gets to it. */
const DELIVERY_MS = 50

test('when only entries of lists change, the program stays, and packets meet the new list', { skip }, async () => {
  enterOwnNetwork()
  const [peer] = makeCable(`${DEVICE}p`, DEVICE)
  // A veth takes frames of a test run only when it has a program.
  const send = loadProgram(new BpfAssembler().mov('r0', XDP.tx).exit().build(), new Map(), 'send')
  const sender = XdpLink.attach(send, peer, 'native')
  const firewall = new XdpFirewall()
  const policyOf = (version: string, prefixes: readonly string[], rules: readonly WrittenRule[] = RULES) => ({
    ...packetPolicy(rules, [addressList('bad', prefixes)]),
    version,
  })
  firewall.apply(policyOf('one', ['198.51.100.0/24']), FIREWALL, 0)
  const { linkId } = listXdpLinks().findLast(({ programName }) => programName === PROGRAM_NAMES.in) ?? assert.fail()
  const program = (): number | undefined => listXdpLinks().find((link) => link.linkId === linkId)?.programId
  const first = program()
  /** How many packets were dropped, after one more from a source. */
  const droppedAfter = async (source: string): Promise<number> => {
    receiveFrames(send, frameOf(source), peer)
    await sleep(DELIVERY_MS)
    return firewall.counters().find(({ ruleId }) => ruleId === 'bad')?.packets ?? 0
  }

  assert.equal(await droppedAfter('198.51.100.7'), 1)
  const state = firewall.apply(policyOf('two', ['198.51.100.0/24', '203.0.113.7/32']), FIREWALL, 0)
  assert.equal(state.policyVersion, 'two')
  assert.equal(await droppedAfter('203.0.113.7'), 2)
  firewall.changeList('bad', [cidr('192.0.2.0/24')], [cidr('198.51.100.0/24')])
  assert.equal(await droppedAfter('192.0.2.77'), 3)
  assert.equal(await droppedAfter('198.51.100.7'), 3)
  assert.equal(program(), first)

  firewall.apply(policyOf('three', ['192.0.2.0/24'], [{ ...RULES[0], action: 'allow' }]), FIREWALL, 0)
  assert.notEqual(program(), first, 'another rule is another program')
  assert.throws(() => firewall.changeList('none', [], []), /no list of addresses named none/)
  const nothing = 'not (frame.len > 60) and not (ip.version in {4 6})'
  firewall.apply(packetPolicy([{ id: 'nothing', when: nothing, action: 'drop' }]), FIREWALL, 0)
  assert.equal(firewall.counters().find(({ ruleId }) => ruleId === 'nothing')?.packets, 0, 'no packet came')
  firewall.drainSamples(({ rule }) => assert.notEqual(rule?.ruleId, 'nothing'))
  firewall.release()
  assert.throws(() => firewall.changeList('bad', [], []), /no rules are in force/)
  sender.close()
  send.close()
})

function frameOf(source: string): Buffer {
  return ethernet(ipv4({ source, destination: '192.0.2.9' }, udp({ sourcePort: 1, destinationPort: 2, payload: 'x' })))
}

function cidr(text: string): IpRange {
  return parseCidr(text) ?? assert.fail(text)
}
