import assert from 'node:assert/strict'
import test from 'node:test'
import * as fc from 'fast-check'
import { RegexMemory } from './regex-memory.ts'
import { SafeRegex } from './safe-regex.ts'
import { translateRegex } from './translate.ts'

function compile(pattern: string, memory?: RegexMemory): SafeRegex {
  const translated = translateRegex(pattern)
  if (!translated.ok) assert.fail(`${pattern}: ${translated.message}`)
  return new SafeRegex(translated, memory)
}

/** Pattern, value, groups of the match or undefined. */
const MATCHES: readonly (readonly [string, string, readonly (string | undefined)[] | undefined])[] = [
  ['a(b*)c', 'xxabbbc', ['abbbc', 'bbb']],
  ['a|ab', 'ab', ['a']],
  ['(?:a|ab)$', 'ab', ['ab']],
  ['x*', 'axx', ['']],
  ['a.b', 'a\nb', ['a\nb']],
  ['(?-s)a.b', 'a\nb', undefined],
  ['(?-s:a.)b', 'a\nb', undefined],
  ['^a$', 'a\n', undefined],
  ['^a\\Z', 'a\n', ['a']],
  ['^a\\z', 'a\n', undefined],
  ['(?m)^b$', 'a\nb\nc', ['b']],
  ['(?m)c$', 'c\n', ['c']],
  ['(?m)^$', 'a\n', undefined],
  ['\\s', '\xa0', undefined],
  ['\\s', '\v', ['\v']],
  ['\\h', '\xa0', ['\xa0']],
  ['\\H', '\xa0', undefined],
  ['\\v', '\x85', ['\x85']],
  ['a\\Rb', 'a\r\nb', ['a\r\nb']],
  ['\\R\\n', '\r\n', undefined],
  ['\\N+', 'ab\n', ['ab']],
  ['[\\x80-\\xff]+', 'a\xe4\xb8', ['\xe4\xb8']],
  ['(?i)\xe9', '\xc9', undefined],
  ['(?i)K', '\xe2\x84\xaa', undefined],
  ['\\x{e9}\\xE9\\x', '\xe9\xe9\0', ['\xe9\xe9\0']],
  ['\\101\\o{102}\\0', 'AB\0', ['AB\0']],
  ['\\cA\\e\\a', '\x01\x1b\x07', ['\x01\x1b\x07']],
  ['[]a]+', 'a]', ['a]']],
  ['[^]a]', ']ab', ['b']],
  ['[a-]+[\\d-z]+', 'a--1z', ['a--1z']],
  ['[\\b\\1]', '\x01', ['\x01']],
  ['[[:alpha:]]+[[:^digit:]]', 'ab1-', ['ab']],
  ['[\\Qa-z]\\E]+', 'm-]z', ['-]z']],
  ['\\Qa.b\\E+', 'a.bbb', ['a.bbb']],
  ['a{,2}', 'a{,2}', ['a{,2}']],
  ['a{2}{2}', 'aaaaa', ['aaaa']],
  ['a(?#note)+b', 'aab', ['aab']],
  ['(?x) a b # note\n +', 'abb', ['abb']],
  ['(?x)a\\ [ ]b', 'a  b', ['a  b']],
  ['a(?i)b|c', 'C', ['C']],
  ['(?i:ab)c', 'ABC', undefined],
  ['(?^:a)', 'a', ['a']],
  ["(?<one>a)(?P<two>b)(?'three'c)", 'abc', ['abc', 'a', 'b', 'c']],
  ['(?<x>a|b)\\k<x>', 'abb', ['bb', 'b']],
  ['(?<x>a|b)(?P=x)\\g{x}', 'abbb', ['bbb', 'b']],
  ['(a)(b)\\g{-1}\\g1', 'abba', ['abba', 'a', 'b']],
  ['(?i)(a)\\1', 'aA', ['aA', 'a']],
  ['(a)\\1', 'aA', undefined],
  ['(a)?\\1b', 'b', undefined],
  ['(a)\\11', 'aa1', undefined],
  ['(?:(a)|b)*', 'ab', ['ab', 'a']],
  ['(a*)*b?', 'c', ['', '']],
  ['(a|b)*?c', 'abac', ['abac', 'a']],
  ['a++b', 'aab', ['aab']],
  ['a++ab', 'aaab', undefined],
  ['(?>a|ab)c', 'abc', undefined],
  ['(?>a*)b', 'aab', ['aab']],
  ['(?=a(b))a.', 'xab', ['ab', 'b']],
  ['a(?!b).', 'abac', ['ac']],
  ['(?<=a|bc)d', 'xd bcd', ['d']],
  ['(?<!a)b', 'abb', ['b']],
  ['(?<=(a)b)c', 'abc', ['c', 'a']],
  ['\\bfoo\\b', 'foobar foo.', ['foo']],
  ['\\Boo', 'foo', ['oo']],
  ['^(?:a|^b)', 'b', ['b']],
  ['[^\\x00-\\xff]|a', 'a', ['a']],
  ['', 'a', ['']],
]

test('patterns match as in PCRE, over bytes', () => {
  for (const [pattern, value, expected] of MATCHES) {
    const regex = compile(pattern)
    assert.deepEqual(regex.exec(value)?.groups, expected, `${pattern} on ${JSON.stringify(value)}`)
    assert.equal(regex.test(value), expected !== undefined, pattern)
    assert.equal(regex.incomplete, false)
  }
})

test('caseless patterns can be asked for from outside', () => {
  const translated = translateRegex('a[b-c](?-i)d', { caseless: true })
  assert.ok(translated.ok)
  assert.equal(new SafeRegex(translated).test('ACd'), true)
  assert.equal(new SafeRegex(translated).test('ACD'), false)
})

/** Patterns on which backtracking takes exponential or polynomial time, a value, whether it matches. */
const HOSTILE: readonly (readonly [string, string, boolean])[] = [
  ['(a+)+$', `${'a'.repeat(60_000)}!`, false],
  ['^(a|a)*$', `${'a'.repeat(60_000)}!`, false],
  ['(?:\\s*\\s*\\s*\\s*)*x', ' '.repeat(60_000), false],
  ['.*.*.*=.*', 'a'.repeat(60_000), false],
  ['[a-z]+[0-9]', 'a'.repeat(60_000), false],
  ['(x+x+)+y', 'x'.repeat(60_000), false],
  ['(?:a?){60}a{60}$', 'a'.repeat(59), false],
  ['(?:a?){60}a{60}$', 'a'.repeat(60), true],
  ['(?:a+){2,17}b', 'a'.repeat(60_000), false],
  ['(?=..)(a+)+$', `${'a'.repeat(5_000)}!`, false],
  ['(a*)*\\1b', 'a'.repeat(300), false],
]

test('hostile values end, and are decided', () => {
  for (const [pattern, value, expected] of HOSTILE) {
    const regex = compile(pattern)
    assert.equal(regex.test(value), expected, pattern)
    assert.equal(regex.exec(value) !== undefined, expected, pattern)
    assert.equal(regex.incomplete, false, pattern)
  }
})

test('what cannot be decided within the bounds is said, not hidden', () => {
  // Each `x` may be the first of a run of 200: the automaton would need a state for each set of places.
  const counting = compile('x[xy]{200}z')
  let state = 1
  const value = Array.from({ length: 60_000 }, () => ((state = (state * 48_271) % 2_147_483_647) & 8 ? 'x' : 'y')).join(
    '',
  )
  assert.equal(counting.test(`${value}a`), false)
  assert.equal(counting.incomplete, false, 'without a z the loose automaton knows')
  assert.equal(counting.test(value.replaceAll('yy', 'zy')), false)
  const irregular = compile('(?=(.*))(x+y*)+\\1#')
  assert.equal(irregular.test(`${'xy'.repeat(3_000)}#`), false)
  assert.equal(irregular.incomplete, true)
  assert.equal(irregular.test('a'), false)
  assert.equal(irregular.incomplete, false)
})

test('a match whose groups cost too much is still a match', () => {
  const found = compile('(a|b|ab|ba|aab)*c').exec(`${'aabab'.repeat(30_000)}c`)
  assert.equal(found?.index, 0)
  assert.ok((found.groups[0]?.length ?? 0) > 0)
})

test('automata that must let go of their tables find the same', () => {
  const bytes = fc.string({ unit: fc.constantFrom('a', 'b', 'c', ' ', '1', '\n'), maxLength: 60 })
  const patterns = ['(?:a[ab]{0,9}c|\\b1)+', '^(?:a|b)*?c\\b', 'a.{3,9}c$', '(?m)^[ab]+$']
  const tight = patterns.map((pattern) => compile(pattern, new RegexMemory(4_000)))
  const ample = patterns.map((pattern) => compile(pattern, new RegexMemory()))
  fc.assert(
    fc.property(bytes, (value) => {
      for (const [index, regex] of tight.entries()) assert.deepEqual(regex.exec(value), ample[index].exec(value))
    }),
    { numRuns: 3_000 },
  )
})

test('the memory of automata is bounded', () => {
  const memory = new RegexMemory(200_000)
  const regex = compile('a[ab]{12}c|b[ab]{13}d', memory)
  let state = 7
  for (let round = 0; round < 300; round++) {
    let value = ''
    for (let at = 0; at < 300; at++) value += 'abcd'[(state = (state * 48_271) % 2_147_483_647) & 3]
    regex.test(value)
    assert.ok(memory.usedBytes < 400_000)
  }
})
