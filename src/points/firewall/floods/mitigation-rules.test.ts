import assert from 'node:assert/strict'
import test from 'node:test'
import { packetRules } from '../packet-rules.ts'
import { packetPolicy, type WrittenRule } from '../testing/packet-policy.ts'
import { mitigationRule, withMitigations } from './mitigation-rules.ts'

const FLOOD = { id: 'flood-1', when: 'udp.srcport == 53', action: 'drop', destination: '192.0.2.1' } as const

function order(written: readonly WrittenRule[]): readonly string[] {
  const rule = mitigationRule(FLOOD)
  assert.ok(typeof rule !== 'string')
  return packetRules(withMitigations(packetPolicy(written), [rule]), Date.now()).map((each) => each.rule.id)
}

const rule = (id: string, action: string, rest: Partial<WrittenRule> = {}): WrittenRule => ({
  id,
  action,
  when: 'ip.proto == 17',
  phase: 'packet_ddos',
  ...rest,
})

const ORDERS: readonly (readonly [written: readonly WrittenRule[], order: readonly string[], why: string])[] = [
  [[], ['flood-1'], 'without rules of its phase'],
  [[rule('late', 'drop', { phase: 'packet_firewall' })], ['flood-1', 'late'], 'before the other phase'],
  [[rule('a', 'drop'), rule('b', 'log')], ['flood-1', 'a', 'b'], 'before all that do not let pass'],
  [[rule('a', 'drop'), rule('b', 'allow'), rule('c', 'drop')], ['a', 'b', 'flood-1', 'c'], 'behind those who may'],
  [[rule('b', 'allow', { mode: 'log' })], ['flood-1', 'b'], 'a rule that only logs lets nobody pass'],
  [[rule('flood-1', 'drop')], ['flood-1'], 'a promoted rule stands once'],
]

test('rules against floods stand behind those that let packets pass, and before all others', () => {
  for (const [written, expected, why] of ORDERS) assert.deepEqual(order(written), expected, why)
})

test('a limit of a mitigation is a rule, and what is no rule says why', () => {
  const limit = mitigationRule({ ...FLOOD, action: { rate_limit: { per: ['ip.src'], packets: 100, burst: 200 } } })
  assert.ok(typeof limit !== 'string')
  assert.equal(limit.action.type, 'rate_limit')
  assert.match(String(mitigationRule({ ...FLOOD, when: 'http.host == "a"' })), /http\.host/)
})
