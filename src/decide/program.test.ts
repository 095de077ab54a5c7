import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as fc from 'fast-check'
import { compilePredicate } from '#rules'
import { buildLists } from './lists.ts'
import { compileRuleset } from './program.ts'
import type { Rule } from './rule.ts'
import { Skips } from './skips.ts'
import { LISTS, READERS, type Row, row, ruleOf, skipOf } from './testing/arbitrary-policy.ts'
import { ruleText } from './testing/arbitrary-rule-text.ts'

const ENVIRONMENT = { readers: READERS, lists: buildLists(LISTS) }
const NOW_MS = 1_000_000
const LOG = { type: 'log', terminating: false }
const REQUEST: Row = new Map([['http.host', 'shop.test']])
const HIT = 'http.host eq "shop.test"'
const MISS = 'http.host eq "other.test"'

function evaluate(rules: readonly Rule[], skips?: Skips) {
  const program = compileRuleset({ phase: 'firewall_custom', rules }, ENVIRONMENT)
  const evaluation = program.evaluate(REQUEST, NOW_MS, skips)
  return {
    matched: evaluation.matches.map((match) => match.ruleId),
    applied: evaluation.applied.map((rule) => rule.id),
    terminal: evaluation.terminal?.id,
    evaluation,
  }
}

describe('a ruleset as one program', () => {
  it('matches exactly the rules that match one by one', () => {
    const someTexts = fc.array(ruleText, { minLength: 1, maxLength: 20 })
    fc.assert(
      fc.property(someTexts, fc.array(row, { minLength: 1, maxLength: 8 }), (all, rows) => {
        // Each text stands there several times, so that its operands are worth looking up.
        const texts = [...all, ...all, ...all, ...all]
        const rules = texts.map((text, n) => ruleOf(`rule-${n}`, text, { action: LOG }))
        const program = compileRuleset({ phase: 'firewall_custom', rules }, ENVIRONMENT)
        const predicates = rules.map((rule) => compilePredicate(rule.expression, ENVIRONMENT))
        for (const each of rows) {
          const matched = program.evaluate(each, NOW_MS).matches.map((match) => match.ruleId)
          const expected = rules.filter((_, n) => predicates[n](each)).map((rule) => rule.id)
          assert.deepEqual(matched, expected)
        }
      }),
      { numRuns: 400 },
    )
  })

  it('ends at the first terminating rule', () => {
    const rules = [
      ruleOf('miss', MISS),
      ruleOf('log', HIT, { action: LOG }),
      ruleOf('first', HIT),
      ruleOf('second', HIT),
    ]
    const { matched, applied, terminal } = evaluate(rules)
    assert.deepEqual([matched, applied, terminal], [['log', 'first'], ['log', 'first'], 'first'])
  })

  it('only records rules in log mode', () => {
    const { matched, applied, terminal, evaluation } = evaluate([
      ruleOf('trial', HIT, { mode: 'log' }),
      ruleOf('real', HIT),
    ])
    assert.deepEqual([matched, applied, terminal], [['trial', 'real'], ['real'], 'real'])
    assert.deepEqual(evaluation.matches[0], {
      phase: 'firewall_custom',
      ruleId: 'trial',
      action: 'block',
      logOnly: true,
    })
  })

  it('leaves disabled and expired rules out', () => {
    const rules = [
      ruleOf('disabled', HIT, { enabled: false }),
      ruleOf('expired', HIT, { expiresMs: NOW_MS }),
      ruleOf('lives', HIT, { expiresMs: NOW_MS + 1 }),
    ]
    assert.deepEqual(evaluate(rules).matched, ['lives'])
  })

  it('skips rules by id, the rest of the ruleset, and its own phase', () => {
    const byId = [ruleOf('skip', HIT, { action: skipOf({ rules: ['a'] }) }), ruleOf('a', HIT), ruleOf('b', HIT)]
    assert.deepEqual(evaluate(byId).matched, ['skip', 'b'])
    const rest = [ruleOf('skip', HIT, { action: skipOf({ rest: true }) }), ruleOf('a', HIT)]
    assert.deepEqual(evaluate(rest).matched, ['skip'])
    assert.equal(evaluate(rest).terminal, undefined)
    const ownPhase = [ruleOf('skip', HIT, { action: skipOf({ phases: ['firewall_custom'] }) }), ruleOf('a', HIT)]
    assert.deepEqual(evaluate(ownPhase).matched, ['skip'])
    const logged = [ruleOf('skip', HIT, { action: skipOf({ rest: true }), mode: 'log' }), ruleOf('a', HIT)]
    assert.deepEqual(evaluate(logged).matched, ['skip', 'a'])
  })

  it('honours what earlier phases skipped, and passes it on', () => {
    const skips = new Skips(new Set(['firewall_custom']), new Set(['a']))
    assert.deepEqual(evaluate([ruleOf('a', HIT), ruleOf('b', HIT)], skips).matched, [])
    const onlyRule = new Skips(new Set(), new Set(['a']))
    const { matched, evaluation } = evaluate([ruleOf('a', HIT), ruleOf('b', MISS)], onlyRule)
    assert.deepEqual(matched, [])
    assert.equal(evaluation.skips, onlyRule)
  })

  it('gives the same object whenever nothing matches', () => {
    const program = compileRuleset({ phase: 'route', rules: [ruleOf('miss', MISS)] }, ENVIRONMENT)
    assert.equal(program.evaluate(REQUEST, NOW_MS), program.evaluate(new Map(), NOW_MS))
  })

  it('keeps the order of many rules that match together', () => {
    const rules = Array.from({ length: 200 }, (_, n) => ruleOf(`rule-${n}`, n % 3 === 0 ? MISS : HIT, { action: LOG }))
    const expected = rules.filter((_, n) => n % 3 !== 0).map((rule) => rule.id)
    assert.deepEqual(evaluate(rules).matched, expected)
  })
})
