import assert from 'node:assert/strict'
import test from 'node:test'
import type { PacketHook } from '#rules'
import { LINK_TYPE, Packet } from '#wire'
import { ethernet, ipv4, tcp, TCP_FLAG } from '../../../wire/packet/testing/index.ts'
import { BpfJudge } from '../bpf-judge.ts'
import { PacketJudge } from '../packet-judge.ts'
import { packetRules } from '../packet-rules.ts'
import { packetPolicy, type WrittenRule } from '../testing/packet-policy.ts'
import { compileHookPrograms } from './hook-programs.ts'

const skip = process.getuid?.() === 0 ? false : 'needs root'

const HOOKS: readonly PacketHook[] = [
  { interfaceName: 'lan', direction: 'in' },
  { interfaceName: 'wan', direction: 'in' },
  { interfaceName: 'dmz', direction: 'in' },
  { interfaceName: 'lan', direction: 'out' },
  { interfaceName: 'wan', direction: 'out' },
]

function compiled(...rules: readonly WrittenRule[]): ReturnType<typeof compileHookPrograms> {
  return compileHookPrograms({ rules: packetRules(packetPolicy(rules), 0), lists: [], management: [] }, HOOKS)
}

function groups(...rules: readonly WrittenRule[]): readonly string[] {
  return compiled(...rules).programs.map(({ hooks }) =>
    hooks.map(({ interfaceName, direction }) => `${interfaceName} ${direction}`).join(),
  )
}

test('places whose packets are asked the same share a program', () => {
  const plain: WrittenRule = { id: 'plain', when: 'tcp.dstport == 1', action: 'drop' }
  const everywhere = ['lan in,wan in,dmz in', 'lan out,wan out']
  assert.deepEqual(groups(plain), everywhere)
  assert.deepEqual(groups(plain, { id: 'out', when: 'packet.direction == "out"', action: 'log' }), everywhere)
  assert.deepEqual(groups({ id: 'lan', when: 'packet.interface == "lan" and ip.ttl == 1', action: 'drop' }), [
    'lan in',
    'wan in,dmz in',
    'lan out',
    'wan out',
  ])
})

test('programs share the maps of rules, and have tables of their own', () => {
  const rules = Array.from({ length: 20 }, (_, index) => ({
    id: `r${index}`,
    when: `ip.src == 192.0.2.${index} and tcp.dstport == ${index} and packet.interface in {"lan" "wan"}`,
    action: index === 0 ? { rate_limit: { per: ['ip.src'], packets: 5 } } : 'drop',
  }))
  const { programs, maps } = compiled(...rules)
  const names = maps.map(({ spec }) => spec.name)
  assert.equal(new Set(names).size, names.length)
  assert.equal(names.filter((name) => name === 'counters' || name === 'limits').length, 2)
  const named = programs.map(({ program }) => new Set(program.maps.map(({ map }) => map)))
  assert.ok(named.every((own) => [...own].every((name) => names.includes(name))))
  const tables = named.map((own) => [...own].filter((name) => name.endsWith(' vectors')))
  assert.equal(new Set(tables.flat()).size, tables.flat().length)
})

const RULES: readonly WrittenRule[] = [
  { id: 'cookie', when: 'tcp.dstport == 443', action: 'syn_cookie' },
  { id: 'reset', when: 'tcp.dstport == 23', action: 'reset' },
  { id: 'lost', when: 'tcp.out_of_state and tcp.dstport == 80', action: 'drop' },
  { id: 'known', when: 'not tcp.out_of_state and tcp.dstport == 81', action: 'drop' },
]

const OUTGOING: readonly (readonly [port: number, flags: number, ruleId: string | undefined, why: string])[] = [
  [443, TCP_FLAG.syn, undefined, 'nobody gives cookies to servers elsewhere'],
  [23, TCP_FLAG.syn, 'reset', 'nothing is answered, but it is dropped'],
  [80, TCP_FLAG.ack, undefined, 'no connection is remembered by what goes out'],
  [81, TCP_FLAG.ack, 'known', 'so that it is never out of state'],
]

test('what answers, and what remembers, is about what comes in', { skip }, () => {
  const policy = packetPolicy(RULES)
  const hook = HOOKS[3]
  const kernel = new BpfJudge({ rules: packetRules(policy, 0), lists: [], management: [], hook })
  const script = new PacketJudge(policy, [], 0)
  const packet = new Packet('outer')
  for (const [destinationPort, flags, ruleId, why] of OUTGOING) {
    const segment = tcp({ sourcePort: 7, destinationPort, flags })
    const frame = ethernet(ipv4({ source: '192.0.2.1', destination: '198.51.100.7' }, segment))
    packet.read(frame, 0, frame.length, LINK_TYPE.ethernet)
    const decision = kernel.judge(frame)
    assert.deepEqual(decision, script.judge(packet, 0, hook), why)
    assert.equal(typeof decision === 'string' ? decision : decision.ruleId, ruleId, why)
  }
  kernel.close()
})
