import assert from 'node:assert/strict'
import test from 'node:test'
import * as fc from 'fast-check'
import type { FieldValue } from '#fields'
import { parseIp } from '#wire'
import { arbitraryExpression } from '../arbitrary-expression.ts'
import { arbitraryRow } from '../arbitrary-value.ts'
import type { NamedList } from '../expression.ts'
import { parseExpression, parseOperand } from '../parse/parse.ts'
import { ROW_READERS, type Row, TEST_FIELD_BY_NAME, TEST_FIELDS } from '../test-fields.ts'
import { compileOperand, compilePredicate, compilePredicates, generatePredicateSource } from './compile.ts'
import type { CompileEnvironment } from './environment.ts'

const LISTS: readonly NamedList[] = [
  { name: 'office', type: 'IP', has: (value) => value === parseIp('10.0.0.1') },
  { name: 'words', type: 'String', has: (value) => value === 'a' },
]
const ENVIRONMENT: CompileEnvironment<Row> = {
  readers: ROW_READERS,
  lists: new Map(LISTS.map((list) => [list.name, list])),
}
const OPTIONS = { fields: TEST_FIELD_BY_NAME }

function expressionOf(text: string) {
  const result = parseExpression(text, OPTIONS)
  if (!result.ok) assert.fail(`${text}: ${result.error.message}`)
  return result.expression
}

function valueOf(text: string, row: Row): FieldValue | undefined {
  const type = text.startsWith('len') ? 'Int' : 'String'
  const result = parseOperand(text, type, OPTIONS)
  if (!result.ok) assert.fail(`${text}: ${result.error.message}`)
  return compileOperand(result.operand, ENVIRONMENT)(row)
}

function row(values: Readonly<Record<string, FieldValue>>): Row {
  return new Map(Object.entries(values))
}

const NOTHING = row({})
const V4 = row({ address: parseIp('10.0.0.1') ?? 0, 'other.address': parseIp('::1') ?? 0 })
const V6 = row({ address: parseIp('2001:db8::1') ?? 0 })
const TEXT = row({
  text: 'Shop.Test/a',
  'other.text': 'a',
  texts: ['a', 'B', ''],
  headers: new Map([['x-a', ['1', '2']]]),
})
const NUMBER = row({ number: 443, 'other.number': 443, numbers: [1, 2, 3], flag: true, flags: [true, false] })
const BIG = row({ number: 2 ** 40 + 4, 'other.number': -1 })
const EMPTY = row({ text: '', texts: [], headers: new Map() })

const DECIDED: readonly (readonly [string, Row, boolean, string?])[] = [
  ['text == "Shop.Test/a"', TEXT, true],
  ['text != "x"', NOTHING, false, 'absent makes every comparison false'],
  ['not text == "x"', NOTHING, true],
  ['text == other.text', NOTHING, false, 'two absent values are not equal'],
  ['text >= other.text', NOTHING, false],
  ['number <= other.number', NOTHING, false],
  ['number <= other.number', NUMBER, true],
  ['text contains "Test"', TEXT, true],
  ['text contains ""', EMPTY, true],
  ['text contains "a"', NOTHING, false],
  ['text contains other.text', TEXT, true],
  ['text < "T"', TEXT, true],
  ['text < "\\xff"', row({ text: '\xfe' }), true, 'order of bytes'],
  ['text matches r"^shop\\."', TEXT, false],
  ['text matches r"(?i)^shop\\."', TEXT, true],
  ['text matches "x"', NOTHING, false],
  ['text wildcard "shop.*/A"', TEXT, true],
  ['text strict wildcard "shop.*"', TEXT, false],
  ['number & 0x1', NUMBER, true],
  ['number & 4', BIG, true],
  ['number & 0x10000000000', BIG, true, 'beyond 32 bits'],
  ['number & 2', BIG, false],
  ['other.number & 0x8000000000', BIG, true, 'two complement'],
  ['number & 1', NOTHING, false],
  ['number in {80..90 443}', NUMBER, true],
  ['number in {80..90 100..442 444..500}', NUMBER, false],
  ['number in {1}', NOTHING, false],
  ['number in {1..5}', NOTHING, false],
  ['text in {"a" "b" "c" "d" "Shop.Test/a"}', TEXT, true],
  ['text in {"a" "b" "c" "d"}', NOTHING, false],
  ['address in {10.0.0.0/8}', V4, true],
  ['address in {::/0}', V4, false, 'an IPv6 prefix holds IPv6 only'],
  ['address in {::ffff:10.0.0.0/104}', V4, true, 'a mapped prefix is the IPv4 one'],
  ['address in {::/0}', V6, true],
  ['address in {2001:db8::1..2001:db8::9 1.1.1.1}', V6, true],
  ['address == ::ffff:10.0.0.1', V4, true],
  ['address > other.address', V4, true, 'IPv4 is ordered as its mapped address'],
  ['address < 2001:db8::', V4, true],
  ['address >= ::1', NOTHING, false],
  ['address in $office', V4, true],
  ['address in $office', NOTHING, false],
  ['not address in $office', NOTHING, true],
  ['flag', NUMBER, true],
  ['flag', NOTHING, false],
  ['flag != true', NOTHING, false],
  ['flag xor flag xor flag', NUMBER, true],
  ['texts[1] == "B"', TEXT, true],
  ['texts[9] != "B"', TEXT, false, 'beyond the end is absent'],
  ['headers["X-A"][1] == "2"', TEXT, true],
  ['headers["x-b"][0] != "2"', TEXT, false],
  ['any(texts[*] == "B")', TEXT, true],
  ['any(texts[*] != "a")', EMPTY, false, 'any of nothing is false'],
  ['all(texts[*] == "a")', EMPTY, true, 'all of nothing is true'],
  ['all(texts[*] == "a")', NOTHING, false, 'all of an absent array is not true'],
  ['not all(texts[*] == "a")', NOTHING, true],
  ['any(headers[*] == "2")', TEXT, true, 'a map of arrays gives the elements of all'],
  ['all(headers["x-a"][*] in {"1" "2"})', TEXT, true],
  ['any(lower(texts[*]) == "b")', TEXT, true],
  ['any(texts[*] == other.text and not texts[*] == "B")', TEXT, true],
  ['all(numbers[*] > 1)', NUMBER, false],
  ['any(flags[*])', NUMBER, true],
  ['any(texts[*] == "a" and any(headers["x-a"][*] == "2"))', TEXT, true],
  ['any(split(text, ".", 5)[*] == "Shop")', TEXT, true],
  ['len(headers["x-b"]) >= 0', TEXT, false, 'a missing key'],
  ['len(headers["x-a"]) >= 0', TEXT, true],
  ['lower(text) == "shop.test/a"', TEXT, true],
  ['true', NOTHING, true],
  ['false or true', NOTHING, true],
]

test('conditions over present and absent values', () => {
  for (const [text, context, expected, why] of DECIDED) {
    const expression = expressionOf(text)
    assert.equal(compilePredicate(expression, ENVIRONMENT)(context), expected, `${text} ${why ?? ''}`)
  }
})

test('operands give values, or undefined when absent', () => {
  assert.equal(valueOf('concat("x", lower(text))', TEXT), 'xshop.test/a')
  assert.equal(valueOf('concat("x", lower(text))', NOTHING), undefined)
  assert.equal(valueOf('len(texts)', TEXT), 3)
  assert.equal(valueOf('"fixed"', NOTHING), 'fixed')
})

test('shared evaluation gives the same answers as each expression alone', () => {
  const expressions = arbitraryExpression(TEST_FIELDS, {
    lists: [
      { name: 'office', type: 'IP' },
      { name: 'words', type: 'String' },
    ],
  })
  fc.assert(
    fc.property(
      fc.array(expressions, { minLength: 1, maxLength: 6 }),
      fc.array(arbitraryRow(TEST_FIELDS), { minLength: 1, maxLength: 4 }),
      (some, rows) => {
        // Twice each, so that every part is shared.
        const program = compilePredicates([...some, ...some], ENVIRONMENT)
        const alone = some.map((expression) => compilePredicate(expression, ENVIRONMENT))
        for (const each of rows) {
          program.reset()
          for (const [i, predicate] of program.predicates.entries()) {
            assert.equal(predicate(each), alone[i % some.length](each))
          }
        }
      },
    ),
    { numRuns: 500 },
  )
})

test('an equal sub-expression is evaluated once between resets', () => {
  let reads = 0
  const counting = {
    ...ENVIRONMENT,
    readers: { read: { ...ROW_READERS.read, text: () => `read ${++reads}` } },
  }
  const texts = ['lower(text) == "a"', 'lower(text) == "b" and flag', 'not lower(text) in {"x"}']
  const program = compilePredicates(texts.map(expressionOf), counting)
  for (let round = 1; round <= 3; round++) {
    program.reset()
    for (const predicate of program.predicates) predicate(NOTHING)
    assert.equal(reads, round)
  }
})

test('an entry reader spares the map', () => {
  const readers = {
    read: { headers: () => assert.fail('the map was built') },
    entry: { headers: (_: Row, key: string) => (key === 'x-a' ? ['1'] : undefined) },
  }
  const predicate = compilePredicate(expressionOf('headers["X-A"][0] == "1" and not headers["b"][0] == "1"'), {
    readers,
    lists: new Map(),
  })
  assert.equal(predicate(NOTHING), true)
})

test('a field or list that is missing is an error when compiled', () => {
  const bare = { readers: { read: {} }, lists: new Map() }
  assert.throws(() => compilePredicate(expressionOf('text == "a"'), bare), { code: 'ERR_RULE_INVALID' })
  assert.throws(() => compilePredicate(expressionOf('address in $nowhere'), ENVIRONMENT), /no list `\$nowhere`/)
})

test('text of a rule never becomes code', () => {
  const hostile = '"; globalThis.pwned = 1; //\\u2028`${globalThis.pwned = 1}`'
  const raw = `r#"${hostile}"#`
  const expression = expressionOf(
    `text == ${raw} or text.map[${raw}] in {${raw} "\\x0a"} or lower(text) contains ${raw}`,
  )
  compilePredicate(expression, ENVIRONMENT)(NOTHING)
  assert.ok(!('pwned' in globalThis))
})

test('the generated source can be read', () => {
  const source = generatePredicateSource(expressionOf('text matches "a" and any(texts[*] == "b")'), ENVIRONMENT)
  assert.match(source, /\/a\//)
  assert.match(source, /e === "b"/)
})
