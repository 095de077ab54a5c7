import assert from 'node:assert/strict'
import test from 'node:test'
import * as fc from 'fast-check'
import { clauseOf, lowerCase } from './clause.ts'
import { buildConditionTables, ConditionSet, type LiteralCondition } from './condition-set.ts'
import { buildPhraseTables, PhraseList, type PhraseMatch } from './phrase-list.ts'

const letters = (maxLength: number, minLength = 0): fc.Arbitrary<string> =>
  fc.string({ unit: fc.constantFrom('a', 'b', 'c', 'A', '\xe9', '\0', '1'), minLength, maxLength })
const literals = fc.array(letters(5, 1).map(lowerCase), { minLength: 1, maxLength: 6 })
const conditions = fc.array(fc.array(literals, { minLength: 1, maxLength: 3 }), { maxLength: 12 })

function holds(condition: LiteralCondition, value: string): boolean {
  return condition.every((clause) => clause.some((literal) => lowerCase(value).includes(literal)))
}

test('a condition set finds what looking for each literal finds', () => {
  fc.assert(
    fc.property(conditions, fc.array(letters(30), { maxLength: 6 }), (all, values) => {
      const set = new ConditionSet(buildConditionTables(all))
      for (const value of values) {
        const found = [...set.ids.subarray(0, set.scan(value))].sort((one, other) => one - other)
        const expected = [...all.keys()].filter((id) => holds(all[id], value))
        assert.deepEqual(found, expected)
      }
    }),
    { numRuns: 2_000 },
  )
})

test('tables can be shared and are plain data', () => {
  const tables = structuredClone(buildConditionTables([[['union', 'select']], [['or'], ['=']], []]))
  const set = new ConditionSet(tables)
  const found = (value: string): number[] => [...set.ids.subarray(0, set.scan(value))]
  assert.deepEqual(found('1 UNION ALL'), [0])
  assert.deepEqual(found('1 or 1=1'), [1])
  assert.deepEqual(found('for'), [])
  assert.deepEqual(found(''), [])
})

test('more states than 16 bits can number', () => {
  const words = Array.from({ length: 12_000 }, (_unused, index) => [`${(index * 7_919).toString(36)}-${index}.x`])
  const set = new ConditionSet(buildConditionTables(words.map((word) => [word])))
  for (const id of [0, 1, 5_000, 11_999]) {
    const found = set.ids.subarray(0, set.scan(` ${words[id][0]} `))
    assert.ok(found.includes(id))
    for (const other of found) assert.ok(words[id][0].includes(words[other][0]))
  }
})

function firstPhrase(phrases: readonly string[], value: string): PhraseMatch | undefined {
  const text = lowerCase(value)
  for (let end = 1; end <= text.length; end++) {
    const ending = phrases.map(lowerCase).filter((phrase) => phrase !== '' && text.slice(0, end).endsWith(phrase))
    const length = Math.max(0, ...ending.map((phrase) => phrase.length))
    if (length > 0) return { index: end - length, length }
  }
  return undefined
}

test('a phrase list finds the phrase that ends first', () => {
  fc.assert(
    fc.property(fc.array(letters(5), { maxLength: 8 }), letters(30), (phrases, value) => {
      const list = new PhraseList(structuredClone(buildPhraseTables(phrases)))
      assert.deepEqual(list.first(value), firstPhrase(phrases, value))
      assert.equal(list.test(value), list.first(value) !== undefined)
    }),
    { numRuns: 3_000 },
  )
})

test('a clause is short, lower-case, and holds wherever one of its texts stands', () => {
  assert.deepEqual(clauseOf(['SELECT', 'selector', 'x']), ['select', 'x'])
  assert.deepEqual(clauseOf(['a', 'ab', 'bab']), ['a'])
  fc.assert(
    fc.property(fc.array(letters(20, 1), { minLength: 1, maxLength: 6 }), fc.nat(5), (texts, chosen) => {
      const clause = clauseOf(texts)
      const text = lowerCase(texts[chosen % texts.length])
      assert.ok(clause.some((literal) => text.includes(literal)))
      for (const literal of clause) assert.ok(literal.length <= 8)
    }),
  )
})
