import assert from 'node:assert/strict'
import test from 'node:test'
import * as fc from 'fast-check'
import { lowerAscii, upperAscii } from '#wire'
import { arbitraryWildcard } from './arbitrary-value.ts'
import { parseWildcard, wildcardCaptures, wildcardMatcher } from './wildcard.ts'

const CASES: readonly (readonly [string, string, boolean])[] = [
  ['a', 'A', true],
  ['a', 'ab', false],
  ['*', '', true],
  ['/admin*', '/ADMIN/x', true],
  ['/admin*', '/x/admin', false],
  ['*.php', '/a.PHP', true],
  ['a*a', 'a', false],
  ['a*a', 'aa', true],
  ['*ab*ba*', 'aba', false],
  ['*ab*ba*', 'abba', true],
  ['https://*.shop.test/*', 'https://a.b.shop.test/', true],
  ['a\\*b', 'a*b', true],
  ['a\\*b', 'axb', false],
  ['a\\\\*', 'a\\b', true],
  ['\xe9', '\xc9', false],
  ['a*b', 'a\nb', true],
]

test('wildcards match whole values without regard to ASCII case', () => {
  for (const [pattern, value, expected] of CASES)
    assert.equal(wildcardMatcher(pattern, false)(value), expected, `${pattern} on ${value}`)
  assert.equal(wildcardMatcher('/Admin*', true)('/admin'), false)
  assert.equal(wildcardMatcher('/Admin*', true)('/Admin'), true)
})

function faultOf(pattern: string): string {
  const wildcard = parseWildcard(pattern)
  return typeof wildcard === 'string' ? wildcard : ''
}

test('faulty patterns are named', () => {
  assert.match(faultOf('a**'), /two stars/)
  assert.match(faultOf('a\\b'), /backslash/)
  assert.match(faultOf('a\\'), /backslash/)
  assert.match(faultOf('a'.repeat(4_097)), /4096/)
})

/** Tries every split, to compare with. */
function matchesSlowly(parts: readonly string[], value: string): boolean {
  const [first, ...rest] = parts
  if (!value.startsWith(first)) return false
  const after = value.slice(first.length)
  if (rest.length === 0) return after === ''
  return Array.from({ length: after.length + 1 }, (_, skip) => skip).some((skip) =>
    matchesSlowly(rest, after.slice(skip)),
  )
}

test('the matcher agrees with trying every split, and captures rebuild the value', () => {
  fc.assert(
    fc.property(arbitraryWildcard, fc.stringMatching(/^[abAB/.*]{0,8}$/), fc.boolean(), (pattern, value, strict) => {
      const wildcard = parseWildcard(pattern)
      assert.ok(typeof wildcard !== 'string')
      const fold = strict ? (text: string) => text : lowerAscii
      const matched = matchesSlowly(wildcard.parts.map(fold), fold(value))
      assert.equal(wildcardMatcher(pattern, strict)(value), matched)
      const captures = wildcardCaptures(pattern, strict)(value)
      assert.equal(captures !== undefined, matched)
      if (captures === undefined) return
      const rebuilt = wildcard.parts.map((part, i) => part + (captures[i] ?? '')).join('')
      assert.equal(fold(rebuilt), fold(value))
    }),
    { numRuns: 3_000 },
  )
})

test('case folding knows ASCII only', () => {
  assert.equal(lowerAscii('ABC\xc9Z'), 'abc\xc9z')
  assert.equal(upperAscii('abc\xe9z\xb5\xff'), 'ABC\xe9Z\xb5\xff')
})

test('hostile patterns take linear time', () => {
  const pattern = Array.from({ length: 500 }, () => 'a').join('*')
  assert.equal(wildcardMatcher(`*${pattern}*c*b`, false)(`${'a'.repeat(200_000)}b`), false)
})
