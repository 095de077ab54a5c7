import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { parseCookies } from '#wire'
import { appendCookies, decodeCookies } from './cookies.ts'

test('appendCookies keeps order, duplicates, quotes and escapes', () => {
  const cases: readonly [field: string, cookies: string[]][] = [
    ['a=1; b=2', ['a', '1', 'b', '2']],
    ['a=1;b=2', ['a', '1', 'b', '2']],
    ['a=1; a=2', ['a', '1', 'a', '2']],
    ['a="x y"; b=%41', ['a', '"x y"', 'b', '%41']],
    ['a=b=c', ['a', 'b=c']],
    ['a', ['a', '']],
    ['=x', ['', 'x']],
    [' ;; a = 1 ; ', ['a', '1']],
    ['$Version=0; a=1', ['$Version', '0', 'a', '1']],
    ['', []],
  ]
  for (const [field, cookies] of cases) {
    const list: string[] = []
    appendCookies(field, list)
    assert.deepEqual(list, cookies, field)
  }
})

test('appendCookies finds what the cookie map of the wire floor finds', () => {
  const piece = fc.constantFrom('a', 'b', '=', ';', ' ', '"', '%41', '\t')
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 25 }), (pieces) => {
      const field = pieces.join('')
      const list: string[] = []
      appendCookies(field, list)
      const byName = new Map<string, string[]>()
      for (let at = 0; at < list.length; at += 2) byName.set(list[at], [...(byName.get(list[at]) ?? []), list[at + 1]])
      assert.deepEqual(byName, parseCookies(field))
    }),
  )
})

test('decodeCookies decodes values, takes their quotes off, and leaves names', () => {
  assert.deepEqual(decodeCookies(['a', '"b%20c"', 'd', '""', 'e', '"', 'f', 'g"']), [
    'a',
    'b c',
    'd',
    '',
    'e',
    '"',
    'f',
    'g"',
  ])
  assert.deepEqual(decodeCookies(['%41', '%7B%22a%22%7D', 'b', 'c+d']), ['%41', '{"a"}', 'b', 'c+d'])
  const plain = ['a', 'b']
  assert.equal(decodeCookies(plain), plain)
})
