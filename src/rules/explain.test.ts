import assert from 'node:assert/strict'
import test from 'node:test'
import * as fc from 'fast-check'
import { arbitraryExpression } from './arbitrary-expression.ts'
import { arbitraryRow } from './arbitrary-value.ts'
import { compilePredicate } from './compile/compile.ts'
import { explainExpression, type ExplainNode } from './explain.ts'
import { parseExpression } from './parse/parse.ts'
import { printExpression } from './print.ts'
import { ROW_READERS, type Row, TEST_FIELD_BY_NAME, TEST_FIELDS } from './test-fields.ts'

const ENVIRONMENT = { readers: ROW_READERS, lists: new Map() }

function explain(text: string, row: Row, recorded?: (field: string) => boolean): ExplainNode {
  const result = parseExpression(text, { fields: TEST_FIELD_BY_NAME })
  if (!result.ok) assert.fail(result.error.message)
  return explainExpression(result.expression, recorded === undefined ? ENVIRONMENT : { ...ENVIRONMENT, recorded }, row)
}

test('with everything recorded the explanation is what was decided', () => {
  fc.assert(
    fc.property(arbitraryExpression(TEST_FIELDS), arbitraryRow(TEST_FIELDS), (expression, row) => {
      const node = explainExpression(expression, ENVIRONMENT, row)
      assert.equal(node.value, compilePredicate(expression, ENVIRONMENT)(row))
      assert.equal(node.text, printExpression(expression))
    }),
    { numRuns: 400 },
  )
})

test('what is said although fields were not recorded is true', () => {
  const hidden = fc.subarray(TEST_FIELDS.map((field) => field.name))
  fc.assert(
    fc.property(arbitraryExpression(TEST_FIELDS), arbitraryRow(TEST_FIELDS), hidden, (expression, row, names) => {
      const shown = new Map([...row].filter(([name]) => !names.includes(name)))
      const { value } = explainExpression(
        expression,
        { ...ENVIRONMENT, recorded: (field) => !names.includes(field) },
        shown,
      )
      if (value !== undefined) assert.equal(value, compilePredicate(expression, ENVIRONMENT)(row))
    }),
    { numRuns: 400 },
  )
})

test('the tree shows each part with its value', () => {
  const row: Row = new Map<string, string | number | readonly string[]>([
    ['text', 'Abc'],
    ['number', 5],
    ['texts', ['a', 'b']],
  ])
  const node = explain('lower(text) == "abc" and not (number > 7) and any(texts[*] == "b")', row)
  assert.equal(node.value, true)
  assert.deepEqual(
    node.children.map(({ text, value, operandValue }) => ({ text, value, operandValue })),
    [
      { text: 'lower(text) == "abc"', value: true, operandValue: 'abc' },
      { text: 'not number > 7', value: true, operandValue: undefined },
      { text: 'any(texts[*] == "b")', value: true, operandValue: ['a', 'b'] },
    ],
  )
  assert.deepEqual(
    node.children[2].children.map(({ text, value }) => [text, value]),
    [
      ['texts[0] == "b"', false],
      ['texts[1] == "b"', true],
    ],
  )
})

function isNotText(field: string): boolean {
  return field !== 'text'
}

test('a known part decides where the logic allows it', () => {
  const row: Row = new Map([['number', 5]])
  const cases: readonly (readonly [string, boolean | undefined])[] = [
    ['text == "a"', undefined],
    ['text == "a" and number == 6', false],
    ['text == "a" and number == 5', undefined],
    ['text == "a" or number == 5', true],
    ['text == "a" xor number == 5', undefined],
    ['not text == "a"', undefined],
  ]
  for (const [text, expected] of cases) assert.equal(explain(text, row, isNotText).value, expected, text)
})
