import assert from 'node:assert/strict'
import test from 'node:test'
import * as fc from 'fast-check'
import { arbitraryPattern, arbitraryText } from '../arbitrary-value.ts'
import { compileRegex, parseRegex } from './regex.ts'

/** Pattern, value, whether it matches. */
const MATCHES: readonly (readonly [string, string, boolean])[] = [
  ['a', 'xay', true],
  ['^a$', 'a\n', false],
  ['^a$', 'a', true],
  ['\\Aa\\z', 'a', true],
  ['^.$', '\n', false],
  ['(?s)^.$', '\n', true],
  ['^.$', '\xff', true],
  ['^\\w+$', 'aZ_9', true],
  ['\\w', '\xe9', false],
  ['\\s', '\xa0', false],
  ['^\\s{6}$', ' \t\n\v\f\r', true],
  ['\\x41\\x{42}\\x{0043}', 'ABC', true],
  ['^\\0\\012$', '\0\n', true],
  ['[\\x80-\\xff]', '\xc3', true],
  ['^[^a]$', '\xff', true],
  ['(?i)stra', 'STRA', true],
  ['(?i)^[^a]$', 'A', false],
  ['(?i:ab)c', 'ABc', true],
  ['(?i:ab)c', 'ABC', false],
  ['a(?i)b|c', 'C', true],
  ['(?i)\\xe9', '\xc9', false],
  ['^[[:alpha:]]+[[:^digit:]]$', 'ab-', true],
  ['^[a\\-z]$', '-', true],
  ['^[a-]$', '-', true],
  ['^[\\d.]+$', '1.2', true],
  ['^a{2,3}$', 'aaaa', false],
  ['^a{17,20}$', 'a'.repeat(18), true],
  ['^a{17,20}$', 'a'.repeat(21), false],
  ['^(?:ab?){2}{', 'aab{', true],
  ['^a{,3}$', 'a{,3}', true],
  ['^(a|b)*?c', 'abac', true],
  ['^(?<name>a)(?P<other>b)$', 'ab', true],
  ['^\\bfoo\\b', 'foo bar', true],
  ['\\Boo', 'foo', true],
  ['^$', '', true],
  ['a||b', '', true],
  ['^]}$', ']}', true],
  ['\\/\\.\\-', '/.-', true],
]

test('patterns match bytes', () => {
  for (const [pattern, value, expected] of MATCHES) {
    assert.equal(compileRegex(pattern).test(value), expected, `${pattern} on ${JSON.stringify(value)}`)
  }
})

/** Pattern, offset of the fault, part of the message. */
const REFUSED: readonly (readonly [string, number, RegExp])[] = [
  ['a(?=b)', 1, /lookahead/],
  ['a(?!b)', 1, /lookahead/],
  ['(?<=a)b', 0, /lookbehind/],
  ['(?<!a)b', 0, /lookbehind/],
  ['(?>a)', 0, /atomic/],
  ['(a)\\1', 3, /backreference/],
  ['\\k<a>', 0, /backreference/],
  ['a++', 2, /possessive/],
  ['a{2}+', 4, /possessive/],
  ['a**', 2, /nothing to repeat/],
  ['*a', 0, /nothing to repeat/],
  ['^*', 0, /assertion/],
  ['(a', 0, /`\)` is missing/],
  ['a)', 1, /`\)` without/],
  ['[a', 0, /does not end/],
  ['[]a]', 1, /may not start/],
  ['[z-a]', 1, /range/],
  ['[\\d-z]', 2, /range/],
  ['[[:nope:]]', 1, /unknown class/],
  ['[^\\x00-\\xff]', 0, /matches nothing/],
  ['\\p{L}', 0, /Unicode/],
  ['\\Qa\\E', 0, /not supported/],
  ['\\Z', 0, /write `\$`/],
  ['\\y', 0, /unknown escape/],
  ['\\x{100}', 0, /largest/],
  ['a\\', 1, /single backslash/],
  ['(?m)^a', 0, /flag `m`/],
  ['(?#a)', 0, /not supported/],
  ['a{3,2}', 1, /low to high/],
  ['a{1001}', 1, /count to 1000/],
  ['(?:a{1000}){3}', 0, /amount to 3000 steps/],
  ['\xe9+', 0, /last byte/],
  ['[\xe9]', 1, /single bytes/],
  ['('.repeat(51) + ')'.repeat(51), 50, /nested/],
  ['a'.repeat(4_097), 0, /4096 bytes/],
]

test('what cannot be matched in linear time or differs between engines is refused with its place', () => {
  for (const [pattern, start, message] of REFUSED) {
    const result = parseRegex(pattern)
    if (result.ok) assert.fail(`${pattern} was accepted`)
    assert.match(result.message, message, pattern)
    assert.equal(result.start, start, pattern)
    assert.ok(result.end > result.start)
  }
})

test('no pattern makes the parser throw, and what it accepts V8 accepts', () => {
  const piece = fc.constantFrom(
    'a',
    '(',
    ')',
    '[',
    ']',
    '\\',
    '|',
    '*',
    '+',
    '?',
    '{',
    '}',
    '1',
    ',',
    '^',
    '$',
    '-',
    ':',
    '(?i)',
    '(?:',
    '[:alpha:]',
    '\\d',
    '\xe9',
    '.',
  )
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string({ unit: 'binary', maxLength: 12 }).map(latin1),
        fc.array(piece, { maxLength: 10 }).map((parts) => parts.join('')),
      ),
      (pattern) => {
        if (parseRegex(pattern).ok) compileRegex(pattern, true).test('abc')
      },
    ),
    { numRuns: 5_000 },
  )
})

function latin1(text: string): string {
  return Array.from(text, (character) => String.fromCharCode((character.codePointAt(0) ?? 0) & 255)).join('')
}

test('written-out counts and dropped captures do not change what matches', () => {
  fc.assert(
    fc.property(arbitraryPattern, arbitraryText, (pattern, value) => {
      const result = parseRegex(pattern)
      assert.ok(result.ok)
      const expected = compileRegex(pattern).test(value)
      assert.equal(new RegExp(result.regex.source).test(value), expected)
      assert.equal(new RegExp(result.regex.captureSource).test(value), expected)
      assert.equal(compileRegex(pattern, true).test(value), expected)
    }),
    { numRuns: 2_000 },
  )
})

test('hostile patterns and values end', () => {
  const value = `${'a'.repeat(20_000)}!`
  for (const pattern of [
    '(a+)+$',
    '^(a|a)*$',
    '^(a*)*b',
    '(?:a{0,20}){0,20}b$',
    '(?:a+){2,17}b',
    '(.*)(.*)(.*)=',
    'a?'.repeat(20) + 'a'.repeat(20) + 'b',
  ]) {
    assert.equal(compileRegex(pattern).test(value), false, pattern)
  }
})

test('long values match as short ones do', () => {
  const filling = '\n'.repeat(2_100)
  fc.assert(
    fc.property(arbitraryPattern, arbitraryText, (pattern, value) => {
      const result = parseRegex(pattern)
      assert.ok(result.ok)
      const long = value + filling
      const expected = new RegExp(result.regex.captureSource).exec(long)
      const found = compileRegex(pattern, true).exec(long)
      assert.equal(found?.index, expected?.index)
      assert.equal(found?.[0], expected?.[0])
      if (!result.regex.repeatsCapture) assert.deepEqual([...(found ?? [])], [...(expected ?? [])])
    }),
    { numRuns: 1_000 },
  )
})

test('long hostile values of simple loops end', () => {
  const value = 'a'.repeat(1_000_000)
  for (const pattern of ['[a-z]+[0-9]', '\\w+\\s*=\\s*\\w+'])
    assert.equal(compileRegex(pattern).test(value), false, pattern)
})
