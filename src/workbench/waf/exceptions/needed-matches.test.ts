import assert from 'node:assert/strict'
import test from 'node:test'
import { neededMatches } from './needed-matches.ts'
import { testMatch, testRequest } from './testing/requests.ts'

const OWN = testMatch('sqli-union', 'ARGS:q')
const OWN_AGAIN = testMatch('sqli-union', 'ARGS:r')
const OWN_LIGHT = testMatch('sqli-word', 'ARGS:q', { score: 2 })
const OWN_XSS = testMatch('xss-tag', 'ARGS:q', { class: 'xss' })
const SCORED = testMatch('942100', 'ARGS:q')
const SCORED_LIGHT = testMatch('942430', 'ARGS:q', { score: 3 })
const SUM = testMatch('949110', 'TX:blocking_inbound_anomaly_score', { score: 0 })
const DENIES = testMatch('100', 'ARGS:q', { score: 0 })
const NOTED = testMatch('101', 'ARGS:q', { score: 0 })
const LEAK = testMatch('951100', 'RESPONSE_BODY', { phase: 4, class: 'leak' })

const CASES = [
  ['a rule of ours, wherever it matched', testRequest([OWN, OWN_AGAIN]), [OWN, OWN_AGAIN]],
  ['the heavy one of two: the other one blocks nobody', testRequest([OWN_LIGHT, OWN]), [OWN]],
  ['one of each class that blocks', testRequest([OWN, OWN_XSS]), [OWN, OWN_XSS]],
  ['as many scores as it takes to stay below the threshold', testRequest([SCORED_LIGHT, SCORED, SUM]), [SCORED]],
  [
    'both of two light scores when one is too many',
    testRequest([SCORED_LIGHT, testMatch('942200', 'ARGS:r', { score: 5 })]),
    ['942200'],
  ],
  ['none where the sum of the rule set speaks', testRequest([SCORED, SUM], { decidedBy: '949110' }), [SCORED]],
  ['a rule that blocks without a score', testRequest([NOTED, DENIES], { decidedBy: '100' }), [DENIES]],
  ['rules of both sets', testRequest([SCORED, OWN, SUM]), [SCORED, OWN]],
  ['what matched in the answer', testRequest([LEAK]), [LEAK]],
] as const

for (const [what, request, expected] of CASES) {
  test(`what must go: ${what}`, () => {
    const ids = (neededMatches(request) ?? []).map((match) => `${match.ruleId} ${match.variable}`)
    const wanted = expected.map((match) =>
      typeof match === 'string' ? `${match} ARGS:r` : `${match.ruleId} ${match.variable}`,
    )
    assert.deepEqual(ids.sort(), wanted.sort())
  })
}

test('nothing helps when the event does not hold all matches, or not the reason', () => {
  assert.equal(neededMatches(testRequest([OWN], { isCut: true })), undefined)
  assert.equal(neededMatches(testRequest([], { inbound: { sum: 5, threshold: 5 } })), undefined)
})
