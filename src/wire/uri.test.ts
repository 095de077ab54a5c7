import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { mediaType, normalizePath, parseQueryArguments, pathExtension } from './uri.ts'

test('normalizePath', () => {
  const cases: readonly [raw: string, normal: string][] = [
    ['/', '/'],
    ['/a/b', '/a/b'],
    ['/a/./b', '/a/b'],
    ['/a/../b', '/b'],
    ['/../../b', '/b'],
    ['/a/b/..', '/a/'],
    ['/a/.', '/a/'],
    ['/..', '/'],
    ['/a/%2e%2E/b', '/b'],
    ['/%61dmin', '/admin'],
    ['/a%2fb', '/a%2Fb'],
    ['/%zz%4', '/%zz%4'],
    ['/a//b', '/a//b'],
    ['/a//../b', '/a/b'],
    ['/.hidden', '/.hidden'],
    ['/a...', '/a...'],
    ['/%ff%7e', '/%FF~'],
    ['*', '*'],
  ]
  for (const [raw, normal] of cases) assert.equal(normalizePath(raw), normal, raw)
})

test('normalizePath is stable and leaves no dot segment', () => {
  const piece = fc.constantFrom('/', '.', '..', '%2e', '%2F', '%', 'a', 'B', '~', '%41', '%4', '\xe9')
  fc.assert(
    fc.property(fc.array(piece), (pieces) => {
      const normal = normalizePath(`/${pieces.join('')}`)
      assert.equal(normal[0], '/')
      assert.ok(!normal.split('/').some((segment) => segment === '.' || segment === '..'))
      // Broken escapes may join with what follows, as `%` + `41` do: they are only read once.
      if (!/%(?![0-9a-fA-F]{2})/.test(pieces.join(''))) assert.equal(normalizePath(normal), normal)
    }),
  )
})

test('parseQueryArguments', () => {
  const cases: readonly [query: string, entries: [string, string[]][]][] = [
    ['', []],
    ['a=1', [['a', ['1']]]],
    [
      'a=1&b=2&a=3',
      [
        ['a', ['1', '3']],
        ['b', ['2']],
      ],
    ],
    ['a', [['a', ['']]]],
    ['a=', [['a', ['']]]],
    ['=x', [['', ['x']]]],
    ['&&a=1&', [['a', ['1']]]],
    ['a=b=c', [['a', ['b=c']]]],
    ['a+b=c%20d%2B', [['a b', ['c d+']]]],
    ['%61=%ff%00', [['a', ['\xff\0']]]],
    ['a=%zz%', [['a', ['%zz%']]]],
    [
      'A=1&a=2',
      [
        ['A', ['1']],
        ['a', ['2']],
      ],
    ],
  ]
  for (const [query, entries] of cases) assert.deepEqual([...parseQueryArguments(query)], entries, query)
})

test('parseQueryArguments reads what URLSearchParams writes', () => {
  const text = fc.string({ unit: fc.integer({ min: 0x20, max: 0x7e }).map((code) => String.fromCharCode(code)) })
  fc.assert(
    fc.property(fc.array(fc.tuple(text, text)), (pairs) => {
      const expected = new Map<string, string[]>()
      for (const [name, value] of pairs) expected.set(name, [...(expected.get(name) ?? []), value])
      assert.deepEqual(parseQueryArguments(new URLSearchParams(pairs).toString()), expected)
    }),
  )
})

test('pathExtension and mediaType', () => {
  const extensions: readonly [string, string | undefined][] = [
    ['/a.php', 'php'],
    ['/a.tar.GZ', 'gz'],
    ['/a', undefined],
    ['/a.', undefined],
    ['/a.b/c', undefined],
    ['/.env', 'env'],
    ['/x.\xc9A', '\xc9a'],
  ]
  for (const [path, extension] of extensions) assert.equal(pathExtension(path), extension, path)
  const types: readonly [string, string | undefined][] = [
    ['text/html', 'text/html'],
    ['Application/JSON ; charset=utf-8', 'application/json'],
    [' ;x', undefined],
    ['', undefined],
  ]
  for (const [value, type] of types) assert.equal(mediaType(value), type, value)
})
