import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { splitTarget } from './target.ts'

test('splitTarget', () => {
  const cases: readonly [raw: string, uri: string, path: string, baseName: string, query: string, fragment?: string][] =
    [
      ['/', '/', '/', '', ''],
      ['/a/b.php', '/a/b.php', '/a/b.php', 'b.php', ''],
      ['/a/b?c=/d?e', '/a/b?c=/d?e', '/a/b', 'b', 'c=/d?e'],
      ['/a?', '/a?', '/a', 'a', ''],
      ['/a?b#c?d', '/a?b', '/a', 'a', 'b', 'c?d'],
      ['/a#', '/a', '/a', 'a', '', ''],
      ['/a#b/c', '/a', '/a', 'a', '', 'b/c'],
      ['/a\\b', '/a\\b', '/a\\b', 'b', ''],
      ['/%2e%2e/x', '/%2e%2e/x', '/%2e%2e/x', 'x', ''],
      ['http://host:80/a/b?c', '/a/b?c', '/a/b', 'b', 'c'],
      ['http://host?c=1', '/?c=1', '/', '', 'c=1'],
      ['http://host', '/', '/', '', ''],
      ['HTTPS://host/a://b', '/a://b', '/a://b', 'b', ''],
      ['*', '*', '*', '*', ''],
      ['host:443', 'host:443', 'host:443', 'host:443', ''],
      ['//a/b', '//a/b', '//a/b', 'b', ''],
      ['', '', '', '', ''],
    ]
  for (const [raw, uri, path, baseName, query, fragment] of cases) {
    assert.deepEqual(splitTarget(raw), { raw, uri, path, baseName, query, fragment }, raw)
  }
})

test('splitTarget loses nothing of an origin form', () => {
  const piece = fc.constantFrom('/', '?', '#', 'a', '%2f', '\\', '=', '&', '://')
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
      const raw = `/${pieces.join('')}`
      const { path, query, fragment, uri } = splitTarget(raw)
      const mark = uri.includes('?') ? '?' : ''
      assert.equal(path + mark + query, uri)
      assert.equal(uri + (fragment === undefined ? '' : `#${fragment}`), raw)
    }),
  )
})
