import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { FIELD_BY_NAME } from '#fields'
import { fieldsOf, parseExpression } from '#rules'
import { EventLineReader } from './event-line.ts'
import { EventTally, type LineCondition } from './event-tally.ts'
import { FACT_READERS } from './fact-readers.ts'
import type { FactRow } from './fact-row.ts'
import { MaskCounter } from './mask-counter.ts'

const CONDITIONS = [
  'http.host == "a.test"',
  'not http.host == "a.test"',
  'len(http.host) > 3',
  'http.request.headers["x"][0] == "1"',
  'any(http.request.headers.names[*] == "x")',
  'ip.src in {10.0.0.0/8}',
  'http.host == "b" or ip.src in {10.0.0.0/8}',
].map((text): LineCondition => {
  const parsed = parseExpression(text, { fields: FIELD_BY_NAME })
  assert.ok(parsed.ok, text)
  return { expression: parsed.expression, fields: fieldsOf(parsed.expression) }
})

const FACT_TEXTS = fc.dictionary(
  fc.constantFrom('http.host', 'ip.src', 'http.request.headers', 'http.request.headers.names', 'ssl'),
  fc.constantFrom('"a.test"', '"b"', '"10.1.2.3"', '{"X":["1"]}', '["x","y"]', 'null', '7', 'oops', '"\\u0061.test"'),
)

test('lines count as their rows do, however often values come again', () => {
  fc.assert(
    fc.property(fc.array(FACT_TEXTS, { maxLength: 8 }), fc.integer({ min: 1, max: 4 }), (lines, times) => {
      const tally = new EventTally(CONDITIONS, undefined)
      const counter = new MaskCounter<FactRow>(
        CONDITIONS.map(({ expression }) => expression),
        FACT_READERS,
      )
      const reader = new EventLineReader(
        CONDITIONS.flatMap(({ fields }) => [...fields]),
        false,
      )
      for (let time = 0; time < times; time++) {
        for (const facts of lines) {
          const members = Object.entries(facts).map(([name, text]) => `"${name}":${text}`)
          const bytes = Buffer.from(`{"facts":{${members.join()}}}`)
          tally.add(bytes, 0, bytes.length)
          const row = reader.read(bytes, 0, bytes.length)
          if (row !== undefined) counter.add(row)
        }
      }
      const sorted = ({ masks }: { readonly masks: ReadonlyMap<number, number> }): [number, number][] =>
        [...masks].toSorted(([a], [b]) => a - b)
      assert.deepEqual(sorted(tally.tally()), sorted(counter.tally()))
    }),
  )
})

test('a window leaves out what is not in it, and what has no time', () => {
  const tally = new EventTally(CONDITIONS, { sinceMicros: 2e15, untilMicros: 3e15 })
  for (const time of ['1e15', '2e15', '2.5e15', '3e15', 'null', '"soon"']) {
    const bytes = Buffer.from(`{"time":${time},"facts":{"http.host":"a.test"}}`)
    tally.add(bytes, 0, bytes.length)
  }
  assert.equal(tally.tally().rows, 2)
})
