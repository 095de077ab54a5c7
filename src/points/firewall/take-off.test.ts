import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import test from 'node:test'
import {
  applyNft,
  EgressLink,
  hasTable,
  listEgressPrograms,
  listInterfaces,
  loadProgram,
  NetlinkSocket,
  XdpLink,
} from '#net'
import { BpfAssembler, TCX, XDP } from '#wire'
import { enterOwnNetwork, makeCable } from '../../net/bpf/testing/own-network.ts'
import { PROGRAM_NAMES } from './program/layout.ts'
import { takeFirewallOff } from './take-off.ts'

const skip = process.getuid?.() === 0 ? false : 'needs root'

/** `firewall off` in another network of this machine. */
function takeOffElsewhere(): string {
  return execFileSync('unshare', ['-n', process.execPath, 'bin/tidegate.mjs', 'firewall', 'off'], { encoding: 'utf8' })
}

test('only what is in this network is taken off', { skip }, () => {
  enterOwnNetwork()
  const [index] = makeCable('off0', 'off1')
  const pass = (name: string): ReturnType<typeof loadProgram> =>
    loadProgram(new BpfAssembler().mov('r0', XDP.pass).exit().build(), new Map(), name)
  const [ours, others] = [pass(PROGRAM_NAMES.in), pass('somebody_else')]
  XdpLink.attach(ours, index, 'native')
  const [, otherIndex] = makeCable('off2', 'off3')
  XdpLink.attach(others, otherIndex, 'native')
  const outgoing = (name: string): ReturnType<typeof loadProgram> =>
    loadProgram(new BpfAssembler().mov('r0', TCX.next).exit().build(), new Map(), name, 'egress')
  EgressLink.attach(outgoing('somebody_else'), index)
  for (const each of [index, otherIndex]) EgressLink.attach(outgoing(PROGRAM_NAMES.out), each)
  applyNft('table inet tidegate { }; table inet others { }')
  const programs = (): string[] =>
    listInterfaces().flatMap(({ name, xdpPrograms }) => (xdpPrograms.length === 0 ? [] : [name]))
  assert.match(takeOffElsewhere(), /no packet rule of Tidegate was in force/)
  assert.deepEqual(programs().sort(), ['off0', 'off3'])
  assert.deepEqual(takeFirewallOff(), { interfaces: ['off0', 'off3'], hadTable: true, settings: [] })
  const left = [index, otherIndex].map((each) => listEgressPrograms(each)?.map(({ programName }) => programName))
  assert.deepEqual(left, [['somebody_else'], []])
  assert.deepEqual(programs(), ['off3'])
  const socket = new NetlinkSocket('netfilter')
  assert.equal(hasTable(socket, 'inet', 'tidegate'), false)
  assert.ok(hasTable(socket, 'inet', 'others'))
  socket.close()
  assert.deepEqual(takeFirewallOff(), { interfaces: [], hadTable: false, settings: [] })
})
