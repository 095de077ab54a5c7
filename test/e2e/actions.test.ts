import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import test, { type TestContext } from 'node:test'
import { httpGet } from './testing/http-client.ts'
import { type Origin, startHttpOrigin } from './testing/origins.ts'
import { exchangeRaw, headerOf } from './testing/raw-client.ts'
import { startTidegate, temporaryFolder, type TidegateProcess } from './testing/tidegate-process.ts'

interface Seen {
  readonly origin: string
  readonly url: string
  readonly rawHeaders: readonly string[]
}

/** An origin that answers with what it saw. */
function startNamedOrigin(t: TestContext, name: string): Promise<Origin> {
  return startHttpOrigin(t, (request, response) => {
    response.setHeader('X-From', 'origin')
    response.setHeader('X-Inside', 'version 1.2.3')
    response.end(JSON.stringify({ origin: name, url: request.url, rawHeaders: request.rawHeaders }))
  })
}

async function startEdge(
  t: TestContext,
  policy: (origins: Readonly<Record<string, Origin>>) => string,
): Promise<TidegateProcess> {
  const [a, b, c] = await Promise.all(['a', 'b', 'c'].map((name) => startNamedOrigin(t, name)))
  return startTidegate(t, {
    edge: `  workers: 1
  sites: [{ name: a, hosts: [a.test], origins: [${a.url}] }, { name: b, hosts: [b.test], origins: [${b.url}] }]`,
    policy: { 'edge.yaml': policy({ a, b, c }) },
  })
}

async function see(
  tidegate: TidegateProcess,
  target: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<Seen> {
  const answer = await httpGet(tidegate.httpPort, target, { host: 'a.test', ...headers })
  assert.equal(answer.status, 200, `${target}: ${answer.body}`)
  return JSON.parse(answer.body) as Seen
}

const valuesOf = ({ rawHeaders }: Seen, name: string): string[] =>
  rawHeaders.filter((_, i) => i % 2 === 1 && rawHeaders[i - 1].toLowerCase() === name)

test('block answers with status, body and type as the rule says', async (t) => {
  const tidegate = await startEdge(
    t,
    () => `phase: firewall_custom
rules:
  - { id: plain, when: 'http.request.uri.path eq "/plain"', action: block }
  - { id: gone, when: 'http.request.uri.path eq "/gone"', action: { block: { status: 451, body: "Not here.\\n", contentType: text/plain } } }
  - { id: open, when: 'http.request.uri.path eq "/open"', action: allow }
  - { id: all, when: 'http.request.uri.path ne "/rest"', action: { block: { status: 418 } } }
`,
  )
  const plain = await httpGet(tidegate.httpPort, '/plain', { host: 'a.test' })
  assert.equal(plain.status, 403)
  assert.match(plain.body, /blocked the request/)
  const gone = await httpGet(tidegate.httpPort, '/gone', { host: 'a.test' })
  assert.deepEqual([gone.status, gone.body, gone.headers['content-type']], [451, 'Not here.\n', 'text/plain'])
  const event = await tidegate.event(String(gone.headers['tidegate-ray']))
  assert.deepEqual([event.decision.ruleId, event.facts['http.response.code']], ['gone', 451])
  assert.equal((await see(tidegate, '/open')).origin, 'a', 'allow ends the evaluation')
  assert.equal((await httpGet(tidegate.httpPort, '/other', { host: 'a.test' })).status, 418)
  assert.equal((await see(tidegate, '/rest')).origin, 'a')
})

test('redirect leads where the rule says, and a hostile target puts nothing into the head', async (t) => {
  const tidegate = await startEdge(
    t,
    () => `phase: firewall_custom
rules:
  - { id: static, when: 'http.request.uri.path eq "/static"', action: { redirect: { to: "https://b.test/sale", status: 301 } } }
  - id: query
    when: http.request.uri.path eq "/query"
    action: { redirect: { to: "https://b.test/s?x=1#part", status: 308, keepQuery: true } }
  - id: upgrade
    when: starts_with(http.request.uri.path, "/up/")
    action: { redirect: { to: { expression: 'concat("https://", http.host, url_decode(http.request.uri.path))' }, keepQuery: true } }
  - id: path
    when: starts_with(http.request.uri.path, "/p")
    action: { redirect: { to: { expression: 'url_decode(substring(http.request.uri.path, 2))' }, status: 303 } }
  - id: impossible
    when: http.request.uri.path eq "/absent"
    action: { redirect: { to: { expression: 'http.request.headers["x-absent"][0]' } } }
`,
  )
  const cases: readonly [target: string, status: number, location: string][] = [
    ['/static?a=1', 301, 'https://b.test/sale'],
    ['/query?a=1&b=%20', 308, 'https://b.test/s?x=1&a=1&b=%20#part'],
    ['/query', 308, 'https://b.test/s?x=1#part'],
    ['/up/x?y', 302, 'https://a.test/up/x?y'],
    ['/up/%C3%A9%22%3C', 302, 'https://a.test/up/%C3%A9%22%3C'],
    ['/p/ok', 303, '/ok'],
    // Browsers take both for another host.
    ['/p//evil.test', 303, '/evil.test'],
    ['/p/%5Cevil.test', 303, '/evil.test'],
  ]
  const redirected: string[] = []
  const refused: string[] = []
  for (const [target, status, location] of cases) {
    const answer = await httpGet(tidegate.httpPort, target, { host: 'a.test' })
    assert.deepEqual([answer.status, answer.headers.location], [status, location], target)
    redirected.push(String(answer.headers['tidegate-ray']))
  }
  for (const target of [
    '/up/%0d%0aSet-Cookie:%20stolen=1',
    '/p/%0d%0a%0d%0aHTTP/1.1%20200',
    '/up/%00',
    '/up/%0aX:1',
    '/absent',
  ]) {
    const { answer } = await exchangeRaw(tidegate.httpPort, `GET ${target} HTTP/1.1\r\nHost: a.test\r\n\r\n`, 300)
    assert.match(answer, /^HTTP\/1\.1 500 /, target)
    assert.equal(headerOf(answer, 'set-cookie'), undefined)
    assert.equal(headerOf(answer, 'location'), undefined)
    assert.equal([...answer.matchAll(/^HTTP\/1\.1/gm)].length, 1)
    refused.push(headerOf(answer, 'tidegate-ray') ?? '')
  }
  for (const ray of redirected) assert.equal((await tidegate.event(ray)).decision.verdict, 'redirect')
  for (const ray of refused) {
    const event = await tidegate.event(ray)
    assert.deepEqual([event.decision.verdict, event.facts['http.fault']], ['error', 'redirect-impossible'])
  }
})

test('rewrite changes what the origin receives, and the event keeps what the client sent', async (t) => {
  const tidegate = await startEdge(
    t,
    () => `phase: transform_request
rules:
  - { id: both, when: 'http.request.uri.path eq "/both"', action: { rewrite: { path: /new, query: "a=1" } } }
  - { id: bare, when: 'http.request.uri.path eq "/bare"', action: { rewrite: { query: "" } } }
  - id: prefix
    when: starts_with(http.request.uri.path, "/old/")
    action: { rewrite: { path: { expression: 'concat("/v2", http.request.uri.path)' } } }
  - id: decoded
    when: starts_with(http.request.uri.path, "/decode")
    action: { rewrite: { path: { expression: 'url_decode(http.request.uri.path)' } } }
`,
  )
  for (const [target, url] of [
    ['/both?b=2', '/new?a=1'],
    ['/bare?b=2', '/bare'],
    ['/old/x?b=2', '/v2/old/x?b=2'],
    ['/untouched?b=2', '/untouched?b=2'],
    // What would split the request line keeps the path as it came.
    ['/decode%20HTTP/1.1%0d%0aX:%20y', '/decode%20HTTP/1.1%0d%0aX:%20y'],
    ['/decode%3Fq', '/decode%3Fq'],
  ]) {
    assert.equal((await see(tidegate, target)).url, url, target)
  }
  const [event] = await tidegate.events('http.request.uri.path eq "/both"', 1)
  assert.deepEqual([event.facts['http.request.uri.path'], event.facts['http.request.uri.query']], ['/both', 'b=2'])
})

test('route sends to another site, to another origin, and with another host', async (t) => {
  const tidegate = await startEdge(
    t,
    ({ c }) => `phase: route
rules:
  - { id: site, when: 'http.request.uri.path eq "/site"', action: { route: { site: b } } }
  - { id: origin, when: 'http.request.uri.path eq "/origin"', action: { route: { origin: "${c.url}" } } }
  - { id: host, when: 'http.request.uri.path eq "/host"', action: { route: { host: inside.test } } }
  - id: computed
    when: starts_with(http.request.uri.path, "/computed/")
    action: { route: { site: b, host: { expression: 'url_decode(substring(http.request.uri.path, 10))' } } }
`,
  )
  for (const [target, origin, host] of [
    ['/site', 'b', 'a.test'],
    ['/origin', 'c', 'a.test'],
    ['/host', 'a', 'inside.test'],
    ['/computed/x.test', 'b', 'x.test'],
    ['/computed/x.test%0d%0aX:%20y', 'b', 'a.test'],
    ['/none', 'a', 'a.test'],
  ]) {
    const seen = await see(tidegate, target)
    assert.deepEqual([seen.origin, valuesOf(seen, 'host')], [origin, [host]], target)
  }
})

test('set_header sets, adds and removes on the way to the origin and back', async (t) => {
  const tidegate = await startEdge(
    t,
    () => `phase: transform_request
rules:
  - { id: set, when: 'http.host eq "a.test"', action: { set_header: { name: X-Set, value: edge } } }
  - { id: add, when: 'http.host eq "a.test"', action: { set_header: { name: X-Add, add: { expression: to_string(ip.src) } } } }
  - { id: remove, when: 'http.host eq "a.test"', action: { set_header: { name: X-Remove, remove: true } } }
  - { id: absent, when: 'http.host eq "a.test"', action: { set_header: { name: X-Absent, value: { expression: 'http.request.headers["x-none"][0]' } } } }
  - id: hostile
    when: starts_with(http.request.uri.path, "/hostile")
    action: { set_header: { name: X-Path, value: { expression: 'url_decode(http.request.uri.path)' } } }
---
phase: transform_response
rules:
  - { id: back-set, when: 'http.response.code eq 200', action: { set_header: { name: X-From, value: edge } } }
  - { id: back-add, when: 'http.response.code eq 200', action: { set_header: { name: X-Frame-Options, add: DENY } } }
  - { id: back-remove, when: 'http.response.code eq 200', action: { set_header: { name: X-Inside, remove: true } } }
`,
  )
  const sent = { 'x-set': 'client', 'x-add': 'client', 'x-remove': 'client', 'x-absent': 'forged' }
  const seen = await see(tidegate, '/', sent)
  assert.deepEqual(
    ['x-set', 'x-add', 'x-remove', 'x-absent'].map((name) => valuesOf(seen, name)),
    [['edge'], ['client', '127.0.0.1'], [], []],
  )
  const hostile = await see(tidegate, '/hostile%0d%0aX-Smuggled:%20yes')
  assert.deepEqual(valuesOf(hostile, 'x-smuggled'), [])
  assert.equal(valuesOf(hostile, 'x-path').length, 1)
  const answer = await httpGet(tidegate.httpPort, '/', { host: 'a.test' })
  assert.equal(answer.headers['x-from'], 'edge')
  assert.equal(answer.headers['x-frame-options'], 'DENY')
  assert.equal(answer.headers['x-inside'], undefined)
})

test('skip leaves out the rest, named rules or whole phases', async (t) => {
  const tidegate = await startEdge(
    t,
    () => `phase: firewall_custom
rules:
  - { id: s-rest, when: 'http.request.uri.path eq "/rest"', action: { skip: { rest: true } } }
  - { id: s-rule, when: 'http.request.uri.path eq "/rule"', action: { skip: { rules: [closed] } } }
  - { id: s-phase, when: 'http.request.uri.path eq "/phase"', action: { skip: { phases: [transform_request], rules: [closed] } } }
  - { id: closed, when: 'http.host eq "a.test"', action: block }
  - { id: strict, when: 'http.request.uri.path eq "/rule" and http.user_agent eq "bad"', action: { block: { status: 429 } } }
---
phase: transform_request
rules:
  - { id: mark, when: 'http.host eq "a.test"', action: { set_header: { name: X-Mark, value: yes } } }
`,
  )
  const cases: readonly [target: string, status: number, mark: readonly string[]][] = [
    ['/rest', 200, ['yes']],
    ['/rule', 200, ['yes']],
    ['/phase', 200, []],
    ['/none', 403, []],
  ]
  for (const [target, status, mark] of cases) {
    const answer = await httpGet(tidegate.httpPort, target, { host: 'a.test' })
    assert.equal(answer.status, status, target)
    if (status === 200) assert.deepEqual(valuesOf(JSON.parse(answer.body) as Seen, 'x-mark'), mark, target)
  }
  const strict = await httpGet(tidegate.httpPort, '/rule', { host: 'a.test', 'user-agent': 'bad' })
  assert.equal(strict.status, 429, 'only the named rule is skipped')
})

test('lists from files, countries and networks decide by the client that a trusted proxy names', async (t) => {
  const home = temporaryFolder(t)
  const origin = await startHttpOrigin(t, (_, response) => response.end('ok'))
  mkdirSync(path.join(home, 'policy'))
  const files: Readonly<Record<string, string>> = {
    'bad.txt': '# known scanners\n192.0.2.0/24\n2001:db8::/32 # a comment\n198.51.100.7\n',
    'agents.txt': 'evilbot/1.0\nscanner é\n',
    'networks.csv': 'asn,name\nAS15169,"Google, LLC"\n',
    'countries.csv': 'country,reason\nis,test\n',
  }
  for (const [name, text] of Object.entries(files)) writeFileSync(path.join(home, 'policy', name), text)
  const tidegate = await startTidegate(t, {
    home,
    edge: `  workers: 1\n  trustedProxies: [127.0.0.0/8, 10.0.0.0/8]\n  sites: [{ name: all, hosts: ["*"], origins: [${origin.url}] }]`,
    policy: {
      'edge.yaml': `lists:
  bad: { type: ip, file: bad.txt, values: [203.0.113.9] }
  agents: { type: string, file: agents.txt }
  networks: { type: asn, file: networks.csv }
  countries: { type: country, file: countries.csv }
---
phase: firewall_custom
rules:
  - { id: by-ip, when: ip.src in $bad, action: { block: { status: 410 } } }
  - { id: by-agent, when: http.user_agent in $agents, action: { block: { status: 411 } } }
  - { id: by-network, when: ip.src.asnum in $networks, action: { block: { status: 412 } } }
  - { id: by-country, when: ip.src.country in $countries, action: { block: { status: 413 } } }
  - { id: by-code, when: ip.src.country eq "NZ", action: { block: { status: 414 } } }
`,
    },
  })
  const cases: readonly [headers: Readonly<Record<string, string>>, status: number][] = [
    [{}, 200],
    [{ 'x-forwarded-for': '192.0.2.77' }, 410],
    [{ 'x-forwarded-for': '2001:db8:1::9' }, 410],
    [{ 'x-forwarded-for': '203.0.113.9' }, 410],
    [{ 'x-forwarded-for': '::ffff:198.51.100.7' }, 410],
    [{ 'x-forwarded-for': '198.51.100.8' }, 200],
    [{ 'x-forwarded-for': '192.0.2.77, 198.51.100.8, 10.1.2.3' }, 200],
    [{ 'x-forwarded-for': '198.51.100.8, 192.0.2.77, 10.1.2.3' }, 410],
    [{ 'x-forwarded-for': 'unknown' }, 200],
    [{ forwarded: 'for="[2001:db8::1]:4711";proto=https, for=10.9.9.9' }, 410],
    [{ 'user-agent': 'evilbot/1.0' }, 411],
    [{ 'user-agent': 'evilbot/1.0 too' }, 200],
    [{ 'x-forwarded-for': '8.8.8.8' }, 412],
    [{ 'x-forwarded-for': '1.1.1.1' }, 200],
    [{ 'x-forwarded-for': '130.208.165.1' }, 413], // University of Iceland
    [{ 'x-forwarded-for': '130.216.1.1' }, 414], // University of Auckland
  ]
  for (const [headers, status] of cases) {
    assert.equal((await httpGet(tidegate.httpPort, '/', headers)).status, status, JSON.stringify(headers))
  }
  const [event] = await tidegate.events('ip.src == 130.208.165.1', 1)
  assert.equal(event.facts['ip.src.country'], 'IS')
  assert.equal(event.decision.ruleId, 'by-country')
  const [google] = await tidegate.events('ip.src.asnum == 15169', 1)
  assert.equal(google.facts['ip.src'], '8.8.8.8')

  writeFileSync(path.join(home, 'policy', 'bad.txt'), '198.51.100.8\nnot an address\n')
  const refused = await tidegate.command('reload')
  assert.equal(refused.exitCode, 2)
  assert.match(refused.stderr, /bad\.txt:2:1.*not an address/)
  assert.equal((await httpGet(tidegate.httpPort, '/', { 'x-forwarded-for': '192.0.2.77' })).status, 410)
})
