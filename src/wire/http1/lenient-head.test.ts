import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type LenientHead, readLenientHead } from './lenient-head.ts'

const CASES: readonly [text: string, expected: LenientHead, why: string][] = [
  ['', { method: '', target: '', version: 'HTTP/0.9', fields: [] }, 'nothing came'],
  ['GET', { method: 'GET', target: '', version: 'HTTP/0.9', fields: [] }, 'a method alone'],
  ['GET /', { method: 'GET', target: '/', version: 'HTTP/0.9', fields: [] }, 'HTTP/0.9'],
  [
    'GET /a b HTTP/1.1\r\nHost: a.test\r\n',
    { method: 'GET', target: '/a b', version: 'HTTP/1.1', fields: ['Host', 'a.test'] },
    'a space in the target',
  ],
  [
    'GET / HTTP/1.1\nHost: a.test\n\nX: body',
    { method: 'GET', target: '/', version: 'HTTP/1.1', fields: ['Host', 'a.test'] },
    'bare line feeds, and what follows the empty line is no field',
  ],
  [
    'POST / http/3.7\r\nA : 1\r\n folded \r\nno colon\r\n: nameless\r\nB:\r\n',
    { method: 'POST', target: '/', version: 'http/3.7', fields: ['A', '1 folded', 'B', ''] },
    'folding, white space before a colon, lines that are no fields',
  ],
  [
    'GET / HTTP/1.1\r\n folded first\r\nA: 1',
    { method: 'GET', target: '/', version: 'HTTP/1.1', fields: ['A', '1'] },
    'a folded line without one before it; an end without a line end',
  ],
]

for (const [text, expected, why] of CASES) {
  test(`a refused head: ${why}`, () => assert.deepEqual(readLenientHead(text), expected))
}

test('any bytes give names and values in pairs, none of them with a line feed', () => {
  const bytes = fc.string({ unit: fc.constantFrom('G', ' ', '\r', '\n', ':', '\t', '\0', 'HTTP/1.1', 'é') })
  fc.assert(
    fc.property(bytes, (text) => {
      const { method, target, fields } = readLenientHead(text)
      assert.equal(fields.length % 2, 0)
      for (const part of [method, target, ...fields]) assert.ok(!part.includes('\n'))
    }),
  )
})
