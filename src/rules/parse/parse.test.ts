import assert from 'node:assert/strict'
import test from 'node:test'
import * as fc from 'fast-check'
import { arbitraryExpression } from '../arbitrary-expression.ts'
import type { Expression } from '../expression.ts'
import { printExpression } from '../print.ts'
import { TEST_FIELD_BY_NAME, TEST_FIELDS } from '../test-fields.ts'
import { childrenOf, type Node } from '../tree.ts'
import type { ParseOptions } from './cursor.ts'
import { parseExpression, parseOperand } from './parse.ts'

const LISTS = [
  { name: 'office', type: 'IP' },
  { name: 'words', type: 'String' },
  { name: 'ports', type: 'Int' },
] as const
const OPTIONS: ParseOptions = {
  fields: TEST_FIELD_BY_NAME,
  lists: new Map(LISTS.map(({ name, type }) => [name, type])),
}

function parsed(text: string): Expression {
  const result = parseExpression(text, OPTIONS)
  if (!result.ok) assert.fail(`${text}: ${result.error.message}`)
  return result.expression
}

function withoutSpans(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutSpans)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, each]) => (key === 'span' ? [] : [[key, withoutSpans(each)]])),
  )
}

const PRINTED: readonly (readonly [string, string])[] = [
  ['text eq "a"', 'text == "a"'],
  ['text ne "a"', 'text != "a"'],
  ['number lt 1 and number le 2 && number gt 3', 'number < 1 and number <= 2 and number > 3'],
  ['number >= 0x1F or number == 017 || number == -5', 'number >= 31 or number == 15 or number == -5'],
  ['flag xor other.flag ^^ flag', 'flag xor other.flag xor flag'],
  ['flag or other.flag and not flag', 'flag or (other.flag and not flag)'],
  ['flag xor flag or flag and flag xor flag', '(flag xor flag) or ((flag and flag) xor flag)'],
  ['(flag or flag) and flag', '(flag or flag) and flag'],
  ['(flag and flag) and flag', '(flag and flag) and flag'],
  ['!(flag)', 'not flag'],
  ['not not flag', 'not not flag'],
  ['text ~ "^a\\.b\\"$"', 'text matches r#"^a\\.b"$"#'],
  ['text matches "\\d+"', 'text matches r"\\d+"'],
  ['text wildcard "a\\*b*"', 'text wildcard r"a\\*b*"'],
  ['text strict wildcard r"a\\*b*"', 'text strict wildcard r"a\\*b*"'],
  ['text contains "\\x41\\102\\n\\"\\\\"', 'text contains "AB\\x0a\\"\\\\"'],
  ['text == "é€"', 'text == "\\xc3\\xa9\\xe2\\x82\\xac"'],
  ['text == r##"a"#b"##', 'text == "a\\"#b"'],
  ['number & 0x10', 'number & 16'],
  ['size > 64KiB and size < 1MB and size == 7', 'size > 65536 and size < 1000000 and size == 7'],
  ['seconds > 5m and seconds in {1s..1h 2d}', 'seconds > 300 and seconds in {1..3600 172800}'],
  ['millis >= 5s or millis < 100ms', 'millis >= 5000 or millis < 100'],
  ['address == ::ffff:192.0.2.1', 'address == 192.0.2.1'],
  ['address == 2001:DB8:0:0::1', 'address == 2001:db8::1'],
  [
    'address in {10.0.0.0/8, 192.0.2.1..192.0.2.9 ::1 fe80::/10 ::ffff:10.0.0.0/104}',
    'address in {10.0.0.0/8 192.0.2.1..192.0.2.9 ::1 fe80::/10 10.0.0.0/8}',
  ],
  ['address in {::1..::9}', 'address in {::1..::9}'],
  ['address in {10.0.0.0..10.0.0.255 10.0.0.1..10.0.0.1}', 'address in {10.0.0.0/24 10.0.0.1..10.0.0.1}'],
  ['number in {80..90 443 -5..-1}', 'number in {80..90 443 -5..-1}'],
  ['text in {"a" "b"} # a comment\n  and flag', 'text in {"a" "b"} and flag'],
  ['text not in {"a"}', 'not text in {"a"}'],
  ['address in $office', 'address in $office'],
  ['number == other.number', 'number == other.number'],
  ['text contains lower(other.text)', 'text contains lower(other.text)'],
  ['headers["X-A"][0] == "b"', 'headers["x-a"][0] == "b"'],
  ['text.map["Key"] == "b"', 'text.map["Key"] == "b"'],
  ['any(lower(texts[*])[*] == "a")', 'any(lower(texts[*]) == "a")'],
  ['any(texts[*] == "a" or not texts[*] contains "b")', 'any(texts[*] == "a" or not texts[*] contains "b")'],
  ['all(headers[*] != "a")', 'all(headers[*] != "a")'],
  ['any(headers["a"][*] in {"x"}) and all(numbers[*] > 3)', 'any(headers["a"][*] in {"x"}) and all(numbers[*] > 3)'],
  ['any(flags) and all(flags[*])', 'any(flags[*]) and all(flags[*])'],
  ['any(texts[*] == "a" and any(numbers[*] == 3))', 'any(texts[*] == "a" and any(numbers[*] == 3))'],
  ['any(split(text, ",", 4)[*] == "a")', 'any(split(text, ",", 4)[*] == "a")'],
  [
    'len(concat(texts, texts)) > 1 and split(text, ",", 2)[1] == ""',
    'len(concat(texts, texts)) > 1 and split(text, ",", 2)[1] == ""',
  ],
  ['true and not false or flag == true', '(true and not false) or flag == true'],
]

test('both spellings, literals, precedence and iteration read as written', () => {
  for (const [text, expected] of PRINTED) assert.equal(printExpression(parsed(text)), expected, text)
})

test('a printed expression reads back as the same tree', () => {
  for (const [text] of PRINTED) {
    const tree = parsed(text)
    assert.deepEqual(withoutSpans(parsed(printExpression(tree))), withoutSpans(tree), text)
  }
  fc.assert(
    fc.property(arbitraryExpression(TEST_FIELDS, { lists: LISTS }), (expression) => {
      assert.deepEqual(withoutSpans(parsed(printExpression(expression))), withoutSpans(expression))
    }),
    { numRuns: 2_000 },
  )
})

function assertFrozen(value: unknown): void {
  if (typeof value !== 'object' || value === null) return
  assert.ok(Object.isFrozen(value), Object.keys(value).join())
  for (const each of Object.values(value)) assertFrozen(each)
}

test('spans give the text of their node, and trees are frozen', () => {
  assertFrozen(parsed('not address in {10.0.0.0/8 ::1} or number in {1..2} and any(lower(headers["a"][*]) == "a")'))
  const text = 'flag and any(lower(texts[*]) == "a")'
  const tree = parsed(text)
  const seen: string[] = []
  const visit = (node: Node): void => {
    seen.push(text.slice(node.span.start, node.span.end))
    for (const child of childrenOf(node)) visit(child)
  }
  for (const child of childrenOf(tree)) visit(child)
  assert.deepEqual(seen.slice(0, 6), [
    'flag',
    'flag',
    'any(lower(texts[*]) == "a")',
    'any(lower(texts[*]) == "a")',
    'lower(texts[*]) == "a"',
    'lower(texts[*])',
  ])
})

test('a single operand of the expected type can be parsed', () => {
  const accepted = parseOperand('concat("/v2", lower(text))', 'String', OPTIONS)
  assert.ok(accepted.ok)
  assert.ok(parseOperand('"fixed"', 'String', OPTIONS).ok)
  const refused = parseOperand('number', 'String', OPTIONS)
  assert.ok(!refused.ok)
  assert.match(refused.error.suggestion ?? '', /to_string/)
  assert.ok(!parseOperand('texts[*]', 'String', OPTIONS).ok)
})

test('no text makes the parser throw', () => {
  const pieces = fc.constantFrom(
    'text',
    'number',
    '==',
    '"',
    '(',
    ')',
    '[',
    ']',
    '*',
    'any(',
    '{',
    '}',
    '..',
    '1',
    '::',
    '10.0.0.0/8',
    'not',
    'and',
    ' ',
    '#',
    '\n',
    'r#"',
    '$office',
    '\\',
    'matches',
    'é',
    '-',
    '&',
    '[*]',
    ',',
  )
  const texts = fc.oneof(
    fc.string({ maxLength: 60 }),
    fc.array(pieces, { maxLength: 20 }).map((parts) => parts.join('')),
    fc
      .tuple(fc.constantFrom(...PRINTED.map(([text]) => text)), fc.nat(80), fc.string({ maxLength: 3 }))
      .map(([text, at, inserted]) => text.slice(0, at) + inserted + text.slice(at + 1)),
  )
  fc.assert(
    fc.property(texts, (text) => {
      const result = parseExpression(text, OPTIONS)
      if (result.ok) return
      assert.ok(
        result.error.line >= 1 && result.error.column >= 1 && result.error.length >= 1 && result.error.message !== '',
      )
    }),
    { numRuns: 5_000 },
  )
})

test('size and depth are bounded', () => {
  const tooDeep = parseExpression(`${'('.repeat(101)}flag${')'.repeat(101)}`, OPTIONS)
  assert.ok(!tooDeep.ok && tooDeep.error.code === 'limit')
  assert.ok(parseExpression(`${'('.repeat(100)}flag${')'.repeat(100)}`, OPTIONS).ok)
  const tooLong = parseExpression(`flag${' '.repeat(65_536)}`, OPTIONS)
  assert.ok(!tooLong.ok && tooLong.error.code === 'limit')
  assert.ok(!parseExpression('('.repeat(60_000), OPTIONS).ok)
  assert.ok(!parseExpression('not '.repeat(16_000), OPTIONS).ok)
  assert.ok(!parseExpression('lower('.repeat(10_000), OPTIONS).ok)
})
