import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Decision, WAF_MATCH } from './decision.ts'
import { explainPolicy, judgementOf } from './explain.ts'
import { type Phase, PHASES } from './phase.ts'
import type { Policy } from './policy.ts'
import type { Rule } from './rule.ts'
import { LISTS, NOW_MS, READERS, type Row, ruleOf, skipOf } from './testing/arbitrary-policy.ts'

const REQUEST: Row = new Map([['http.host', 'shop.test']])
const HIT = 'http.host eq "shop.test"'
const ALLOW = { type: 'allow', terminating: true }
const LOG = { type: 'log', terminating: false }

function judged(phase: Phase): Decision {
  const match = { phase, ruleId: '949110', action: WAF_MATCH, logOnly: false }
  return { verdict: 'block', phase, ruleId: '949110', why: 'the sum is too high', matches: [match] }
}

function explain(phases: Partial<Record<Phase, readonly Rule[]>>, judgement: Decision) {
  const rulesets = PHASES.map((phase) => ({ phase, rules: phases[phase] ?? [] }))
  const policy: Policy = { version: 'v1', rulesets, lists: LISTS }
  const { decision, rules } = explainPolicy(policy, { readers: READERS, judgement }, REQUEST, NOW_MS)
  return {
    decision: [decision.verdict, decision.ruleId],
    states: rules.map(({ ruleId, state }) => `${ruleId} ${state}`),
  }
}

test('what the WAF decided ends the evaluation where it decides', () => {
  const rules = {
    firewall_custom: [ruleOf('note', HIT, { action: LOG })],
    firewall_managed: [ruleOf('tune', HIT, { action: LOG })],
    transform_request: [ruleOf('change', HIT, { action: LOG })],
    transform_response: [ruleOf('answer', HIT, { action: LOG })],
  }
  assert.deepEqual(explain(rules, judged('firewall_managed')), {
    decision: ['block', '949110'],
    states: ['note matched', 'tune matched', 'change not-reached', 'answer not-reached'],
  })
  assert.deepEqual(explain(rules, judged('firewall_response')), {
    decision: ['block', '949110'],
    states: ['note matched', 'tune matched', 'change matched', 'answer not-reached'],
  })
})

test('rules of the policy that stand before it win', () => {
  const judgement = judged('firewall_managed')
  assert.deepEqual(explain({ firewall_custom: [ruleOf('no', HIT)] }, judgement).decision, ['block', 'no'])
  assert.deepEqual(explain({ firewall_custom: [ruleOf('yes', HIT, { action: ALLOW })] }, judgement).decision, [
    'allow',
    'yes',
  ])
  const skip = ruleOf('skip', HIT, { action: skipOf({ phases: ['firewall_managed'] }) })
  assert.deepEqual(explain({ firewall_custom: [skip] }, judgement).decision, ['allow', undefined])
})

test('only a decision of the WAF is a judgement', () => {
  const decision = judged('firewall_managed')
  assert.equal(judgementOf(decision), decision)
  assert.equal(judgementOf({ ...decision, ruleId: 'other' }), undefined)
  assert.equal(judgementOf({ ...decision, matches: [{ ...decision.matches[0], logOnly: true }] }), undefined)
  assert.equal(judgementOf({ verdict: 'allow', why: '', matches: [] }), undefined)
})
