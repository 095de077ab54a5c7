import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import type { BodyProcessor } from '../body-contents.ts'
import { DEFAULT_BODY_LIMITS } from './limits.ts'
import { parseBody, parseBodyAs } from './parse-body.ts'
import { isJsonSequence, processorFor } from './processor.ts'

test('processorFor', () => {
  const cases: readonly [contentType: string, processor: BodyProcessor][] = [
    ['application/x-www-form-urlencoded', 'URLENCODED'],
    ['Application/X-WWW-Form-Urlencoded; charset=UTF-8', 'URLENCODED'],
    ['multipart/form-data; boundary=x', 'MULTIPART'],
    ['multipart/mixed; boundary=x', ''],
    ['application/json', 'JSON'],
    ['application/json; charset=utf-8', 'JSON'],
    ['application/vnd.api+json', 'JSON'],
    ['application/csp-report', 'JSON'],
    ['application/x-ndjson', 'JSON'],
    ['text/xml', 'XML'],
    ['application/soap+xml; action=x', 'XML'],
    ['image/svg+xml', 'XML'],
    ['application/graphql', ''],
    ['application/octet-stream', ''],
    ['text/plain', ''],
    ['', ''],
  ]
  for (const [contentType, processor] of cases) assert.equal(processorFor(contentType), processor, contentType)
})

test('isJsonSequence', () => {
  const sequences = ['application/x-ndjson', 'application/jsonl; charset=utf-8', 'application/geo+json-seq']
  for (const contentType of sequences) assert.equal(isJsonSequence(contentType), true, contentType)
  for (const contentType of ['application/json', '']) assert.equal(isJsonSequence(contentType), false, contentType)
})

test('parseBody reads by type', () => {
  const cases: readonly [contentType: string, body: string, pairs: string[], nested: string[]][] = [
    ['application/x-www-form-urlencoded', 'a=%41&b=["wxyz"]', ['a', 'A', 'b', '["wxyz"]'], ['b.0', 'wxyz']],
    ['application/json', '{"a":"b"}', ['json.a', 'b'], []],
    ['application/x-ndjson', '{"a":1}\n{"a":2}', ['json.0.a', '1', 'json.1.a', '2'], []],
    [
      'multipart/form-data; boundary=b',
      '--b\r\nContent-Disposition: form-data; name=a\r\n\r\nx\r\n--b--',
      ['a', 'x'],
      [],
    ],
    ['text/plain', 'a=b', [], []],
    ['application/json', '', [], []],
  ]
  for (const [contentType, body, pairs, nested] of cases) {
    const contents = parseBody(contentType, Buffer.from(body))
    assert.deepEqual([contents.pairs, contents.nested, contents.error], [pairs, nested, undefined], contentType)
  }
  const xml = parseBody('text/xml', Buffer.from('<a b="[&quot;x&quot;,&quot;y&quot;]"/>'))
  assert.deepEqual(xml.nested, ['xml.a.@b.0', 'x', 'xml.a.@b.1', 'y'])
})

test('parseBodyAs obeys the name it is called by', () => {
  const text = '{"a":"b"}'
  const body = { contentType: 'text/plain', bytes: Buffer.from(text), text, complete: true }
  assert.deepEqual(parseBodyAs('JSON', body, DEFAULT_BODY_LIMITS).pairs, ['json.a', 'b'])
  assert.deepEqual(parseBodyAs('URLENCODED', body, DEFAULT_BODY_LIMITS).pairs, [text, ''])
  assert.equal(parseBodyAs('', body, DEFAULT_BODY_LIMITS).parsedBytes, 0)
})

test('a form says what is irregular', () => {
  const contents = parseBody('application/x-www-form-urlencoded', Buffer.from('a=%u0041%00&b=%'))
  assert.deepEqual([...contents.irregularities].sort(), ['nul-byte', 'percent-u'])
  assert.equal(contents.invalidEscapes, 2)
  assert.deepEqual(contents.rawPairs, ['a', '%u0041%00', 'b', '%'])
})

test('parseBody says when it did not decode further', () => {
  const values = JSON.stringify(Array.from({ length: 300 }, (_, index) => `["text ${index}"]`))
  assert.equal(parseBody('application/json', Buffer.from(values)).limit, 'nested')
})

test('no body reaches a prototype', () => {
  const bodies: readonly [contentType: string, body: string][] = [
    ['application/json', '{"__proto__":{"polluted":"yes"},"constructor":{"prototype":{"polluted":"yes"}}}'],
    ['application/x-www-form-urlencoded', '__proto__[polluted]=yes&constructor.prototype.polluted=yes'],
    ['text/xml', '<__proto__ polluted="yes"><constructor>yes</constructor></__proto__>'],
  ]
  for (const [contentType, body] of bodies) {
    parseBody(contentType, Buffer.from(body))
    assert.equal((Object.prototype as { polluted?: string }).polluted, undefined)
  }
})

const SEEDS: readonly [contentType: string, body: string][] = [
  ['application/x-www-form-urlencoded', 'a=%41&b=c+d&e[]=%u0041&__proto__=%'],
  ['application/json', '{"a":[1,true,null,{"b":"c\\u0041"}],"":"eyJhIjoiYiJ9eyJhIjoiYiJ9"}'],
  ['application/x-ndjson', '{"a":1}\n[2,"x"]\n'],
  ['text/xml', '<?xml version="1.0"?><!DOCTYPE a><a b="&lt;"><![CDATA[x]]><!-- c -->&#65;</a>'],
  [
    'multipart/form-data; boundary="b"',
    '--b\r\nContent-Disposition: form-data; name="a"; filename="b\\""\r\nContent-Type: x/y\r\n\r\nv\r\n--b--\r\n',
  ],
]

test('parseBody takes valid bodies that were damaged, and cut anywhere', () => {
  const damage = fc.record({ at: fc.nat(120), remove: fc.nat(6), insert: fc.uint8Array({ maxLength: 6 }) })
  fc.assert(
    fc.property(
      fc.nat(SEEDS.length - 1),
      fc.array(damage, { maxLength: 4 }),
      fc.boolean(),
      (index, damages, complete) => {
        const [contentType, body] = SEEDS[index]
        let bytes = Buffer.from(body, 'latin1')
        for (const { at, remove, insert } of damages) {
          bytes = Buffer.concat([bytes.subarray(0, at), insert, bytes.subarray(at + remove)])
        }
        check(contentType, bytes, complete)
      },
    ),
    { numRuns: 3000 },
  )
})

test('parseBody takes any bytes as any type', () => {
  fc.assert(
    fc.property(fc.nat(SEEDS.length - 1), fc.uint8Array({ maxLength: 200 }), fc.boolean(), (index, bytes, complete) => {
      check(SEEDS[index][0], bytes, complete)
    }),
    { numRuns: 2000 },
  )
})

/** What holds for the contents of every body, well formed or not. */
function check(contentType: string, bytes: Uint8Array, complete: boolean): void {
  const text = Buffer.from(bytes).toString('latin1')
  const body = { contentType, bytes, text, complete }
  const contents = parseBodyAs(processorFor(contentType), body, DEFAULT_BODY_LIMITS)
  assert.equal(contents.pairs.length % 2, 0)
  assert.equal(contents.partHeaders.length % 2, 0)
  assert.equal(contents.nested.length % 2, 0)
  assert.ok(contents.parsedBytes >= 0 && contents.parsedBytes <= bytes.length)
  for (const value of [...contents.pairs, ...contents.nested, contents.xml?.text ?? '']) {
    assert.ok(!/[^\x00-\xff]/.test(value), 'only bytes')
  }
  for (const { contentOffset, sizeBytes } of contents.files) assert.ok(contentOffset + sizeBytes <= bytes.length)
}
