import assert from 'node:assert/strict'
import test from 'node:test'
import { lowerCase } from '../literal/clause.ts'
import type { LiteralCondition } from '../literal/condition-set.ts'
import { crsDirectory, NO_CRS } from '../testing/crs.ts'
import { necessaryLiterals } from './necessary-literals.ts'
import { parsePcre } from './pcre-parser.ts'
import { Random } from './random.ts'
import { SafeRegex } from './safe-regex.ts'
import { sampleText } from './sample-text.ts'
import { simplify } from './simplify.ts'
import { RandomPattern, randomValue } from './testing/random-pattern.ts'
import { crsPayloads, rulePatterns } from './testing/rule-patterns.ts'
import { translateRegex } from './translate.ts'

const skip = crsDirectory() === undefined ? NO_CRS : false

function holds(condition: LiteralCondition, value: string): boolean {
  const text = lowerCase(value)
  return condition.every((clause) => clause.some((literal) => text.includes(literal)))
}

function conditionOf(pattern: string): LiteralCondition | undefined {
  return necessaryLiterals(simplify(parsePcre(pattern, false).tree))
}

/** Pattern, its condition. */
const CONDITIONS: readonly (readonly [string, LiteralCondition | undefined])[] = [
  ['(?i)UNION\\s+SELECT', [['\tselect', '\nselect', '\vselect', '\fselect', '\rselect', ' select']]],
  ['sleep\\(', [['sleep(']]],
  ['(?:foo|bar)baz', [['barbaz', 'foobaz']]],
  ['xyzzy.*plugh', [['xyzzy']]],
  ['ab.*cd', [['ab'], ['cd']]],
  ['a?b', [['b']]],
  ['a*', undefined],
  ['.', undefined],
  ['^$', undefined],
  ['a|', undefined],
  ['(?:ab){2,}', [['abab']]],
  ['(?=xyzzy)...', undefined],
  ['x{3}\\xff', [['xxx\xff']]],
  ['wombat|\\w+', undefined],
  ['information_schema', [['n_schema']]],
]

test('what a value must contain is read from the pattern', () => {
  for (const [pattern, expected] of CONDITIONS) assert.deepEqual(conditionOf(pattern), expected, pattern)
})

test('conditions are small: three clauses of short lower-case literals', { skip }, () => {
  let without = 0
  for (const { pattern } of rulePatterns([crsDirectory()])) {
    const condition = conditionOf(pattern)
    if (condition === undefined) without++
    for (const clause of condition ?? []) {
      for (const literal of clause)
        assert.ok(literal.length > 0 && literal.length <= 8 && literal === lowerCase(literal))
    }
    assert.ok((condition ?? []).length <= 3)
  }
  assert.ok(without <= 25, `${without} patterns of CRS 4 have no condition`)
})

test('texts made from a pattern fulfil its condition', { skip }, () => {
  const random = new Random(5)
  for (const { id, pattern } of rulePatterns()) {
    const { tree } = parsePcre(pattern, false)
    const condition = conditionOf(pattern)
    for (let round = 0; round < 15 && condition !== undefined; round++) {
      const sample = sampleText(tree, random)
      assert.ok(holds(condition, sample), `${id}: ${JSON.stringify(sample)}`)
    }
  }
})

test('every value that a pattern matches fulfils its condition', { skip }, () => {
  const payloads = crsPayloads()
  for (const [index, { id, pattern }] of rulePatterns().entries()) {
    const translated = translateRegex(pattern)
    assert.ok(translated.ok)
    const { condition } = translated
    if (condition === undefined) continue
    const regex = new SafeRegex(translated)
    // A fifth of the values for each pattern, another one for the next.
    for (let at = index % 5; at < payloads.length; at += 5) {
      const value = payloads[at]
      if (!holds(condition, value)) assert.equal(regex.test(value), false, `${id}: ${JSON.stringify(value)}`)
    }
  }
})

test('conditions of random patterns are necessary', () => {
  const random = new Random(6)
  const patterns = new RandomPattern(random)
  for (let round = 0; round < 5_000; round++) {
    const pattern = patterns.next()
    const translated = translateRegex(pattern)
    assert.ok(translated.ok)
    const { condition } = translated
    if (condition === undefined) continue
    const regex = new SafeRegex(translated)
    for (let at = 0; at < 8; at++) {
      const value = randomValue(random)
      if (regex.test(value)) assert.ok(holds(condition, value), `${pattern} on ${JSON.stringify(value)}`)
    }
  }
})
