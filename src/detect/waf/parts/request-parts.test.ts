import assert from 'node:assert/strict'
import test from 'node:test'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { parseIp } from '#wire'
import type { WafBody, WafRequest } from '../message.ts'
import { RequestParts } from './request-parts.ts'

const ADDRESS = parseIp('192.0.2.1')!

function request(target: string, fields: readonly string[] = []): WafRequest {
  return {
    ray: '0',
    method: 'GET',
    target,
    version: 'HTTP/1.1',
    fields,
    remoteAddress: ADDRESS,
    remotePort: 1,
    localAddress: ADDRESS,
    localPort: 80,
    secure: false,
    receivedMs: 0,
  }
}

function bodyOf(bytes: Uint8Array | string, complete = true): WafBody {
  const given = typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes
  return { bytes: given, complete, totalBytes: given.length }
}

function parametersOf(parts: RequestParts): string[] {
  const { sources, names, values } = parts.parameters()
  return sources.map((source, index) => `${source} ${names[index]}: ${values[index]}`)
}

test('RequestParts takes a head apart', () => {
  const parts = new RequestParts(
    request(
      '/a%2fb/../c.php?x=%41&y&x=2#z',
      [
        ['Host', 'a.test'],
        ['Content-Type', 'text/plain; Charset="ISO-8859-1"'],
        ['Cookie', 'a=1; b=%3c'],
        ['X-Other', 'v'],
        ['cookie', 'c=3'],
      ].flat(),
    ),
  )
  assert.equal(parts.target.path, '/a%2fb/../c.php')
  assert.equal(parts.decodedPath, '/a/b/../c.php')
  assert.equal(parts.normalizedPath, '/a/c.php')
  assert.deepEqual(parts.queryPairs, ['x', 'A', 'y', '', 'x', '2'])
  assert.deepEqual(parts.rawQueryPairs, ['x', '%41', 'y', '', 'x', '2'])
  assert.deepEqual(parts.cookies, ['a', '1', 'b', '%3c', 'c', '3'])
  assert.deepEqual(parts.headerNames, ['host', 'content-type', 'cookie', 'x-other', 'cookie'])
  assert.equal(parts.header('x-other'), 'v')
  assert.equal(parts.charset, 'iso-8859-1')
  assert.equal(parts.naturalProcessor, '')
  assert.deepEqual([parts.body.pairs, parts.bodyText, parts.bodyBytes.length], [[], '', 0])
})

test('RequestParts counts invalid escapes of the query', () => {
  assert.equal(new RequestParts(request('/?a=%zz&b=%')).invalidQueryEscapes, 2)
})

test('RequestParts reads a body by its type, or as a rule asks', () => {
  const parts = new RequestParts(request('/', ['Content-Type', 'text/plain']))
  const body = bodyOf('{"a":"b"}')
  parts.setBody(body)
  assert.deepEqual([parts.body.processor, parts.body.pairs, parts.bodyText], ['', [], '{"a":"b"}'])
  assert.deepEqual(parametersOf(parts).slice(-1), ['body body: {"a":"b"}'])
  parts.setBody(body, 'JSON')
  assert.deepEqual([parts.body.processor, parts.body.pairs], ['JSON', ['json.a', 'b']])
  assert.deepEqual(parametersOf(parts).slice(-1), ['json json.a: b'])
})

test('RequestParts decodes a body with a content coding, and shows text that stands in it in the clear', () => {
  const fields = ['Content-Type', 'application/x-www-form-urlencoded', 'Content-Encoding', 'gzip']
  const parts = new RequestParts(request('/', fields))
  parts.setBody(bodyOf(gzipSync('a=%3Cscript%3E')))
  assert.deepEqual([parts.body.pairs, parts.codingProblem, parts.codedText], [['a', '<script>'], undefined, ''])
  const appended = new RequestParts(request('/', fields))
  appended.setBody(bodyOf(Buffer.concat([gzipSync('a=1'), Buffer.from('&b=<script>alert(1)</script>')])))
  assert.match(appended.codedText, /&b=<script>alert/)
  assert.match(parametersOf(appended).at(-1) ?? '', /^body body: .*<script>alert/)
})

test('RequestParts reads a body that only claims to be coded', () => {
  const parts = new RequestParts(
    request('/', ['Content-Type', 'application/x-www-form-urlencoded', 'Content-Encoding', 'gzip']),
  )
  parts.setBody(bodyOf('a=<script>'))
  assert.deepEqual([parts.body.pairs, parts.codingProblem], [['a', '<script>'], 'corrupt'])
})

test('RequestParts does not expect the end of a body that is still coming', () => {
  const coded = gzipSync(JSON.stringify({ a: 'x'.repeat(5000) }))
  const parts = new RequestParts(request('/', ['Content-Type', 'application/json', 'Content-Encoding', 'gzip']))
  parts.setBody(bodyOf(coded.subarray(0, coded.length - 12), false))
  assert.deepEqual([parts.codingProblem, parts.body.error, parts.isBodyComplete], [undefined, undefined, false])
  assert.equal(parts.body.pairs[0], 'json.a')
})

test('parameters holds every value that a client controls, once', () => {
  const token = Buffer.from('["<script>"]').toString('base64')
  const parts = new RequestParts(
    request(
      '/a%20b?q=1&x[$ne]=2#frag',
      [
        ['Host', 'a.test'],
        ['Cookie', `c=%3Cb%3E; t=${token}`],
        ['Content-Type', 'multipart/form-data; boundary=b'],
      ].flat(),
    ),
  )
  const head = [
    'path path: /a b',
    'path fragment: frag',
    'query q: 1',
    'name x[$ne]: x[$ne]',
    'query x[$ne]: 2',
    'cookie c: <b>',
    `cookie t: ${token}`,
    'header host: a.test',
    'header content-type: multipart/form-data; boundary=b',
    'nested t.0: <script>',
  ]
  assert.deepEqual(parametersOf(parts), head)
  parts.setBody(
    bodyOf(
      '--b\r\nContent-Disposition: form-data; name="m"\r\n\r\nv\r\n' +
        '--b\r\nContent-Disposition: form-data; name="f"; filename="n.txt"; filename*=utf-8\'\'n.php\r\n\r\nfile\r\n--b--\r\nrest',
    ),
  )
  assert.deepEqual(parametersOf(parts), [
    ...head,
    'multipart m: v',
    'file_name f: n.txt',
    'file_name f: n.php',
    'part_header m: Content-Disposition: form-data; name="m"',
    'part_header f: Content-Disposition: form-data; name="f"; filename="n.txt"; filename*=utf-8\'\'n.php',
    'body body: rest',
  ])
})

test('parameters shows raw what no parser understood', () => {
  const parts = new RequestParts(request('/', ['Content-Type', 'application/json']))
  parts.setBody(bodyOf('{"a":"b", c: "<script>"}'))
  const found = ['json json.a: b', 'body body: c: "<script>"}', 'json json: c: ', 'json json: <script>']
  assert.deepEqual(parametersOf(parts).slice(-4), found)
})

test('values behind very many others are seen one by one', () => {
  const forms: readonly (readonly [contentType: string, body: string])[] = [
    ['application/x-www-form-urlencoded', `${'a=x&'.repeat(20_000)}q=..%2fx&b=c`],
    ['application/json', `[${'"x",'.repeat(20_000)}"../x","c"]`],
  ]
  for (const [contentType, body] of forms) {
    const parts = new RequestParts(request('/', ['Content-Type', contentType]))
    parts.setBody(bodyOf(body))
    assert.equal(parts.parameters().values.at(-1), '../x')
  }
})

test('RequestParts finds GraphQL wherever servers take it', () => {
  const document = '{ user(id: "<b>") { name } }'
  const encoded = encodeURIComponent(document)
  const cases: readonly [target: string, contentType: string, body: string][] = [
    [`/graphql?query=${encoded}`, '', ''],
    ['/graphql', 'application/graphql', document],
    ['/graphql', 'application/json', JSON.stringify({ query: document, variables: { a: 1 } })],
    ['/graphql', 'application/json', JSON.stringify([{ query: document }])],
    ['/graphql', 'application/x-www-form-urlencoded', `query=${encoded}`],
  ]
  for (const [target, contentType, body] of cases) {
    const parts = new RequestParts(request(target, contentType === '' ? [] : ['Content-Type', contentType]))
    parts.setBody(bodyOf(body))
    assert.equal(parts.graphql?.depth, 2, contentType)
    assert.ok(parametersOf(parts).includes('graphql graphql.user.id: <b>'), contentType)
  }
  const batch = new RequestParts(request('/graphql', ['Content-Type', 'application/json']))
  batch.setBody(bodyOf(JSON.stringify([{ query: '{ a }' }, { query: document }, { other: '{ c }' }])))
  assert.deepEqual([batch.graphql?.operationCount, batch.graphql?.fieldCount, batch.graphql?.depth], [2, 3, 2])
  const search = new RequestParts(request('/search?query=what+is+%7B+in+C'))
  assert.equal(search.graphql, undefined)
})

test('parameters of the head stay where they are when the body comes', () => {
  const text = fc.stringMatching(/^[a-c%&=;{}"\\[\]<>\n-]{0,20}$/)
  const contentType = fc.constantFrom('application/json', 'application/x-www-form-urlencoded', 'text/xml', 'text/plain')
  fc.assert(
    fc.property(text, text, text, contentType, (query, cookie, body, type) => {
      const parts = new RequestParts(request(`/?${query}`, ['Cookie', cookie, 'Content-Type', type]))
      const head = parametersOf(parts)
      parts.setBody(bodyOf(body))
      const all = parametersOf(parts)
      assert.deepEqual(all.slice(0, head.length), head)
      const fresh = new RequestParts(request(`/?${query}`, ['Cookie', cookie, 'Content-Type', type]))
      fresh.setBody(bodyOf(body))
      assert.deepEqual(parametersOf(fresh), all)
    }),
    { numRuns: 500 },
  )
})

test('RequestParts looks into bearer tokens, not into passwords', () => {
  const piece = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
  const token = `${piece({ alg: 'HS256', kid: "x' union select 'k" })}.${piece({ sub: 'ann' })}.c2ln`
  const bearer = new RequestParts(request('/', ['Authorization', `Bearer ${token}`]))
  assert.deepEqual(
    bearer.headNested,
    [
      ['authorization.alg', 'HS256'],
      ['authorization.kid', "x' union select 'k"],
      ['authorization.sub', 'ann'],
    ].flat(),
  )
  const password = Buffer.from('ann:a long password').toString('base64')
  assert.deepEqual(new RequestParts(request('/', ['Authorization', `Basic ${password}`])).headNested, [])
})
