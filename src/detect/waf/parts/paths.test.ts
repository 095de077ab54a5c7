import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { decodePath, normalizePath } from './paths.ts'

test('decodePath decodes once', () => {
  const cases: readonly [path: string, decoded: string][] = [
    ['/a+b', '/a+b'],
    ['/%41%20', '/A '],
    ['/%2541', '/%41'],
    ['/%', '/%'],
    ['/%c3%a9', '/\xc3\xa9'],
  ]
  for (const [path, decoded] of cases) assert.equal(decodePath(path), decoded, path)
})

test('normalizePath reads a path as the most obliging server would', () => {
  const cases: readonly [path: string, normal: string][] = [
    ['/', '/'],
    ['/a/b/', '/a/b/'],
    ['/a/../b', '/b'],
    ['/a/./b/.', '/a/b/'],
    ['/a/b/..', '/a/'],
    ['/../../etc/passwd', '/etc/passwd'],
    ['//a///b', '/a/b'],
    ['/a\\..\\b', '/b'],
    ['/a/%2e%2e/b', '/b'],
    ['/a/%252e%252e%252fb', '/b'],
    ['/a/..;x=y/b', '/b'],
    ['/a;jsessionid=1/b', '/a/b'],
    ['/..', '/'],
    ['*', '*'],
  ]
  for (const [path, normal] of cases) assert.equal(normalizePath(path), normal, path)
})

test('normalizePath leaves no dot segment in a path without remaining escapes', () => {
  const piece = fc.constantFrom('/', '.', '..', '%2e', '%2f', '%5c', '\\', ';', 'a')
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 15 }), (pieces) => {
      const segments = normalizePath(`/${pieces.join('')}`).split('/')
      assert.ok(!segments.includes('..') && !segments.includes('.'), pieces.join(''))
    }),
  )
})
