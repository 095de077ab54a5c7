import assert from 'node:assert/strict'
import { test } from 'node:test'
import { configReference, listReference, ruleReference } from './reference.ts'

test('every key of the configuration has a type and a help text', () => {
  const rows = configReference()
  for (const { key, type, help } of rows) assert.ok(type !== '' && help.endsWith('.'), `${key} lacks its help`)
  assert.equal(new Set(rows.map(({ key }) => key)).size, rows.length)
})

const ROWS: readonly (readonly [key: string, type: string, defaultText: string | undefined, required: boolean])[] = [
  ['console.listen', 'address', '127.0.0.1:9090', false],
  ['edge', 'mapping', undefined, true],
  ['edge.workers', 'whole number', 'the number of processors, at most 4', false],
  ['edge.listeners[].tls', 'true | false', 'false', false],
  ['edge.sites[].origins[].url', 'origin URL', undefined, true],
  ['edge.sites[].origins[].ca', 'path', undefined, false],
  ['edge.sites[].balance', 'round-robin | least-connections', 'round-robin', false],
  ['edge.sites[].health.active.expectStatus', 'list of status or range', '[200-399]', false],
  ['edge.timeouts', 'mapping', undefined, false],
  ['edge.timeouts.head', 'duration', '10s', false],
]

test('rows say type, default and whether the key is required', () => {
  const rows = new Map(configReference().map((row) => [row.key, row]))
  for (const [key, type, defaultText, required] of ROWS) {
    const row = rows.get(key)
    assert.deepEqual([key, row?.type, row?.default, row?.required], [key, type, defaultText, required])
  }
})

test('lists have rows, and prefixes are called what they are', () => {
  assert.deepEqual(
    listReference().map(({ key, type }) => [key, type]),
    [
      ['lists.NAME.type', 'ip | string | asn | country'],
      ['lists.NAME.values', 'list of text or number'],
      ['lists.NAME.file', 'path'],
    ],
  )
  const prefix = configReference().find(({ key }) => key === 'firewall.interfaces[].protect[].prefix')
  assert.equal(prefix?.type, 'address or prefix')
})

test('rules have rows too', () => {
  assert.deepEqual(
    ruleReference().map(({ key }) => key),
    ['id', 'description', 'when', 'action', 'enabled', 'mode', 'expires'].map((key) => `rules[].${key}`),
  )
})
