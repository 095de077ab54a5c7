import assert from 'node:assert/strict'
import { connect, type Socket } from 'node:net'
import { test } from 'node:test'
import { dialogue } from './testing/edge.ts'
import { startWafEdge, TEST_TOKEN, type WafEdgeOptions } from './testing/waf-edge.ts'

/** Rules about answers: one looks at the head, one at the body. */
const RULES = `
SecRuleEngine On
SecRequestBodyAccess On
SecResponseBodyAccess On
SecResponseBodyMimeType text/plain text/html text/event-stream
SecRule RESPONSE_STATUS "@streq 418" "id:300,phase:3,deny,status:502,log,msg:'No teapots'"
SecRule RESPONSE_BODY "@contains leaked-secret" "id:400,phase:4,deny,status:502,log,msg:'A secret leaks',tag:'attack-disclosure'"
`

const GET = 'GET / HTTP/1.1\r\nHost: a.test\r\nConnection: close\r\n\r\n'
const UNTIL_CLOSE = { idleMs: 30_000 }
const TEXT = 'Content-Type: text/plain\r\n'

function answerOf(body: string, fields = TEXT): string {
  return `HTTP/1.1 200 OK\r\n${fields}Content-Length: ${body.length}\r\n\r\n${body}`
}

function options(say: string | ((socket: Socket) => void), more: Partial<WafEdgeOptions> = {}): WafEdgeOptions {
  const script = (socket: Socket): void => {
    if (typeof say === 'string') socket.write(say)
    else say(socket)
  }
  return { rules: RULES, script, ...more, waf: { ruleSets: ['crs'], budgetMs: 60_000, ...more.waf } }
}

test('an answer that leaks is replaced by a page, whatever part of it had come', async (t) => {
  const edge = await startWafEdge(t, options(answerOf(`before leaked-secret after`)))
  const { text } = await dialogue(edge.port, [GET], UNTIL_CLOSE)
  assert.match(text, /^HTTP\/1\.1 502 Bad Gateway\r\n/)
  assert.match(text, /withheld the answer of the application/)
  assert.ok(!text.includes('before'))
  const [{ decision, facts }] = edge.events
  assert.deepEqual([decision.verdict, decision.phase, decision.ruleId], ['block', 'firewall_response', '400'])
  assert.deepEqual([facts.responseStatus, facts.originStatus], [502, 200])
  assert.equal(edge.engine.bodyMemory.heldBytes, 0)
})

test('an answer is refused by its head alone, and the origin connection is given up', async (t) => {
  const edge = await startWafEdge(t, options('HTTP/1.1 418 Teapot\r\nContent-Length: 1000\r\n\r\n'))
  const { text } = await dialogue(edge.port, [GET], UNTIL_CLOSE)
  assert.match(text, /^HTTP\/1\.1 502 /)
  assert.equal(edge.events[0].decision.ruleId, '300')
})

test('a harmless answer arrives whole: held, beyond the limit, chunked with trailers', async (t) => {
  const long = 'x'.repeat(300_000)
  const chunked = `HTTP/1.1 200 OK\r\n${TEXT}Transfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n5\r\nhello\r\n0\r\nX-Sum: 1\r\n\r\n`
  for (const [say, expected] of [
    [answerOf('hello'), /Content-Length: 5\r\nConnection: close\r\n\r\nhello$/],
    [answerOf(long), /\r\n\r\nx{300000}$/],
    [chunked, /\r\n\r\n5\r\nhello\r\n0\r\nX-Sum: 1\r\n\r\n$/],
  ] as const) {
    const edge = await startWafEdge(t, options(say, { waf: { responseBodyLimitBytes: 1000 } }))
    const { text } = await dialogue(edge.port, [GET], UNTIL_CLOSE)
    assert.match(text, /^HTTP\/1\.1 200 OK/)
    assert.match(text, expected)
  }
})

test('a leak beyond the limit cuts the answer', async (t) => {
  const body = `${'x'.repeat(100_000)}leaked-secret${'y'.repeat(100_000)}`
  const edge = await startWafEdge(t, options(answerOf(body), { waf: { responseBodyLimitBytes: 1000 } }))
  const { text } = await dialogue(edge.port, [GET], UNTIL_CLOSE)
  assert.match(text, /^HTTP\/1\.1 200 OK/)
  assert.ok(text.includes('xxx'), 'what was inspected before has gone on')
  assert.ok(!text.includes('secret') && !text.includes('yyy'))
  assert.equal(edge.events[0].decision.verdict, 'block')
})

test('streams are never held: each piece arrives when it was sent', async (t) => {
  const edge = await startWafEdge(
    t,
    options((socket) => socket.write('HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: 1\n\n')),
  )
  const { text, ended } = await dialogue(edge.port, [GET])
  assert.match(text, /data: 1\n\n/)
  assert.equal(ended, false)
})

test('an answer whose origin pauses is let go after a moment', async (t) => {
  const edge = await startWafEdge(
    t,
    options((socket) => socket.write(`HTTP/1.1 200 OK\r\n${TEXT}Content-Length: 1000\r\n\r\nfirst`)),
  )
  const { text } = await dialogue(edge.port, [GET], { idleMs: 4000 })
  assert.match(text, /first$/)
})

test('an answer that comes in small pieces without end is let go piece by piece', async (t) => {
  const edge = await startWafEdge(
    t,
    options((socket) => {
      socket.write(`HTTP/1.1 200 OK\r\n${TEXT}\r\n`)
      const timer = setInterval(() => socket.write('piece '), 100)
      socket.once('close', () => clearInterval(timer))
    }),
  )
  const first = Promise.withResolvers<string>()
  const client = connect(edge.port, '127.0.0.1', () => client.write(GET))
  let pieces = ''
  client.on('data', (bytes) => {
    pieces += bytes.toString('latin1')
    if (pieces.includes('piece ')) first.resolve(pieces)
  })
  client.once('close', () => first.resolve('closed before anything came'))
  assert.match(await first.promise, /^HTTP\/1\.1 200 OK[^]*piece /)
  client.destroy()
})

test('mode log holds nothing and tells in the event what it would have done', async (t) => {
  const edge = await startWafEdge(t, options(answerOf('leaked-secret'), { waf: { mode: 'log' } }))
  const { text } = await dialogue(edge.port, [GET], UNTIL_CLOSE)
  assert.match(text, /^HTTP\/1\.1 200 OK[^]*leaked-secret$/)
  const [{ decision, facts }] = edge.events
  assert.match(decision.why, /would have blocked it/)
  assert.deepEqual(decision.matches, [
    { phase: 'firewall_response', ruleId: '400', action: 'waf_match', logOnly: true },
  ])
  assert.equal(facts.waf?.responseCoverage, 'inspected all 13 bytes')
})

test('a test client learns in the head what the body brought, also in mode log', async (t) => {
  const edge = await startWafEdge(t, options(answerOf('leaked-secret'), { waf: { mode: 'log' } }))
  const asked = GET.replace('\r\n\r\n', `\r\nTidegate-Test: ${TEST_TOKEN}\r\n\r\n`)
  const { text } = await dialogue(edge.port, [asked], UNTIL_CLOSE)
  assert.match(text, /^HTTP\/1\.1 200 OK[^]*\r\nTidegate-Waf: 400\r\n[^]*leaked-secret$/)
})

test('a limit of nothing leaves the bodies of answers alone', async (t) => {
  const edge = await startWafEdge(t, options(answerOf('leaked-secret'), { waf: { responseBodyLimitBytes: 0 } }))
  const { text } = await dialogue(edge.port, [GET], UNTIL_CLOSE)
  assert.match(text, /leaked-secret$/)
})

const POLICY = `
phase: firewall_response
rules:
  - { id: no-errors, when: http.response.code == 500, action: { block: { status: 503, body: "later" } } }
  - { id: no-old, when: 'http.response.headers["x-old"][0] == "1"', action: block }
---
phase: transform_response
rules:
  - { id: mark, when: http.response.code > 0, action: { set_header: { name: X-Seen, value: "yes" } } }
`

test('rules of firewall_response answer in place of the origin, and the others go on', async (t) => {
  const say = (socket: Socket, text: string): void => {
    const old = text.includes('GET /old')
    socket.write(
      text.includes('GET /fails')
        ? 'HTTP/1.1 500 Oops\r\nContent-Length: 5\r\n\r\nstack'
        : answerOf('fine', old ? 'X-Old: 1\r\n' : ''),
    )
  }
  const edge = await startWafEdge(t, { script: say, policy: POLICY, waf: { mode: 'off' } })
  const ask = async (path: string) => (await dialogue(edge.port, [GET.replace('/ ', `${path} `)], UNTIL_CLOSE)).text
  const failed = await ask('/fails')
  assert.match(failed, /^HTTP\/1\.1 503 [^]*\r\n\r\nlater$/)
  assert.ok(!failed.includes('X-Seen'), 'the page of a rule is not transformed')
  assert.match(await ask('/old'), /^HTTP\/1\.1 403 /)
  assert.match(await ask('/'), /^HTTP\/1\.1 200 [^]*X-Seen: yes[^]*fine$/)
  const [{ decision, facts }] = edge.events
  assert.deepEqual([decision.verdict, decision.phase, decision.ruleId], ['block', 'firewall_response', 'no-errors'])
  assert.equal(facts.originStatus, 500)
})
