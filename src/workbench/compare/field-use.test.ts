import assert from 'node:assert/strict'
import test from 'node:test'
import { FIELD_BY_NAME, FIELDS } from '#fields'
import { allowsRanges, allowsValues, enforcingPoints, kindOfFields, useOfField } from './field-use.ts'
import { COMPARE_KINDS, type CompareKind } from './report.ts'

const USES: readonly (readonly [string, CompareKind, 'filter' | 'show' | 'skip', string])[] = [
  ['http.request.uri.path', 'http', 'filter', 'what is asked for'],
  ['tls.ja4', 'http', 'filter', 'a fingerprint'],
  ['ip.src', 'http', 'filter', 'of a connection that was established'],
  ['ip.src', 'packet', 'show', 'anyone can write it'],
  ['ip.src', 'dns', 'show', 'anyone can write it'],
  ['ip.src', 'flow', 'show', 'anyone can write it'],
  ['ip.ttl', 'packet', 'filter', 'a header of the packet'],
  ['dns.qname', 'dns', 'filter', 'of the query'],
  ['dns.response.code', 'dns', 'show', 'of the answer'],
  ['http.response.code', 'http', 'show', 'of the answer'],
  ['origin.response.code', 'http', 'show', 'of the answer'],
  ['decision.verdict', 'http', 'show', 'no rule reads it'],
  ['http.cookie', 'http', 'show', 'a secret'],
  ['tls.handshake.duration', 'http', 'show', 'a time'],
  ['tcp.srcport', 'http', 'show', 'another one each time'],
  ['flow.packets', 'flow', 'show', 'only exporters know it'],
  ['ip.id', 'packet', 'show', 'a counter'],
  ['tcp.seq', 'packet', 'show', 'a counter'],
  ['tcp.options.timestamp.tsval', 'packet', 'show', 'a clock'],
  ['dns.id', 'dns', 'show', 'rolled for each query'],
  ['ray', 'http', 'skip', 'another one each time'],
  ['http.request.timestamp.sec', 'http', 'skip', 'the time'],
  ['frame.number', 'packet', 'skip', 'a counter'],
]

test('which fields a filter may use', () => {
  for (const [name, kind, use, why] of USES) {
    assert.equal(useOfField(FIELD_BY_NAME.get(name)!, kind).use, use, `${name}: ${why}`)
  }
})

test('what may be used can be enforced, and is not known only later', () => {
  for (const kind of COMPARE_KINDS) {
    for (const field of FIELDS) {
      if (useOfField(field, kind).use !== 'filter') continue
      assert.ok(enforcingPoints(field).length > 0, field.name)
      assert.notEqual(field.since, 'response', field.name)
      assert.notEqual(field.since, 'end', field.name)
      assert.notEqual(field.privacy, 'secret', field.name)
    }
  }
})

test('what is counted or rolled, and what is secret', () => {
  for (const name of ['ip.id', 'tcp.seq', 'tcp.window', 'udp.srcport', 'tcp.options.timestamp.tsval', 'dns.id']) {
    assert.equal(allowsRanges(FIELD_BY_NAME.get(name)!), false, name)
  }
  assert.equal(allowsRanges(FIELD_BY_NAME.get('ip.len')!), true)
  const headers = FIELD_BY_NAME.get('http.request.headers')!
  assert.equal(allowsValues(headers, 'accept'), true)
  for (const key of ['authorization', 'cookie', 'x-request-id', 'x-csrf-token']) {
    assert.equal(allowsValues(headers, key), false, key)
  }
  assert.equal(allowsValues(FIELD_BY_NAME.get('http.request.cookies')!, 'theme'), false)
})

test('rows are what most of them are', () => {
  assert.equal(kindOfFields([['ip.src', 'http.host'], ['http.host']]), 'http')
  assert.equal(kindOfFields([['ip.src', 'dns.qname'], ['dns.qtype'], ['ip.src']]), 'dns')
  assert.equal(kindOfFields([['ip.src', 'http.host'], ['ip.src'], ['ip.src']]), 'packet')
  assert.equal(kindOfFields([['flow.packets', 'udp.dstport']]), 'flow')
})
