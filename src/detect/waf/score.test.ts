import assert from 'node:assert/strict'
import test from 'node:test'
import { evidenceOf, wafScore } from './score.ts'
import type { WafClass } from './settings.ts'
import type { WafMatch } from './verdict.ts'

function match(ruleId: string, name: WafClass, score: number, changes: Partial<WafMatch> = {}): WafMatch {
  return {
    ruleSet: 'tidegate',
    ruleId,
    class: name,
    score,
    phase: 1,
    paranoia: 1,
    message: '',
    variable: 'ARGS:q',
    trail: [],
    value: '',
    matchOffset: 0,
    matchLength: 0,
    valueOffset: 0,
    ...changes,
  }
}

const seclang = (ruleId: string, paranoia: number): WafMatch => match(ruleId, 'sqli', 5, { ruleSet: 'crs', paranoia })

const CASES: readonly (readonly [
  matches: readonly WafMatch[],
  score: number,
  loudest: WafClass | undefined,
  why: string,
])[] = [
  [[], 99, undefined, 'nothing was found'],
  [[match('a', 'sqli', 0)], 99, undefined, 'a rule that only notes something is no evidence'],
  [[match('a', 'sqli', 2)], 50, 'sqli', 'two points halve'],
  [[match('a', 'sqli', 5)], 18, 'sqli', 'what blocks on its own is in the band of attacks'],
  [[match('a', 'sqli', 5), match('a', 'sqli', 5)], 18, 'sqli', 'a rule counts once'],
  [[match('a', 'sqli', 5), match('b', 'xss', 5)], 4, 'sqli', 'classes add up; the first in order wins a tie'],
  [[match('a', 'sqli', 2), match('b', 'xss', 5)], 10, 'xss', 'the class with the most evidence is the loudest'],
  [[match('a', 'sqli', 10), match('b', 'sqli', 10)], 1, 'sqli', 'never below one'],
  [[seclang('942100', 1)], 34, 'sqli', 'one SecLang rule is a sign'],
  [[seclang('942100', 1), seclang('942190', 1)], 12, 'sqli', 'two of them are an attack'],
  [[seclang('942430', 3)], 77, 'sqli', 'rules of high paranoia levels say little'],
]

test('the score can be worked out by hand from the matches', () => {
  for (const [matches, score, loudest, why] of CASES) {
    const result = wafScore(matches)
    assert.equal(result.score, score, why)
    assert.equal(result.class, loudest, why)
  }
})

test('class scores are there for the classes in which something matched', () => {
  const { classScores } = wafScore([match('a', 'sqli', 5), match('b', 'xss', 2)])
  assert.deepEqual(classScores, { sqli: 18, xss: 50 })
})

test('more evidence never raises the score', () => {
  const matches: WafMatch[] = []
  let last = 99
  for (let weight = 0; weight < 12; weight++) {
    matches.push(match(`rule-${weight}`, 'rce', weight))
    const { score } = wafScore(matches)
    assert.ok(score <= last && score >= 1)
    last = score
  }
  assert.ok(evidenceOf(seclang('1', 4)) < evidenceOf(seclang('1', 1)))
})
