import assert from 'node:assert/strict'
import test from 'node:test'
import { packetRules } from '../packet-rules.ts'
import { packetPolicy, type WrittenRule } from '../testing/packet-policy.ts'
import { type Stage, stagesOf } from './stages.ts'

const EARLY: WrittenRule = { id: 'early', when: 'ip.frag == 2', action: 'drop', phase: 'packet_ddos' }
const PARTNER: WrittenRule = { id: 'partner', when: 'ip.src == 192.0.2.1', action: 'allow', phase: 'packet_ddos' }
const WEB: WrittenRule = { id: 'web', when: 'tcp.dstport == 80', action: 'drop' }
const TRACKED: WrittenRule = { id: 'tracked', when: 'ct.state in {"new" "invalid"}', action: 'drop' }

function stages(...rules: readonly WrittenRule[]): readonly Stage[] {
  return stagesOf(packetRules(packetPolicy(rules), 0))
}

test('without connections everything is asked at ingress', () => {
  const [stage, ...others] = stages(EARLY, PARTNER, WEB)
  assert.equal(others.length, 0)
  assert.deepEqual([stage.hook, stage.rules.map(({ slot }) => slot)], ['ingress', [1, 2, 3]])
})

test('with connections the phase packet_firewall is asked behind their tracking', () => {
  const [first, second] = stages(EARLY, PARTNER, WEB, TRACKED)
  assert.deepEqual([first.hook, first.rules.map(({ rule }) => rule.id)], ['ingress', ['early', 'partner']])
  assert.deepEqual(
    [second.hook, second.rules.map(({ rule, slot }) => [rule.id, slot])],
    [
      'prerouting',
      [
        ['web', 3],
        ['tracked', 4],
      ],
    ],
  )
  assert.deepEqual(
    second.allowed.map(({ rule }) => rule.id),
    ['partner'],
  )
})

const REFUSED: readonly (readonly [rules: readonly WrittenRule[], message: RegExp])[] = [
  [[{ ...TRACKED, phase: 'packet_ddos' }], /rule tracked: .*not known yet in the phase packet_ddos/],
  [
    [TRACKED, { ...EARLY, phase: 'packet_firewall' }],
    /rule early: .*behind connection tracking `ip\.frag` cannot be seen/,
  ],
  [[{ ...EARLY, action: 'allow' }, TRACKED], /rule early: /],
  [[{ id: 'a', when: 'tcp.len > 5', action: 'drop' }], /rule a: nftables cannot subtract/],
  [[{ id: 'a', when: 'tcp', action: { rate_limit: { per: ['vlan.id'], packets: 1 } } }], /rule a: .*`vlan\.id`/],
]

test('a rule that cannot be asked where it stands is refused', () => {
  for (const [rules, message] of REFUSED) {
    const written = rules.map((rule) => ({ ...rule, when: rule.when === 'tcp' ? 'ip.proto == 6' : rule.when }))
    assert.throws(() => stages(...written), { code: 'ERR_RULE_INVALID', message })
  }
})

test('what goes out is asked at egress, and behind connection tracking where a rule asks for it', () => {
  const hooks = [
    { interfaceName: 'lan', direction: 'in' },
    { interfaceName: 'lan', direction: 'out' },
    { interfaceName: 'wan', direction: 'out' },
  ] as const
  const asked = (...rules: readonly WrittenRule[]): unknown =>
    stagesOf(packetRules(packetPolicy(rules), 0), hooks).map(({ hook, interfaces, rules: each }) => [
      hook,
      interfaces.join(),
      each.map(({ rule, slot }) => `${rule.id} ${slot}`).join(),
    ])
  const outside: WrittenRule = {
    id: 'outside',
    when: 'packet.direction == "out" and tcp.dstport == 25',
    action: 'drop',
  }
  const proxy: WrittenRule = { id: 'proxy', when: 'tcp.dstport == 80', action: 'synproxy' }
  assert.deepEqual(asked(EARLY, outside, WEB), [
    ['ingress', 'lan', 'early 1,web 3'],
    ['egress', 'lan,wan', 'early 1,outside 2,web 3'],
  ])
  assert.deepEqual(asked(EARLY, outside, proxy, TRACKED), [
    ['ingress', 'lan', 'early 1'],
    ['prerouting', 'lan', 'proxy 3,tracked 4'],
    ['egress', 'lan,wan', 'early 1'],
    ['postrouting', 'lan,wan', 'outside 2,tracked 4'],
  ])
})
