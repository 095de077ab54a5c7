import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as fc from 'fast-check'
import { compilePolicy, evaluatePhases } from './engine.ts'
import { decisionOf, joinEvaluations } from './evaluation.ts'
import { explainPolicy } from './explain.ts'
import { type Phase, PHASES, REQUEST_PHASES, RESPONSE_PHASES } from './phase.ts'
import type { Policy } from './policy.ts'
import type { Rule } from './rule.ts'
import { LISTS, NOW_MS, policy, READERS, type Row, row, ruleOf, skipOf } from './testing/arbitrary-policy.ts'

const REQUEST: Row = new Map([['http.host', 'shop.test']])
const HIT = 'http.host eq "shop.test"'
const ALLOW = { type: 'allow', terminating: true }

/** What a point does: the request phases, and those of the answer when the request was let through. */
function decide(written: Policy, request: Row) {
  const compiled = compilePolicy(written, READERS)
  const before = evaluatePhases(compiled, REQUEST_PHASES, request, NOW_MS)
  if (decisionOf(before).verdict !== 'allow') return decisionOf(before)
  const after = evaluatePhases(compiled, [...RESPONSE_PHASES], request, NOW_MS, before.skips)
  return decisionOf(joinEvaluations(before, after))
}

function policyOf(phases: Partial<Record<Phase, readonly Rule[]>>): Policy {
  return { version: 'v1', rulesets: PHASES.map((phase) => ({ phase, rules: phases[phase] ?? [] })), lists: LISTS }
}

describe('explainPolicy', () => {
  it('decides as the engine does, and accounts for every rule', () => {
    fc.assert(
      fc.property(policy, row, (written, request) => {
        const trace = explainPolicy(written, { readers: READERS }, request, NOW_MS)
        assert.deepEqual(trace.decision, decide(written, request))
        assert.equal(trace.complete, true)
        const ids = written.rulesets.flatMap((ruleset) => ruleset.rules).map((rule) => rule.id)
        assert.deepEqual(
          trace.rules.map((rule) => rule.ruleId),
          ids,
        )
        const matched = trace.rules.filter((rule) => rule.state === 'matched').map((rule) => rule.ruleId)
        assert.deepEqual(
          matched,
          trace.decision.matches.map((match) => match.ruleId),
        )
      }),
      { numRuns: 250 },
    )
  })

  it('names the state of each rule', () => {
    const trace = explainPolicy(
      policyOf({
        firewall_custom: [
          ruleOf('off', HIT, { enabled: false }),
          ruleOf('old', HIT, { expiresMs: NOW_MS }),
          ruleOf('skip', HIT, { action: skipOf({ rules: ['named'], phases: ['transform_request'] }) }),
          ruleOf('named', HIT),
          ruleOf('miss', 'http.host eq "x"'),
          ruleOf('unknown', 'http.cookie contains "x"'),
        ],
        transform_request: [ruleOf('transform', HIT)],
        route: [ruleOf('end', HIT, { description: 'ends here' }), ruleOf('late', HIT)],
        transform_response: [ruleOf('answer', HIT)],
      }),
      { readers: READERS, recorded: (field) => field !== 'http.cookie' },
      REQUEST,
      NOW_MS,
    )
    const states = Object.fromEntries(trace.rules.map((rule) => [rule.ruleId, rule.state]))
    assert.deepEqual(states, {
      off: 'disabled',
      old: 'expired',
      skip: 'matched',
      named: 'skipped',
      miss: 'not-matched',
      unknown: 'not-decidable',
      transform: 'skipped',
      end: 'matched',
      late: 'not-reached',
      answer: 'not-reached',
    })
    assert.equal(trace.complete, false)
    assert.deepEqual(
      [trace.decision.verdict, trace.decision.why, trace.decision.phase],
      ['block', 'ends here', 'route'],
    )
    assert.equal(trace.rules.find((rule) => rule.ruleId === 'miss')?.tree?.value, false)
    assert.equal(trace.rules.find((rule) => rule.ruleId === 'named')?.tree, undefined)
  })
})

describe('evaluatePhases', () => {
  it('lets no later phase see a request that was decided', () => {
    const written = policyOf({
      firewall_custom: [ruleOf('pass', HIT, { action: ALLOW })],
      route: [ruleOf('never', HIT)],
      transform_response: [ruleOf('answer', HIT, { action: { type: 'set_header', terminating: false } })],
    })
    const decision = decide(written, REQUEST)
    assert.deepEqual(
      decision.matches.map((match) => match.ruleId),
      ['pass', 'answer'],
    )
    assert.deepEqual([decision.verdict, decision.phase, decision.ruleId], ['allow', 'firewall_custom', 'pass'])
  })

  it('carries skips from phase to phase', () => {
    const written = policyOf({
      firewall_custom: [ruleOf('skip', HIT, { action: skipOf({ phases: ['route'], rules: ['answer'] }) })],
      route: [ruleOf('never', HIT)],
      transform_response: [ruleOf('answer', HIT)],
    })
    assert.deepEqual(
      decide(written, REQUEST).matches.map((match) => match.ruleId),
      ['skip'],
    )
  })

  it('joins the rulesets of one phase in order', () => {
    const rulesets = ['a', 'b'].map((id) => ({
      phase: 'firewall_custom' as const,
      rules: [ruleOf(id, HIT, { action: { type: 'log', terminating: false } })],
    }))
    const decision = decide({ version: 'v1', rulesets, lists: [] }, REQUEST)
    assert.deepEqual(
      decision.matches.map((match) => match.ruleId),
      ['a', 'b'],
    )
    assert.equal(decision.verdict, 'allow')
  })
})
