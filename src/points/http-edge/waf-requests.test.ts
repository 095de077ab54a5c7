import assert from 'node:assert/strict'
import { test } from 'node:test'
import { connect } from 'node:net'
import { dialogue } from './testing/edge.ts'
import { OK } from './testing/scripted-origin.ts'
import { startWafEdge, TEST_TOKEN } from './testing/waf-edge.ts'

const ATTACK = "q=1'%20or%201=1--%20"
const HOST = 'Host: a.test\r\n'
const FORM = 'Content-Type: application/x-www-form-urlencoded\r\n'

function get(target: string, fields = ''): string {
  return `GET ${target} HTTP/1.1\r\n${HOST}${fields}\r\n`
}

function post(body: string, fields = ''): string {
  return `POST /form HTTP/1.1\r\n${HOST}${FORM}${fields}Content-Length: ${body.length}\r\n\r\n${body}`
}

/** A loaded machine must not make a request look slow. */
const PATIENT = { budgetMs: 60_000 }
const UNTIL_CLOSE = { idleMs: 30_000 }

const answer = (socket: { write(text: string): void }): void => socket.write(OK)

test('mode block: what looks like an attack gets 403 with its kind and ray, and never reaches the origin', async (t) => {
  const edge = await startWafEdge(t, { script: answer })
  const { text, ended } = await dialogue(edge.port, [get(`/?${ATTACK}`), get('/plain')])
  assert.match(text, /^HTTP\/1\.1 403 Forbidden\r\n/)
  assert.match(text, /looks like an SQL injection \(sqli\)/)
  assert.match(text, /"ray":"[0-9a-z]{20}"/)
  assert.doesNotMatch(text, /tautology/, 'the page does not name the rule')
  assert.match(text, /HTTP\/1\.1 200 OK[^]*ok$/, 'the connection goes on')
  assert.equal(ended, false)
  assert.ok(!edge.received().includes('or%201'))
  const [blocked, passed] = edge.events
  assert.deepEqual([blocked.decision.verdict, blocked.decision.phase], ['block', 'firewall_managed'])
  assert.equal(blocked.decision.ruleId, blocked.decision.matches[0].ruleId)
  assert.ok((blocked.facts.waf?.verdict.score ?? 99) < 20)
  assert.equal(passed.decision.verdict, 'allow')
  assert.equal(passed.facts.waf?.verdict.score, 99)
})

test('mode log: the same attack passes, and the event says what would have happened', async (t) => {
  const edge = await startWafEdge(t, { waf: { mode: 'log' }, script: answer })
  const { text } = await dialogue(edge.port, [get(`/?${ATTACK}`), post(ATTACK)])
  assert.equal(text.match(/HTTP\/1\.1 200 OK/g)?.length, 2)
  for (const { decision, facts } of edge.events) {
    assert.equal(decision.verdict, 'allow')
    assert.match(decision.why, /the WAF would have blocked it: /)
    assert.ok(decision.matches.every(({ logOnly }) => logOnly))
    assert.equal(facts.waf?.outcome, 'block')
  }
})

test('mode off: nothing is looked at', async (t) => {
  const edge = await startWafEdge(t, { waf: { mode: 'off' }, script: answer })
  const { text } = await dialogue(edge.port, [get(`/?${ATTACK}`)])
  assert.match(text, /^HTTP\/1\.1 200 OK/)
  assert.equal(edge.events[0].facts.waf, undefined)
})

const BODIES: readonly [request: string, why: string][] = [
  [post(ATTACK), 'a form'],
  [
    `POST /form HTTP/1.1\r\n${HOST}${FORM}Transfer-Encoding: chunked\r\n\r\n8\r\n${ATTACK.slice(0, 8)}\r\n${(ATTACK.length - 8).toString(16)}\r\n${ATTACK.slice(8)}\r\n0\r\n\r\n`,
    'a chunked form',
  ],
  [
    `POST /api HTTP/1.1\r\n${HOST}Content-Type: application/json\r\nContent-Length: 35\r\n\r\n{"a":{"q":"1' or 1=1-- ","b":true}}`,
    'JSON',
  ],
]

for (const [request, why] of BODIES) {
  test(`a body is judged before the origin sees any of it: ${why}`, async (t) => {
    const edge = await startWafEdge(t, { script: answer })
    const { text } = await dialogue(edge.port, [...request.match(/[^]{1,40}/g)!, get('/plain')])
    assert.match(text, /^HTTP\/1\.1 403 Forbidden/)
    assert.match(text, /HTTP\/1\.1 200 OK/, 'the connection goes on')
    assert.ok(edge.received().startsWith('GET /plain'))
  })
}

test('a harmless body arrives as it was sent, whole or chunked', async (t) => {
  const edge = await startWafEdge(t, { script: answer })
  const chunked = `POST /form HTTP/1.1\r\n${HOST}${FORM}Transfer-Encoding: chunked\r\n\r\n3\r\na=1\r\n4\r\n&b=2\r\n0\r\n\r\n`
  await dialogue(edge.port, [post('name=Ann&city=Rome')])
  await dialogue(edge.port, [chunked])
  assert.match(edge.received(), /Content-Length: 18\r\n\r\nname=Ann&city=Rome/)
  assert.match(edge.received(), /Transfer-Encoding: chunked\r\n\r\n7\r\na=1&b=2\r\n0\r\n\r\n$/)
  assert.deepEqual(
    edge.events.map(({ facts }) => facts.waf?.requestCoverage),
    ['inspected all 18 bytes', 'inspected all 7 bytes'],
  )
  assert.equal(edge.engine.bodyMemory.heldBytes, 0)
})

test('trailers, at which no rule looks, go on in mode log only', async (t) => {
  const request = `POST / HTTP/1.1\r\n${HOST}Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\nX-Sum: ${ATTACK}\r\n\r\n`
  for (const mode of ['block', 'log'] as const) {
    const edge = await startWafEdge(t, { waf: { mode }, script: answer })
    assert.match((await dialogue(edge.port, [request])).text, /^HTTP\/1\.1 200 OK/)
    assert.equal(edge.received().includes('X-Sum:'), mode === 'log')
  }
})

test('who waits for 100 is asked for the body by the edge, and an attack in the head is refused without it', async (t) => {
  const edge = await startWafEdge(t, { script: answer })
  const expect = 'Expect: 100-continue\r\n'
  const [head, body] = post('name=Ann', expect).split('\r\n\r\n')
  const { text } = await dialogue(edge.port, [`${head}\r\n\r\n`, body])
  assert.match(text, /^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 OK/)
  assert.ok(!edge.received().includes('Expect'), 'the origin is not asked')
  const attack = await dialogue(edge.port, [head.replace('/form', `/form?${ATTACK}`) + '\r\n\r\n'])
  assert.match(attack.text, /^HTTP\/1\.1 403 /)
})

test('a body beyond the limit goes on in pieces, and an attack late in it cuts it off', async (t) => {
  const edge = await startWafEdge(t, { waf: { bodyLimitBytes: 4096, ...PATIENT }, script: () => {} })
  const filler = `a=${'x'.repeat(100_000)}`
  const late = `&q=${encodeURIComponent('<script>alert(document.cookie)</script>')}&z=${'y'.repeat(400_000)}`
  const { text } = await dialogue(edge.port, [post(`${filler}${late}`)], UNTIL_CLOSE)
  assert.match(text, /^HTTP\/1\.1 403 Forbidden/)
  assert.match(text, /Connection: close/)
  assert.ok(!edge.received().includes('script'))
  assert.match(edge.events[0].facts.waf?.requestCoverage ?? '', /^inspected \d+ of 488 KB/)
})

test('a harmless body beyond the limit arrives whole', async (t) => {
  let length = 0
  const edge = await startWafEdge(t, {
    waf: { bodyLimitBytes: 1000, ...PATIENT },
    script: (socket, text) => {
      length = Math.max(length, text.length)
      if (text.endsWith('END')) socket.write(OK)
    },
  })
  const body = `a=${'x'.repeat(300_000)}END`
  const { text } = await dialogue(edge.port, [post(body, 'Connection: close\r\n')], UNTIL_CLOSE)
  assert.match(text, /^HTTP\/1\.1 200 OK/)
  assert.ok(edge.received().endsWith(body))
})

test('what would be refused for its size is not waited for', async (t) => {
  const edge = await startWafEdge(t, { site: { bodyLimitBytes: 10 }, script: answer })
  const head = post('x'.repeat(100)).split('\r\n\r\n')[0]
  const { text } = await dialogue(edge.port, [`${head}\r\n\r\n`])
  assert.match(text, /^HTTP\/1\.1 413 /)
  const chunked = `POST / HTTP/1.1\r\n${HOST}Transfer-Encoding: chunked\r\n\r\n20\r\n${'x'.repeat(32)}\r\n`
  assert.match((await dialogue(edge.port, [chunked])).text, /^HTTP\/1\.1 413 /)
  assert.equal(edge.received(), '')
})

test('a client that goes away while its body is held leaves nothing behind', async (t) => {
  const edge = await startWafEdge(t, { script: answer })
  const socket = connect({ port: edge.port, host: '127.0.0.1' })
  socket.write(post('x'.repeat(1000)).slice(0, -500))
  while (edge.engine.bodyMemory.heldBytes === 0) await new Promise((resolve) => setImmediate(resolve))
  socket.destroy()
  while (edge.events.length === 0) await new Promise((resolve) => setImmediate(resolve))
  assert.equal(edge.engine.bodyMemory.heldBytes, 0)
  assert.equal(edge.events[0].facts.fault, 'body-cut')
  assert.equal(edge.received(), '')
})

test('a test client is told what matched on every answer, refusals included, and nobody else is', async (t) => {
  const edge = await startWafEdge(t, { waf: { mode: 'log' }, script: answer })
  const token = `Tidegate-Test: ${TEST_TOKEN}\r\n`
  const { text } = await dialogue(edge.port, [get(`/?${ATTACK}`, token), get('/plain', token)])
  assert.match(text, /Tidegate-Waf: [a-z-,]*sqli-tautology[a-z-,]*\r\nTidegate-Waf-Score: \d{1,2}\r\n/)
  assert.match(text, /Tidegate-Waf: \r\nTidegate-Waf-Score: 99\r\n/)
  assert.ok(!edge.received().toLowerCase().includes('tidegate-test'), 'the origin does not see the secret')
  assert.equal(edge.events[0].facts.requestFacts?.map.has('tidegate-test'), false, 'nor does the log')
  const refused = `GET /?${ATTACK} HTTP/1.1\r\nHost: a.test\r\nBad Name: 1\r\n${token}\r\n`
  assert.match((await dialogue(edge.port, [refused])).text, /^HTTP\/1\.1 400 [^]*Tidegate-Waf: [a-z-,]*sqli-tautology/)
  for (const other of ['', 'Tidegate-Test: wrong\r\n']) {
    assert.ok(!(await dialogue(edge.port, [get('/', other)])).text.includes('Tidegate-Waf'))
  }
})

test('a head that is refused is explained as far as it can be read', async (t) => {
  const edge = await startWafEdge(t, { script: answer })
  const { text } = await dialogue(edge.port, [`GET /?${ATTACK} HTTP/1.1\nHost: a.test\n\n`], UNTIL_CLOSE)
  assert.match(text, /^HTTP\/1\.1 400 /)
  const [{ decision, facts }] = edge.events
  assert.equal(decision.verdict, 'refuse')
  assert.equal(facts.fault, 'bare-lf')
  assert.equal(facts.siteName, 'site')
  assert.ok(facts.waf?.verdict.ruleIds.includes('sqli-tautology'))
})
