import assert from 'node:assert/strict'
import test from 'node:test'
import { FIELD_BY_NAME } from '#fields'
import { explainExpression, parseExpression } from '#rules'
import type { Event } from './event.ts'
import { EVENT_READERS, recordedIn } from './event-readers.ts'

const EVENT: Event = {
  ray: '1m80gj4x50000g7nyych',
  timeMicros: 1_795_313_701_797_017,
  kind: 'http',
  point: 'http-edge',
  policyVersion: '0123456789abcdef',
  decision: { verdict: 'allow', why: 'no rule decided', matches: [] },
  weight: 1,
  facts: {
    'ip.src': 0xc000_0201,
    ssl: true,
    'http.host': 'shop.test',
    'http.request.uri.path': '/a/b.PHP',
    'http.request.uri.query': 'a=1&token=#0123456789ab&b=%41',
    'http.cookie': 'id=#0123456789ab; theme=#ba9876543210',
    'http.request.headers': new Map([
      ['host', ['shop.test']],
      ['cookie', ['id=#0123456789ab; theme=#ba9876543210']],
    ]),
    'http.user_agent': 'x'.repeat(8192),
  },
  omissions: [
    { field: 'http.request.uri.query', reason: 'redacted' },
    { field: 'http.cookie', reason: 'redacted' },
    { field: 'http.request.headers', key: 'cookie', reason: 'redacted' },
    { field: 'http.user_agent', reason: 'truncated', lengthBytes: 9000, hash: '#0123456789ab' },
  ],
}

test('rules are decided on a stored event as far as it was stored', () => {
  const cases: readonly [text: string, value: boolean | undefined, why: string][] = [
    ['http.host == "shop.test" and ssl', true, 'stored as it was'],
    ['http.request.uri.path.extension == "php"', true, 'derived'],
    ['http.referer == "x"', false, 'absent'],
    ['http.cookie contains "id"', undefined, 'hashed'],
    ['http.request.headers["host"][0] == "shop.test"', true, 'another entry of the map was hashed'],
    ['http.request.headers["cookie"][0] contains "id"', undefined, 'hashed entry'],
    ['http.request.headers["x-none"][0] == "a"', false, 'absent entry'],
    ['any(http.request.headers[*] == "a")', undefined, 'some entry was hashed'],
    ['http.request.uri.args["a"][0] == "1"', true, 'another argument was hashed'],
    ['http.request.uri.args["b"][0] == "A"', true, 'another argument was hashed'],
    ['http.request.uri.args["token"][0] == "x"', undefined, 'hashed argument'],
    ['http.request.uri.args["none"][0] == "x"', false, 'absent argument'],
    ['http.request.uri contains "token"', undefined, 'part of it was hashed'],
    ['http.request.cookies["id"][0] == "x"', undefined, 'hashed cookie'],
    ['http.request.cookies["none"][0] == "x"', false, 'absent cookie'],
    ['http.user_agent contains "y"', undefined, 'cut'],
    ['http.request.headers.names[0] == "Host"', undefined, 'never stored'],
    ['http.user_agent contains "y" and not ssl', false, 'the rest decides'],
  ]
  for (const [text, value, why] of cases) {
    const parsed = parseExpression(text, { fields: FIELD_BY_NAME })
    assert.ok(parsed.ok, text)
    const environment = { readers: EVENT_READERS, lists: new Map(), recorded: recordedIn(EVENT) }
    assert.equal(explainExpression(parsed.expression, environment, EVENT).value, value, `${text}: ${why}`)
  }
})

test('derived fields', () => {
  const cases: readonly [field: string, value: unknown][] = [
    ['http.request.uri', '/a/b.PHP?a=1&token=#0123456789ab&b=%41'],
    ['http.request.full_uri', 'https://shop.test/a/b.PHP?a=1&token=#0123456789ab&b=%41'],
    ['http.request.uri.path.extension', 'php'],
  ]
  for (const [field, value] of cases) assert.equal(EVENT_READERS.read[field](EVENT), value)
  const empty: Event = { ...EVENT, facts: {} }
  for (const [field] of cases) assert.equal(EVENT_READERS.read[field](empty), undefined)
})
