import assert from 'node:assert/strict'
import test from 'node:test'
import type { FieldType, FieldValue } from '#fields'
import { parseIp } from '#wire'
import { eventJson, valueJson } from './event-json.ts'
import { readable } from './readable.ts'
import { formatMetrics, metricLabels } from './metrics-text.ts'
import { formatMicros, parseDurationSeconds, parseMomentMicros } from './time.ts'
import { TokenRing } from './tokens.ts'

const NOW = Date.UTC(2026, 10, 22, 12) * 1000

const MOMENTS: readonly (readonly [string, string | undefined])[] = [
  ['10m', '2026-11-22T11:50:00.000000Z'],
  ['24h', '2026-11-21T12:00:00.000000Z'],
  ['250ms', '2026-11-22T11:59:59.750000Z'],
  ['2026-11-22', '2026-11-22T00:00:00.000000Z'],
  ['2026-11-22T10:00:00Z', '2026-11-22T10:00:00.000000Z'],
  ['2026-11-22T10:00:00.000004Z', '2026-11-22T10:00:00.000004Z'],
  ['2026-11-22T10:00+02:00', '2026-11-22T08:00:00.000000Z'],
  ['2026-11-22T10:00:00', undefined],
  ['2026-13-01', undefined],
  ['10', undefined],
  ['-10m', undefined],
  ['now', undefined],
]

test('moments are durations before now, dates, and times with a zone', () => {
  for (const [text, expected] of MOMENTS) {
    const micros = parseMomentMicros(text, NOW)
    assert.equal(micros === undefined ? undefined : formatMicros(micros), expected, text)
  }
  assert.equal(parseDurationSeconds('7d'), 604_800)
})

const VALUES: readonly (readonly [FieldValue, FieldType, unknown, string])[] = [
  [parseIp('192.0.2.1')!, 'IP', '192.0.2.1', 'IPv4 is a number inside'],
  [parseIp('2001:db8::1')!, 'IP', '2001:db8::1', 'IPv6 is a bigint inside'],
  [3_221_225_985, 'Int', 3_221_225_985, 'the same number as an integer'],
  [true, 'Bool', true, 'Bool'],
  ['caf\u00c3\u00a9', 'String', 'caf\u00e9', 'UTF-8 bytes are decoded'],
  ['caf\u00e9', 'String', 'caf\u00e9', 'bytes that are no UTF-8 stay one character a byte'],
  [['a', 'b'], 'Array<String>', ['a', 'b'], 'array'],
  [new Map([['__proto__', ['x']]]), 'Map<Array<String>>', JSON.parse('{"__proto__":["x"]}'), 'a key is only a key'],
]

test('values become readable JSON', () => {
  for (const [value, type, expected, why] of VALUES) assert.deepEqual(valueJson(value, type), expected, why)
  assert.equal(readable('plain'), 'plain')
})

test('an event has the documented shape', () => {
  const event = eventJson({
    ray: '01hgw2bqxn0004zj7k2p',
    timeMicros: NOW + 7,
    kind: 'http',
    point: 'http-edge',
    policyVersion: 'v1',
    decision: { verdict: 'block', phase: 'firewall_custom', ruleId: 'no-admin', why: 'closed', matches: [] },
    weight: 1,
    facts: { 'ip.src': parseIp('127.0.0.1')!, 'http.request.method': 'GET' },
  })
  assert.deepEqual(event, {
    ray: '01hgw2bqxn0004zj7k2p',
    time: '2026-11-22T12:00:00.000007Z',
    kind: 'http',
    point: 'http-edge',
    policyVersion: 'v1',
    decision: { verdict: 'block', phase: 'firewall_custom', ruleId: 'no-admin', why: 'closed', matches: [] },
    weight: 1,
    facts: { 'ip.src': '127.0.0.1', 'http.request.method': 'GET' },
  })
})

test('a token has its own scope and those below it', () => {
  const ring = new TokenRing([
    { name: 'a', secret: 'secret-a', scopes: ['admin'] },
    { name: 'r', secret: 'secret-r', scopes: ['read'] },
    { name: 'm', secret: 'secret-m', scopes: ['metrics'] },
  ])
  const scopes = (header: string | undefined) => [...(ring.identify(header)?.scopes ?? [])].sort()
  assert.deepEqual(scopes('Bearer secret-a'), ['admin', 'metrics', 'read'])
  assert.deepEqual(scopes('bearer secret-r'), ['metrics', 'read'])
  assert.deepEqual(scopes('Bearer secret-m'), ['metrics'])
  for (const header of [undefined, '', 'Bearer', 'Bearer ', 'Basic secret-a', 'Bearer secret-b', 'Bearer secret-a x']) {
    assert.deepEqual(scopes(header), [], String(header))
  }
})

test('metrics are written in the text format with labels escaped', () => {
  const samples = [{ labels: metricLabels({ rule: 'a"b\\c\nd' }), value: 2 }, { value: Number.POSITIVE_INFINITY }]
  const text = formatMetrics([
    { name: 'x_total', help: 'Two\nlines.', type: 'counter', samples },
    { name: 'none', help: '', type: 'gauge', samples: [] },
  ])
  assert.equal(
    text,
    '# HELP x_total Two\\nlines.\n# TYPE x_total counter\nx_total{rule="a\\"b\\\\c\\nd"} 2\nx_total +Inf\n',
  )
})
