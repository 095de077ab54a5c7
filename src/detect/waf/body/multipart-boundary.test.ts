import assert from 'node:assert/strict'
import test from 'node:test'
import { isMultipartForm, readBoundary } from './multipart-boundary.ts'

test('isMultipartForm', () => {
  const cases: readonly [contentType: string, expected: boolean][] = [
    ['multipart/form-data; boundary=x', true],
    ['Multipart/Form-Data;boundary=x', true],
    ['multipart/form-data', true],
    ['multipart/form-data boundary=x', true],
    ['multipart/form-database', false],
    ['multipart/mixed; boundary=x', false],
    ['multipart/; boundary=0000', false],
    ['', false],
  ]
  for (const [contentType, expected] of cases) assert.equal(isMultipartForm(contentType), expected, contentType)
})

test('readBoundary', () => {
  const cases: readonly [parameters: string, boundary: string | undefined, odd: string[], fault: string | undefined][] =
    [
      ['; boundary=x', 'x', [], undefined],
      [';Boundary=----WebKitFormBoundaryABC', '----WebKitFormBoundaryABC', [], undefined],
      ['; charset=utf-8; boundary=boundary', 'boundary', [], undefined],
      ['; boundary="a b:c"', 'a b:c', ['boundary-quoted'], undefined],
      ['; boundary="ab"; charset=x', 'ab', ['boundary-quoted'], undefined],
      ['; boundary = x', 'x', ['boundary-whitespace'], undefined],
      ['; boundary=a b', 'a b', ['boundary-whitespace'], undefined],
      [' boundary=x', 'x', ['missing-semicolon'], undefined],
      ['; x="; boundary=y"; boundary=z', 'z', [], undefined],
      ['; boundary=a; boundary=b', 'a', ['duplicate-parameter'], 'Multiple boundary parameters in Content-Type'],
      ['', undefined, [], 'Boundary not found in Content-Type'],
      ['; xboundary=x', undefined, [], 'Boundary not found in Content-Type'],
      ['; boundary=', undefined, [], 'Invalid boundary in Content-Type (empty)'],
      ['; boundary=a\x01', 'a\x01', [], 'Invalid boundary in Content-Type (characters)'],
      [`; boundary=${'a'.repeat(71)}`, 'a'.repeat(71), [], 'Invalid boundary in Content-Type (length)'],
      ['; boundary="a', 'a', ['boundary-quoted'], undefined],
    ]
  for (const [parameters, boundary, irregularities, fault] of cases) {
    const error = fault === undefined ? undefined : `Multipart: ${fault}`
    assert.deepEqual(readBoundary(`multipart/form-data${parameters}`), { boundary, irregularities, error }, parameters)
  }
})
