import assert from 'node:assert/strict'
import test from 'node:test'
import * as fc from 'fast-check'
import { SafeRegex } from './safe-regex.ts'
import { translateRegex } from './translate.ts'

/** Pattern, offset of the fault, part of the message. */
const REFUSED: readonly (readonly [string, number, RegExp])[] = [
  ['a(', 1, /`\)` is missing/],
  ['a)', 1, /`\)` without/],
  ['[a', 0, /does not end/],
  ['a[z-a]', 3, /range/],
  ['[[:nope:]]', 1, /unknown class/],
  ['[[.a.]]', 1, /collating/],
  ['*a', 0, /nothing to repeat/],
  ['a\\', 1, /single backslash/],
  ['a{3,2}', 1, /low to high/],
  ['a{65536}', 1, /count to 65535/],
  ['(?:[ab]{1000}){100}', 0, /more than 60000 steps/],
  ['\\x{100}', 0, /largest/],
  ['\\p{L}', 0, /Unicode properties/],
  ['\\X', 0, /Unicode clusters/],
  ['a\\Kb', 1, /capture group/],
  ['(a)\\2', 3, /does not exist/],
  ['\\k<a>', 0, /no group called `a`/],
  ['(?P=a)', 0, /no group called `a`/],
  ['(?(1)a|b)', 0, /conditional/],
  ['(a)?(?(1)a|b)', 4, /conditional/],
  ['(?R)', 0, /recursion/],
  ['(?1)', 0, /recursion/],
  ['(?|a|b)', 0, /branch reset/],
  ['(*UTF8)a', 0, /verbs/],
  ['(?C1)', 0, /callouts/],
  ['(?U)a', 0, /flag `U`/],
  ['(?z', 0, /kind of group/],
  ['(?#a', 0, /kind of group/],
  ['('.repeat(201) + ')'.repeat(201), 200, /nested/],
  ['a'.repeat(65_537), 0, /65536 bytes/],
]

test('what is broken or not supported is refused by name, with its place', () => {
  for (const [pattern, at, message] of REFUSED) {
    const result = translateRegex(pattern)
    if (result.ok) assert.fail(`${pattern} was accepted`)
    assert.match(result.message, message, pattern)
    assert.equal(result.at, at, pattern)
  }
})

/** Pattern, whether finite automata decide it, groups. */
const KINDS: readonly (readonly [string, boolean, number])[] = [
  ['(a)(?:b)(?<c>d)', true, 2],
  ['\\ba++\\s*+=', true, 0],
  ['a++b*+$', true, 0],
  ['(?:a++b)+c', true, 0],
  ['(?:a++b?)+c', false, 0],
  ['a++ab', false, 0],
  ['(?:ba*+)+ac', false, 0],
  ['a++\\b', false, 0],
  ['(?>abc)', true, 0],
  ['(?>a|ab)', false, 0],
  ['(?=a)', false, 0],
  ['(a)\\1', false, 1],
]

test('possessive repetitions that cannot matter leave a pattern regular', () => {
  for (const [pattern, linear, groupCount] of KINDS) {
    const result = translateRegex(pattern)
    assert.ok(result.ok, pattern)
    assert.equal(result.linear, linear, pattern)
    assert.equal(result.groupCount, groupCount, pattern)
  }
})

test('what is odd or costs more is warned about', () => {
  const warningsOf = (pattern: string): string => {
    const result = translateRegex(pattern)
    assert.ok(result.ok)
    return result.warnings.join('; ')
  }
  assert.match(warningsOf('\\y'), /stands for `y`/)
  assert.match(warningsOf('a(?=b)'), /lookaround/)
  assert.match(warningsOf('(a)\\1'), /backreference/)
  assert.equal(warningsOf('a++b'), '')
})

test('a translation is plain data', () => {
  const result = translateRegex('(?i)union\\s+select')
  assert.ok(result.ok)
  assert.deepEqual(structuredClone(result), result)
  assert.deepEqual(JSON.parse(JSON.stringify(result)), result)
})

test('no pattern makes the reader throw, and what it accepts runs', () => {
  const piece = fc.constantFrom(
    ...'a ( ) [ ] \\ | * + ? { } 1 , ^ $ - : (?i) (?: (?= (?<! (?> (?<n> \\k<n> \\1 \\Q \\E [:alpha:] \\d \\Z \\R \xe9 . #'.split(
      ' ',
    ),
    ' ',
    '\n',
    '(?x)',
  )
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), (parts) => {
      const result = translateRegex(parts.join(''))
      if (!result.ok) return assert.ok(result.at >= 0 && result.message !== '')
      const regex = new SafeRegex(result)
      assert.equal(regex.test('abc 1a\n'), regex.exec('abc 1a\n') !== undefined)
    }),
    { numRuns: 10_000 },
  )
})
