import assert from 'node:assert/strict'
import test from 'node:test'
import { parseCookies } from './cookie.ts'

test('parseCookies', () => {
  const cases: readonly [header: string, entries: [string, string[]][]][] = [
    ['', []],
    ['a=1', [['a', ['1']]]],
    [
      'a=1; b=2;a=3',
      [
        ['a', ['1', '3']],
        ['b', ['2']],
      ],
    ],
    ['a', [['a', ['']]]],
    [
      'a; b=1',
      [
        ['a', ['']],
        ['b', ['1']],
      ],
    ],
    ['=x', [['', ['x']]]],
    [' ; ;a = "q r" ;', [['a', ['"q r"']]]],
    [
      'a=b=c; d=%20',
      [
        ['a', ['b=c']],
        ['d', ['%20']],
      ],
    ],
    ['\xe9=\xff', [['\xe9', ['\xff']]]],
  ]
  for (const [header, entries] of cases) assert.deepEqual([...parseCookies(header)], entries, header)
})

test('parseCookies stays linear without separators', () => {
  assert.equal(parseCookies(';'.repeat(200_000)).size, 0)
  assert.equal(parseCookies('a;'.repeat(200_000)).get('a')?.length, 200_000)
})
