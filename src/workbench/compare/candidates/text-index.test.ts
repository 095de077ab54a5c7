import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { FIELD_BY_NAME } from '#fields'
import { type Dimension, makeDimension } from '../dimensions/dimension.ts'
import { codesByPrefix, codesBySuffix, codesByWord } from './text-index.ts'

const TEXT = fc.string({ unit: fc.constantFrom('a', 'b', '/', '\u00ff'), maxLength: 5 })

const QUESTIONS: readonly (readonly [
  (dimension: Dimension, text: string) => Int32Array,
  (value: string, text: string) => boolean,
])[] = [
  [codesByPrefix, (value, text) => value.startsWith(text)],
  [codesBySuffix, (value, text) => value.endsWith(text)],
  [codesByWord, (value, text) => value.includes(text)],
]

test('values that begin with, end with or contain a text', () => {
  const field = FIELD_BY_NAME.get('http.request.uri.path')!
  const use = { values: true, parts: true, ranges: false }
  fc.assert(
    fc.property(fc.array(TEXT, { minLength: 3, maxLength: 20 }), fc.array(TEXT), (column, asked) => {
      const facts = { field, operand: field.name, type: 'String', use, price: 0 } as const
      const dimension = makeDimension(facts, [undefined, ...column], { bad: 1, good: column.length })!
      for (const text of asked) {
        for (const [codesBy, holds] of QUESTIONS) {
          const expected = dimension.values.flatMap((value, code) =>
            code > 0 && holds(String(value), text) ? code : [],
          )
          assert.deepEqual(
            Array.from(codesBy(dimension, text)).toSorted((a, b) => a - b),
            expected,
          )
        }
      }
    }),
  )
})
