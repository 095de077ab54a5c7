import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, test } from 'node:test'
import type { EdgeConfig, SiteConfig } from '#config'
import { dialogue, startEdge, type TestEdge, testConfig, testSite } from './testing/edge.ts'
import { GET, OK, type OriginScript, type ScriptedOrigin, scriptedOrigin } from './testing/scripted-origin.ts'

let opened: (() => Promise<void>)[] = []

afterEach(async () => {
  for (const close of opened.reverse()) await close()
  opened = []
})

async function originOf(script: OriginScript): Promise<ScriptedOrigin> {
  const origin = await scriptedOrigin(script)
  opened.push(() => origin.close())
  return origin
}

async function edgeFor(
  ports: number[],
  site: Partial<SiteConfig> = {},
  config: Partial<EdgeConfig> = {},
): Promise<TestEdge> {
  const edge = await startEdge(testConfig([testSite(ports, site)], config))
  opened.push(() => edge.close())
  return edge
}

test('103 and 102 are passed to HTTP/1.1 clients, not to HTTP/1.0 ones', async () => {
  const { port } = await originOf((socket) => socket.write(`HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n${OK}`))
  const edge = await edgeFor([port])
  const modern = await dialogue(edge.port, [GET])
  assert.match(modern.text, /^HTTP\/1\.1 103 Early Hints\r\nLink: <\/x>\r\n\r\nHTTP\/1\.1 200 OK/)
  const old = await dialogue(edge.port, ['GET /a HTTP/1.0\r\n\r\n'])
  assert.match(old.text, /^HTTP\/1\.1 200 OK/)
})

test('100-continue: the origin decides, the body follows', async () => {
  const { port } = await originOf((socket, text) => {
    if (text.endsWith('\r\n\r\n')) socket.write('HTTP/1.1 100 Continue\r\n\r\n')
    else if (text === 'hello') socket.write(OK)
  })
  const edge = await edgeFor([port])
  const socket = connect(edge.port, '127.0.0.1')
  socket.write('POST /a HTTP/1.1\r\nHost: a.test\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n')
  const [first] = (await once(socket, 'data')) as [Buffer]
  assert.equal(first.toString(), 'HTTP/1.1 100 Continue\r\n\r\n')
  socket.write('hello')
  const [second] = (await once(socket, 'data')) as [Buffer]
  assert.match(second.toString(), /^HTTP\/1\.1 200 OK/)
  socket.destroy()
})

test('a final answer instead of 100 closes the connection: the body may or may not come', async () => {
  const { port } = await originOf((socket) => socket.write('HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n'))
  const edge = await edgeFor([port])
  const { text, ended } = await dialogue(edge.port, [
    'POST /a HTTP/1.1\r\nHost: a.test\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n',
  ])
  assert.match(text, /^HTTP\/1\.1 403 No[^]*Connection: close/)
  assert.ok(ended)
})

test('HTTP/1.0: chunked answers are unwrapped and end with the connection; keep-alive is honoured', async () => {
  const { port } = await originOf((socket, text) => {
    if (text.includes('/chunked'))
      socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n')
    else socket.write(OK)
  })
  const edge = await edgeFor([port])
  const chunked = await dialogue(edge.port, ['GET /chunked HTTP/1.0\r\nConnection: keep-alive\r\n\r\n'])
  assert.match(chunked.text, /\r\n\r\nabc$/)
  assert.doesNotMatch(chunked.text, /Transfer-Encoding/)
  assert.ok(chunked.ended)
  const kept = await dialogue(edge.port, ['GET /a HTTP/1.0\r\nConnection: keep-alive\r\n\r\n'])
  assert.match(kept.text, /Connection: keep-alive/)
  assert.ok(!kept.ended)
})

test('HEAD, 204 and 304 have no body and keep their framing facts', async () => {
  const { port } = await originOf((socket, text) => {
    if (text.startsWith('HEAD')) socket.write('HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n')
    else if (text.includes('/204')) socket.write('HTTP/1.1 204 No Content\r\nContent-Length: 7\r\n\r\n')
    else socket.write('HTTP/1.1 304 Not Modified\r\nETag: "1"\r\n\r\n')
  })
  const edge = await edgeFor([port])
  const answers = await dialogue(edge.port, [
    'HEAD /a HTTP/1.1\r\nHost: a.test\r\n\r\n',
    'GET /204 HTTP/1.1\r\nHost: a.test\r\n\r\n',
    'GET /304 HTTP/1.1\r\nHost: a.test\r\n\r\n',
  ])
  const parts = answers.text.split('HTTP/1.1 ').slice(1)
  assert.match(parts[0], /^200 OK[^]*Content-Length: 500\r\n\r\n$/)
  assert.match(parts[1], /^204/)
  assert.doesNotMatch(parts[1], /Content-Length/)
  assert.match(parts[2], /^304[^]*ETag: "1"/)
  assert.ok(parts[2].endsWith('\r\n\r\n'))
})

test('trailers go both ways', async () => {
  let received = ''
  const { port } = await originOf((socket, text) => {
    received = text
    if (text.endsWith('X-Sum: 1\r\n\r\n')) {
      socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nX-Done: yes\r\n\r\n')
    }
  })
  const edge = await edgeFor([port])
  const { text } = await dialogue(edge.port, [
    'POST /a HTTP/1.1\r\nHost: a.test\r\nTE: trailers\r\nConnection: TE\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nX-Sum: 1\r\n\r\n',
  ])
  assert.match(received, /3\r\nabc\r\n0\r\nX-Sum: 1\r\n\r\n$/)
  assert.match(text, /2\r\nok\r\n0\r\nX-Done: yes\r\n\r\n$/)
})

for (const [promise, asks, arrive] of [
  ['', '', false],
  ['', 'TE: trailers\r\nConnection: TE\r\n', true],
  ['Trailer: X-Done\r\n', '', true],
] as const) {
  const who = `${asks === '' ? 'a client that did not ask' : 'a client that asked'}, ${promise === '' ? 'unannounced' : 'announced'}`
  test(`trailers of an answer, ${who}: ${arrive ? 'passed on' : 'discarded'}`, async () => {
    const { port } = await originOf((socket) =>
      socket.write(
        `HTTP/1.1 200 OK\r\n${promise}Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nX-Done: yes\r\n\r\n`,
      ),
    )
    const edge = await edgeFor([port])
    const { text } = await dialogue(edge.port, [GET.replace('\r\n\r\n', `\r\n${asks}\r\n`)])
    assert.ok(text.endsWith(arrive ? '2\r\nok\r\n0\r\nX-Done: yes\r\n\r\n' : '2\r\nok\r\n0\r\n\r\n'), text)
  })
}

test('a half-closed client gets its answers', async () => {
  const { port } = await originOf(
    (socket, text) => void setTimeout(() => socket.write(OK.repeat(text.split('GET').length - 1)), 30),
  )
  const edge = await edgeFor([port])
  const { text, ended } = await dialogue(edge.port, [GET + GET], { end: true })
  assert.equal(text.split('HTTP/1.1 200').length - 1, 2)
  assert.ok(ended)
})

test('hop-by-hop fields are removed in both directions, forwarding fields are replaced', async () => {
  let received = ''
  const { port } = await originOf((socket, text) => {
    received = text
    socket.write(
      'HTTP/1.1 200 OK\r\nConnection: X-Hop\r\nX-Hop: 1\r\nKeep-Alive: 5\r\nTidegate-Ray: forged\r\nContent-Length: 0\r\n\r\n',
    )
  })
  const edge = await edgeFor([port])
  const { text } = await dialogue(edge.port, [
    'GET /a HTTP/1.1\r\nHost: a.test\r\nConnection: X-Secret, Cookie\r\nX-Secret: 1\r\nCookie: a=b\r\nX-Forwarded-For: 1.2.3.4\r\n' +
      'Forwarded: for=1.2.3.4\r\nX-Real-IP: 1.2.3.4\r\nTE: gzip\r\nKeep-Alive: 3\r\nX_Admin: 1\r\n\r\n',
  ])
  assert.doesNotMatch(received, /X-Secret|1\.2\.3\.4|TE:|Keep-Alive|X_Admin|Connection/)
  assert.match(received, /Cookie: a=b\r\n/)
  assert.match(received, /X-Forwarded-For: 127\.0\.0\.1\r\nX-Forwarded-Proto: http\r\nX-Forwarded-Host: a\.test\r\n/)
  assert.doesNotMatch(text, /X-Hop|Keep-Alive|forged|Connection/)
})

test('an origin killed inside its answer cuts the client, and the event says so', async () => {
  const { port } = await originOf((socket) => {
    socket.write('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this', () => socket.destroy())
  })
  const edge = await edgeFor([port])
  const { text } = await dialogue(edge.port, [GET])
  assert.match(text, /Content-Length: 100/)
  assert.equal(edge.events[0].decision.verdict, 'error')
  assert.match(edge.events[0].decision.why, /while receiving the answer of the origin/)
})

test('malformed answers become 502 with the fault in the event', async () => {
  const cases: readonly (readonly [bytes: string, fault: string])[] = [
    ['HTTP/1.1 200 OK\nContent-Length: 0\n\n', 'bare-lf'],
    [
      'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n',
      'content-length-and-transfer-encoding',
    ],
    ['HTTP/1.1 200 OK\r\nX : 1\r\n\r\n', 'bad-field-name'],
    ['HTTP/1.1 101 Switching\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n', 'unexpected-101'],
    ['SSH-2.0-OpenSSH\r\n', 'bad-status-line'],
  ]
  for (const [bytes, fault] of cases) {
    const { port } = await originOf((socket) => socket.write(bytes))
    const edge = await edgeFor([port])
    const { text } = await dialogue(edge.port, [GET])
    assert.match(text, /^HTTP\/1\.1 502 /, fault)
    assert.equal(edge.events[0].facts.fault, fault)
  }
})

test('an early answer while the body still comes: answered, then closed', async () => {
  const { port } = await originOf((socket, text) => {
    if (text.includes('\r\n\r\n')) socket.write('HTTP/1.1 413 No\r\nContent-Length: 0\r\n\r\n')
  })
  const edge = await edgeFor([port])
  const head = 'POST /a HTTP/1.1\r\nHost: a.test\r\nContent-Length: 10000000\r\n\r\n'
  const { text, ended } = await dialogue(edge.port, [head, 'x'.repeat(100_000)])
  assert.match(text, /^HTTP\/1\.1 413 No/)
  assert.ok(ended)
})

test('a body over the limit of the site is refused with 413, declared or not', async () => {
  const { port } = await originOf((socket) => socket.write(OK))
  const edge = await edgeFor([port], { bodyLimitBytes: 10 })
  const declared = await dialogue(edge.port, [
    'POST /a HTTP/1.1\r\nHost: a.test\r\nContent-Length: 11\r\n\r\n12345678901',
  ])
  assert.match(declared.text, /^HTTP\/1\.1 413 /)
  const chunked = await dialogue(edge.port, [
    'POST /a HTTP/1.1\r\nHost: a.test\r\nTransfer-Encoding: chunked\r\n\r\nb\r\n12345678901\r\n0\r\n\r\n',
  ])
  assert.match(chunked.text, /^HTTP\/1\.1 413 /)
})

test('a head that never ends is given up, and the event names the time limit', async () => {
  const { port } = await originOf(() => {})
  const config = testConfig([])
  const edge = await edgeFor([port], {}, { timeouts: { ...config.timeouts, headMs: 300 } })
  const { text, ended } = await dialogue(edge.port, ['GET /a HT'], { idleMs: 2500 })
  assert.match(text, /^HTTP\/1\.1 408 /)
  assert.ok(ended)
  assert.match(edge.events[0].decision.why, /no whole head for 0\.3 s/)
})

test('an origin that does not answer in time is a 504', async () => {
  const { port } = await originOf(() => {})
  const config = testConfig([])
  const edge = await edgeFor([port], {}, { timeouts: { ...config.timeouts, originResponseMs: 300 } })
  const { text } = await dialogue(edge.port, [GET], { idleMs: 2500 })
  assert.match(text, /^HTTP\/1\.1 504 /)
  assert.match(edge.events[0].decision.why, /waiting for the answer of the origin: origin sent no answer for 0\.3 s/)
})

test('WebSocket: bytes before and after the switch arrive, both ends close', async () => {
  const { port } = await originOf((socket, text) => {
    if (!text.startsWith('GET')) return
    socket.removeAllListeners('data')
    socket.on('data', (bytes) => socket.write(`echo:${bytes.toString('latin1')}`))
    socket.on('end', () => socket.end())
    socket.write(
      'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: x\r\n\r\nhello',
    )
  })
  const edge = await edgeFor([port])
  const socket = connect({ port: edge.port, host: '127.0.0.1', allowHalfOpen: true })
  socket.write(
    'GET /ws HTTP/1.1\r\nHost: a.test\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: k\r\n\r\nearly',
  )
  let text = ''
  socket.on('data', (bytes) => void (text += bytes.toString('latin1')))
  await sleep(100)
  socket.write('later')
  await sleep(100)
  socket.end()
  await once(socket, 'end')
  assert.match(
    text,
    /^HTTP\/1\.1 101 Switching Protocols\r\n[^]*Connection: Upgrade\r\nUpgrade: websocket\r\n\r\nhelloecho:earlyecho:later$/,
  )
  await sleep(20)
  assert.equal(edge.events[0].facts.responseStatus, 101)
  socket.destroy()
})

test('an origin that closes after a switch: a slow client still gets everything', async () => {
  const payload = 'x'.repeat(8_000_000)
  const { port } = await originOf((socket) => {
    socket.write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n')
    socket.end(payload)
  })
  const edge = await edgeFor([port])
  const socket = connect({ port: edge.port, host: '127.0.0.1' })
  socket.write('GET /ws HTTP/1.1\r\nHost: a.test\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n')
  await sleep(200)
  let received = 0
  socket.on('data', (bytes) => void (received += bytes.length))
  await once(socket, 'end')
  assert.ok(received > payload.length, `${received} bytes`)
  socket.destroy()
})
