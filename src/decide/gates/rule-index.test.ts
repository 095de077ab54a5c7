import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as fc from 'fast-check'
import { compilePredicate } from '#rules'
import { buildLists } from '../lists.ts'
import { expressionOf, LISTS, READERS, row } from '../testing/arbitrary-policy.ts'
import { ruleText } from '../testing/arbitrary-rule-text.ts'
import { chooseProbes } from './choose.ts'
import { gateOf } from './gate-of.ts'
import { RuleIndex } from './rule-index.ts'

const ENVIRONMENT = { readers: READERS, lists: buildLists(LISTS) }

/** So many rules of one kind are enough to gate them. */
const ENOUGH = 4

function gatesOf(texts: readonly string[]) {
  return texts.map((text) => gateOf(expressionOf(text)))
}

function isGated(text: string): boolean {
  return chooseProbes(gatesOf(Array<string>(ENOUGH).fill(text))).every((probes) => probes !== undefined)
}

describe('RuleIndex', () => {
  it('never closes the gate of a rule that matches', () => {
    let gated = 0
    let opened = 0
    fc.assert(
      fc.property(ruleText, fc.array(row, { minLength: 4, maxLength: 12 }), (text, rows) => {
        const expression = expressionOf(text)
        const gates = Array.from({ length: ENOUGH }, () => gateOf(expression))
        const holds = compilePredicate(expression, ENVIRONMENT)
        const index = new RuleIndex(gates, ENVIRONMENT)
        if (chooseProbes(gates)[0] !== undefined) gated++
        for (const each of rows) {
          const isCandidate = index.candidates(each)[0] !== 0
          if (isCandidate) opened++
          if (holds(each)) assert.ok(isCandidate, text)
        }
      }),
      { numRuns: 2_000 },
    )
    // A generator that never draws a gate would prove nothing.
    assert.ok(gated > 500, `${gated} expressions were gated`)
    assert.ok(opened > 500, `${opened} gates opened`)
  })

  it('gates what can be looked up, and nothing else', () => {
    const cases: readonly [string, boolean][] = [
      ['http.host eq "shop.test"', true],
      ['http.host ne "shop.test"', false],
      ['not http.host eq "shop.test"', false],
      ['not not http.host eq "shop.test"', true],
      ['http.host in {"a.test" "b.test"}', true],
      ['http.host eq tls.sni', false],
      ['http.user_agent contains "sqlmap"', true],
      ['http.user_agent contains ""', false],
      ['http.request.uri.path wildcard "/admin*"', true],
      ['http.request.uri.path wildcard "*"', false],
      ['http.request.uri.path matches "^/(old|new)/[0-9]+$"', true],
      ['http.request.uri.path matches "^(old|.)$"', false],
      ['http.request.headers["x-a"][0] eq "1"', true],
      ['any(http.request.headers["x-a"][*] contains "b")', true],
      ['any(lower(http.request.headers.names[*])[*] eq "x-a")', true],
      ['all(http.request.headers["x-a"][*] contains "b")', false],
      ['ip.src in {10.0.0.0/8 2001:db8::/32}', true],
      ['ip.src in $networks', true],
      ['tcp.srcport gt 1000', true],
      ['len(http.host) in {1..5}', true],
      ['ssl', true],
      ['http.host eq "a" or http.user_agent contains "b"', true],
      ['http.host eq "a" or not ssl', false],
      ['http.host eq "a" and not ssl', true],
      ['http.host eq "a" xor ssl', false],
      ['starts_with(lower(http.host), "a") and ip.src ne 10.0.0.1', true],
    ]
    for (const [text, expected] of cases) assert.equal(isGated(text), expected, text)
  })

  it('prefers the probe that few rules share', () => {
    const texts = Array.from({ length: 8 }, (_, n) => `http.host eq "shop.test" and http.request.uri.path eq "/p${n}"`)
    const chosen = chooseProbes(gatesOf(texts))
    assert.ok(chosen.every((probes) => probes?.[0].subject.key === 'http.request.uri.path'))
  })

  it('does not read an operand for fewer rules than pay for it', () => {
    const texts = ['http.host eq "a"', 'http.user_agent contains "b"', 'ip.src eq 10.0.0.1']
    assert.deepEqual(chooseProbes(gatesOf(texts)), [undefined, undefined, undefined])
  })

  it('falls back to an operand that other rules read too', () => {
    const texts = [
      ...Array.from({ length: 4 }, (_, n) => `http.host eq "h${n}"`),
      'http.host eq "h" and http.request.uri.path contains "/a-very-rare-path"',
    ]
    assert.equal(chooseProbes(gatesOf(texts))[4]?.[0].subject.key, 'http.host')
  })
})
