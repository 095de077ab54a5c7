import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { columnText, countRows, jsonText, lastRowEnd, wholeNumber } from './row-text.ts'

const BYTES = fc.string({ unit: fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code)) })

test('columns are quoted only where they must be', () => {
  const cases: readonly [value: string, text: string][] = [
    ['plain "text", {json}', 'plain "text", {json}'],
    ['', '\x1e\x1e'],
    ['a\nb', '\x1ea\nb\x1e'],
    ['a\x1fb', '\x1ea\x1fb\x1e'],
    ['\x1e', '\x1e\x1e\x1e\x1e'],
    ['\xff\0', '\xff\0'],
  ]
  for (const [value, text] of cases) assert.equal(columnText(value), text)
})

test('jsonText is JSON, and needs no quotes in a column', () => {
  fc.assert(
    fc.property(BYTES, (value) => {
      const json = jsonText(value)
      assert.equal(JSON.parse(json), value)
      assert.equal(columnText(json), json)
    }),
  )
})

test('wholeNumber prints what String prints', () => {
  const values = [2 ** 31, 1_795_313_701_000_007, 281_470_681_743_360, 999_999_999_999, Number.MAX_SAFE_INTEGER]
  for (const value of values) assert.equal(wholeNumber(value), String(value))
  fc.assert(
    fc.property(fc.maxSafeNat(), (n) => assert.equal(wholeNumber(Math.max(n, 2 ** 31)), String(Math.max(n, 2 ** 31)))),
  )
})

test('a torn segment is cut after its last whole row, wherever it was torn', () => {
  fc.assert(
    fc.property(fc.array(BYTES, { maxLength: 6 }), fc.nat(), (values, cut) => {
      const rows = values.map((value) => Buffer.from(`${columnText(value)}\n`, 'utf8'))
      const whole = Buffer.concat(rows)
      const torn = whole.subarray(0, whole.length === 0 ? 0 : cut % (whole.length + 1))
      let end = 0
      let count = 0
      for (const row of rows) {
        if (end + row.length > torn.length) break
        end += row.length
        count++
      }
      assert.equal(lastRowEnd(torn), end)
      assert.equal(countRows(torn), count)
    }),
  )
})
