import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { readDisposition } from './content-disposition.ts'

interface Expected {
  readonly name?: string
  readonly fileName?: string
  readonly extended?: string
  readonly odd?: readonly string[]
  readonly error?: string
}

const CASES: readonly [value: string, expected: Expected][] = [
  ['form-data; name="a"', { name: 'a' }],
  ['Form-Data;name=a', { name: 'a' }],
  ['form-data; NAME="a"; FileName="b.txt"', { name: 'a', fileName: 'b.txt' }],
  ['form-data; name="a;b=c"; filename="d;e"', { name: 'a;b=c', fileName: 'd;e' }],
  ['form-data; name=""; filename=""', { name: '', fileName: '' }],
  ['form-data; name="a\\"b\\\\c"', { name: 'a"b\\c' }],
  ['form-data; name="f"; filename="..\\..\\boot.ini"', { name: 'f', fileName: '..\\..\\boot.ini' }],
  ['form-data; name="f"; filename="1.j\\s\\p"', { name: 'f', fileName: '1.j\\s\\p' }],
  ['form-data ; name = "a" ; filename = "b" ', { name: 'a', fileName: 'b' }],
  ['form-data; name="a";', { name: 'a' }],
  ["form-data; name=f; filename*=UTF-8''na%C3%AFve%20.php", { name: 'f', extended: 'na\xc3\xafve .php' }],
  ["form-data; name=f; filename*=iso-8859-1'en'%E9.php", { name: 'f', extended: '\xc3\xa9.php' }],
  ['form-data; name=f; filename*0=a.; filename*1*=ph%70', { name: 'f', extended: 'a.php' }],
  ["form-data; name=f; filename=a.jpg; filename*=utf-8''a.php", { name: 'f', fileName: 'a.jpg', extended: 'a.php' }],
  [
    'form-data; name="a" filename="b"',
    { name: 'a', fileName: 'b', odd: ['missing-semicolon'], error: 'semicolon missing' },
  ],
  ['form-data; name=a b; c=d', { name: 'a', odd: ['missing-semicolon'], error: 'semicolon missing' }],
  ['form-data; name="a', { name: 'a', odd: ['invalid-quoting'], error: 'quote without end' }],
  ["form-data; name='a;b'", { name: 'a;b', odd: ['invalid-quoting'] }],
  ['form-data; name="a"x', { name: 'a', odd: ['invalid-quoting', 'missing-semicolon'], error: 'semicolon missing' }],
  ['form-data; name=a"b"', { name: 'a"b"', odd: ['invalid-quoting'], error: 'quote inside a word' }],
  ['form-data; name="a"; name="b"', { name: 'a', odd: ['duplicate-parameter'], error: 'duplicate name' }],
  [
    'form-data; name=f; filename="a.jpg"; filename="a.php"',
    { name: 'f', fileName: 'a.jpg', extended: 'a.php', odd: ['duplicate-parameter'], error: 'duplicate file name' },
  ],
  ['form-data; name', { error: 'equals sign missing' }],
  ['attachment; name="a"', { name: 'a', error: 'not form-data' }],
  ['', { error: 'not form-data' }],
]

test('readDisposition', () => {
  for (const [value, { name, fileName, extended, odd = [], error }] of CASES) {
    assert.deepEqual(
      readDisposition(value),
      {
        name,
        fileName,
        extendedFileName: extended,
        irregularities: odd,
        error: error === undefined ? undefined : `Multipart: Invalid Content-Disposition header (${error})`,
      },
      value,
    )
  }
})

test('readDisposition reads back what browsers write', () => {
  const text = fc.string({ unit: 'binary-ascii', maxLength: 12 }).filter((value) => !/[\\\r\n]/.test(value))
  fc.assert(
    fc.property(text, text, (name, fileName) => {
      const quoted = [name, fileName].map((value) => value.replaceAll('"', '\\"'))
      const {
        name: readName,
        fileName: readFile,
        error,
      } = readDisposition(`form-data; name="${quoted[0]}"; filename="${quoted[1]}"`)
      assert.deepEqual([readName, readFile, error], [name, fileName, undefined])
    }),
  )
})

test('readDisposition ends on any text', () => {
  const piece = fc.constantFrom('form-data', ';', '=', '"', '\\', ' ', 'name', 'filename', 'filename*', "'", '%41', 'x')
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 20 }), (pieces) => {
      const { name, fileName } = readDisposition(pieces.join(''))
      assert.ok((name ?? '').length + (fileName ?? '').length <= pieces.join('').length)
    }),
    { numRuns: 1000 },
  )
})
