import assert from 'node:assert/strict'
import test, { type TestContext } from 'node:test'
import { bodyOf, startHttpOrigin } from './testing/origins.ts'
import { exchangeRaw, headerOf } from './testing/raw-client.ts'
import { startTidegate, type TidegateProcess } from './testing/tidegate-process.ts'

interface Refusal {
  readonly name: string
  readonly bytes: string
  readonly status: number
  readonly fault: string
}

const HOST = 'Host: a.test\r\n'
const get = (target: string, fields = HOST): string => `GET ${target} HTTP/1.1\r\n${fields}\r\n`
const post = (fields: string, body: string): string => `POST /p HTTP/1.1\r\n${HOST}${fields}\r\n${body}`
const chunked = (body: string): string => post('Transfer-Encoding: chunked\r\n', body)

/** What no origin may see: one request for each status and the ways that lead to it. */
const REFUSALS: readonly Refusal[] = [
  { name: 'a method that is no token', bytes: `G(T / HTTP/1.1\r\n${HOST}\r\n`, status: 400, fault: 'bad-method' },
  { name: 'a target with a space', bytes: get('/a b'), status: 505, fault: 'bad-version' },
  { name: 'a target with a control character', bytes: get('/a\x01'), status: 400, fault: 'bad-target' },
  { name: 'a target that is no path', bytes: get('a.test/x'), status: 400, fault: 'bad-target-form' },
  { name: 'no Host', bytes: get('/', ''), status: 400, fault: 'missing-host' },
  { name: 'two Hosts', bytes: get('/', HOST + HOST), status: 400, fault: 'duplicate-host' },
  { name: 'a Host that is no name', bytes: get('/', 'Host: a b\r\n'), status: 400, fault: 'bad-host' },
  { name: 'a Host against the target', bytes: get('http://b.test/'), status: 400, fault: 'host-mismatch' },
  { name: 'a folded line', bytes: get('/', `${HOST}X: a\r\n b\r\n`), status: 400, fault: 'folded-line' },
  { name: 'a space before the colon', bytes: get('/', `${HOST}X : a\r\n`), status: 400, fault: 'bad-field-name' },
  { name: 'a line without a colon', bytes: get('/', `${HOST}nonsense\r\n`), status: 400, fault: 'missing-colon' },
  { name: 'a bare LF', bytes: `GET / HTTP/1.1\n${HOST}\r\n`, status: 400, fault: 'bare-lf' },
  { name: 'a NUL in a value', bytes: get('/', `${HOST}X: a\0b\r\n`), status: 400, fault: 'nul-byte' },
  {
    name: 'two lengths',
    bytes: post('Content-Length: 1\r\nContent-Length: 2\r\n', 'ab'),
    status: 400,
    fault: 'duplicate-content-length',
  },
  {
    name: 'a length and chunks',
    bytes: post('Content-Length: 3\r\nTransfer-Encoding: chunked\r\n', '0\r\n\r\n'),
    status: 400,
    fault: 'content-length-and-transfer-encoding',
  },
  { name: 'a chunk size that is none', bytes: chunked('g\r\n'), status: 400, fault: 'bad-chunk-size' },
  {
    name: 'a declared body over the limit',
    bytes: post('Content-Length: 1001\r\n', ''),
    status: 413,
    fault: 'body-too-large',
  },
  {
    name: 'a chunked body that grows over the limit',
    bytes: chunked(`258\r\n${'a'.repeat(600)}\r\n258\r\n${'b'.repeat(600)}\r\n0\r\n\r\n`),
    status: 413,
    fault: 'body-too-large',
  },
  {
    name: 'a target over the limit of the head',
    bytes: get(`/${'x'.repeat(5_000)}`),
    status: 414,
    fault: 'uri-too-long',
  },
  {
    name: 'an expectation that is not 100-continue',
    bytes: post('Expect: magic\r\nContent-Length: 1\r\n', 'a'),
    status: 417,
    fault: 'expectation-failed',
  },
  { name: 'a host that no site has', bytes: get('/', 'Host: b.test\r\n'), status: 421, fault: 'unknown-host' },
  {
    name: 'one field over the limit of the head',
    bytes: get('/', `${HOST}X: ${'x'.repeat(5_000)}\r\n`),
    status: 431,
    fault: 'head-too-large',
  },
  {
    name: 'more fields than the limit',
    bytes: get('/', HOST + Array.from({ length: 16 }, (_, i) => `X-${i}: y\r\n`).join('')),
    status: 431,
    fault: 'too-many-fields',
  },
  {
    name: 'trailers over the limit',
    bytes: chunked(`0\r\nX-T: ${'t'.repeat(600)}\r\n\r\n`),
    status: 431,
    fault: 'trailers-too-large',
  },
  {
    name: 'chunk extensions over the limit',
    bytes: chunked(`1;x=${'e'.repeat(100)}\r\na\r\n0\r\n\r\n`),
    status: 400,
    fault: 'chunk-extension-too-large',
  },
  { name: 'CONNECT', bytes: `CONNECT a.test:443 HTTP/1.1\r\n${HOST}\r\n`, status: 501, fault: 'connect-refused' },
  {
    name: 'a coding that nobody speaks',
    bytes: post('Transfer-Encoding: gzip, chunked\r\n', '0\r\n\r\n'),
    status: 501,
    fault: 'unsupported-transfer-encoding',
  },
  { name: 'HTTP/2.0 in a request line', bytes: `GET / HTTP/2.0\r\n${HOST}\r\n`, status: 505, fault: 'bad-version' },
]

async function startLimited(t: TestContext, seen: string[]): Promise<TidegateProcess> {
  const origin = await startHttpOrigin(t, (request, response) => {
    void bodyOf(request).then(
      () => {
        seen.push(`${request.method} ${request.url}`)
        response.end('ok')
      },
      () => response.destroy(), // a body that broke off
    )
  })
  return startTidegate(t, {
    edge: `  workers: 1
  limits: { head: 4KiB, fields: 16, trailers: 512B, chunkExtensions: 64B }
  sites: [{ name: a, hosts: [a.test, "*.a.test"], origins: [${origin.url}], bodyLimit: 1000B }]`,
    policy: {
      'edge.yaml': `phase: firewall_custom\nrules: [{ id: no, when: 'http.request.uri.path eq "/no"', action: block }]\n`,
    },
  })
}

test('each refusal has its status, its fault in the event, a ray and a page', async (t) => {
  const seen: string[] = []
  const tidegate = await startLimited(t, seen)
  const answers = await Promise.all(REFUSALS.map(({ bytes }) => exchangeRaw(tidegate.httpPort, bytes, 500)))
  for (const [i, { name, status, fault }] of REFUSALS.entries()) {
    await t.test(`${status} ${fault}: ${name}`, async () => {
      const { answer } = answers[i]
      assert.match(answer, new RegExp(`^HTTP/1\\.1 ${status} `))
      const ray = headerOf(answer, 'tidegate-ray') ?? ''
      assert.match(ray, /^[0-9a-hjkmnp-tv-z]{20}$/)
      const page = JSON.parse(answer.slice(answer.indexOf('\r\n\r\n') + 4)) as {
        error: { status: number; ray: string }
      }
      assert.deepEqual([page.error.status, page.error.ray], [status, ray])
      const event = await tidegate.event(ray)
      assert.equal(event.facts['http.fault'], fault)
      assert.equal(event.facts['http.response.code'], status)
      assert.equal(event.decision.verdict, 'refuse')
      assert.notEqual(event.decision.why, '')
    })
  }
  assert.deepEqual(seen, [], 'the origin saw none of them whole')
  const after = await exchangeRaw(tidegate.httpPort, get('/fine', `${HOST}Connection: close\r\n`))
  assert.match(after.answer, /^HTTP\/1\.1 200 /)
  assert.deepEqual(seen, ['GET /fine'])
})

test('a connection that sent something malformed is closed, so that nothing after it can be read as a request', async (t) => {
  const seen: string[] = []
  const tidegate = await startLimited(t, seen)
  for (const { name, bytes, fault } of REFUSALS) {
    if (fault === 'unknown-host') continue // a well-formed request: the next one may follow
    const { answer, closed } = await exchangeRaw(tidegate.httpPort, bytes + get('/smuggled'), 2_000)
    assert.equal(closed, true, name)
    assert.equal([...answer.matchAll(/^HTTP\/1\.1 \d{3} /gm)].length, 1, name)
  }
  assert.deepEqual(seen, [])
})

test('error pages are HTML or JSON as the client accepts, for every side that can be at fault', async (t) => {
  const tidegate = await startLimited(t, [])
  const cases = [
    { status: 403, bytes: (accept: string) => get('/no', `${HOST}${accept}`) },
    { status: 421, bytes: (accept: string) => get('/', `Host: b.test\r\n${accept}`) },
    { status: 413, bytes: (accept: string) => post(`Content-Length: 5000\r\n${accept}`, '') },
  ]
  const accepts = [
    { accept: '', type: 'application/json' },
    { accept: 'Accept: */*\r\n', type: 'application/json' },
    { accept: 'Accept: application/json\r\n', type: 'application/json' },
    { accept: 'Accept: text/html,application/xhtml+xml;q=0.9,*/*;q=0.8\r\n', type: 'text/html; charset=utf-8' },
    { accept: 'Accept: application/json, text/html\r\n', type: 'application/json' },
  ]
  for (const { status, bytes } of cases) {
    for (const { accept, type } of accepts) {
      const { answer } = await exchangeRaw(tidegate.httpPort, bytes(accept), 300)
      assert.match(answer, new RegExp(`^HTTP/1\\.1 ${status} `))
      assert.equal(headerOf(answer, 'content-type'), type, `${status} ${accept}`)
      const body = answer.slice(answer.indexOf('\r\n\r\n') + 4)
      assert.match(body, type === 'application/json' ? /^\{"error":/ : /^<!doctype html>/)
      assert.match(body, new RegExp(headerOf(answer, 'tidegate-ray') ?? 'no ray'))
    }
  }
})
