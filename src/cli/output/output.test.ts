import assert from 'node:assert/strict'
import test from 'node:test'
import { eventCard } from '../event/event-card.ts'
import { treeLines } from './explain-tree.ts'
import { printable } from './printable.ts'
import { formatTable } from './table.ts'

const ESCAPE = String.fromCharCode(27)

const SHOWN: readonly (readonly [string, string, string])[] = [
  ['plain text \u00e9 \u20ac', 'plain text \u00e9 \u20ac', 'text stays'],
  [`${ESCAPE}[2J`, '\\x1b[2J', 'a terminal sequence'],
  ['a\nb\tc', 'a\\x0ab\\x09c', 'line breaks and tabs'],
  ['\u0085\u009b', '\\x85\\x9b', 'C1 controls'],
  ['\u202egnp.exe', '\\u202egnp.exe', 'text that runs backwards'],
]

test('what a client sent cannot speak to the terminal', () => {
  for (const [text, expected, why] of SHOWN) assert.equal(printable(text), expected, why)
})

test('a table aligns its columns and keeps a row on its line', () => {
  const table = formatTable<readonly [string, number]>(
    [
      { title: 'NAME', cell: ([name]) => name },
      { title: 'N', align: 'right', cell: ([, count]) => String(count) },
      { title: 'NOTE', cell: ([name]) => `${name}\n!` },
    ],
    [
      ['a', 1],
      ['longer', 100],
    ],
  )
  assert.equal(table, 'NAME      N  NOTE\na         1  a\\x0a!\nlonger  100  longer\\x0a!\n')
})

test('a row takes several lines when the window is too narrow, and no line is wider than it', () => {
  const columns = [
    { title: 'FIELD', cell: ([name]: readonly string[]) => name },
    { title: 'EXAMPLE', cell: ([, example]: readonly string[]) => example },
    { title: 'MEANING', cell: ([, , meaning]: readonly string[]) => meaning },
  ]
  const rows = [['http.request.uri.path', '"/a"', 'Path with dot segments removed and escapes decoded.']]
  const meaning = { ...columns[2], wraps: true }
  assert.equal(
    formatTable([columns[0], columns[1], meaning], rows, 50),
    'FIELD                  EXAMPLE\n    MEANING\nhttp.request.uri.path  "/a"\n' +
      '    Path with dot segments removed and escapes\n    decoded.\n',
  )
  assert.equal(
    formatTable(columns, rows, 40),
    'FIELD                  EXAMPLE\n    MEANING\nhttp.request.uri.path  "/a"\n    Path with dot segments removed and…\n',
  )
  assert.equal(formatTable(columns, rows, 200), formatTable(columns, rows, undefined))
})

test('a tree shows the value of each part', () => {
  const leaf = (text: string, value: boolean | null) => ({ text, value, children: [] })
  const tree = {
    text: 'a or b',
    value: true,
    children: [
      { ...leaf('a', true), operandValue: 'x' },
      { ...leaf('not b', false), children: [leaf('b', null)] },
    ],
  }
  assert.deepEqual(treeLines(tree, '  '), [
    '  true  a or b',
    '  ├─ true  a   = "x"',
    '  └─ false not b',
    '     └─ ?     b',
  ])
})

test('a tree stays whole in a narrow window', () => {
  const long = (name: string) => `${name} contains "some text" or ${name} contains "other"`
  const leaf = { text: long('http.host'), value: false, operandValue: 'shop.test', children: [] }
  const tree = { text: `ssl and ${long('http.host')}`, value: false, children: [leaf, leaf] }
  assert.deepEqual(treeLines(tree, '', 40), [
    'false ssl and http.host contains "some',
    '│     text" or http.host contains',
    '│     "other"',
    '├─ false http.host contains "some text"',
    '│        or http.host contains "other"',
    '│        = "shop.test"',
    '└─ false http.host contains "some text"',
    '         or http.host contains "other"',
    '         = "shop.test"',
  ])
})

test('an event card names every fact, each entry of a map on its line', () => {
  const card = eventCard({
    ray: '01hgw2bqxn0004zj7k2p',
    time: '2026-11-22T12:00:00.000007Z',
    kind: 'http',
    point: 'http-edge',
    policyVersion: 'v1',
    decision: { verdict: 'allow', why: 'no rule matched', matches: [] },
    weight: 1,
    facts: { 'http.request.headers': { accept: ['a', 'b'], 'x-e': [`${ESCAPE}]0;x`] }, 'http.response.code': 200 },
    omissions: [{ field: 'http.request.headers', key: 'cookie', reason: 'redacted' }],
  })
  assert.match(card, /^http\.request\.headers\["accept"\]\[1\] {2}"b"$/m)
  assert.match(card, /^http\.request\.headers\["x-e"\] +"\\x1b\]0;x"$/m)
  assert.match(card, /^http\.response\.code +200$/m)
  assert.match(card, /^http\.request\.headers\["cookie"\] {2}redacted$/m)
})
