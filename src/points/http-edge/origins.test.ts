import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, test } from 'node:test'
import type { SiteConfig } from '#config'
import { startHealthChecks } from './health-check.ts'
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

async function edgeFor(ports: number[], site: Partial<SiteConfig> = {}): Promise<TestEdge> {
  const edge = await startEdge(testConfig([testSite(ports, site)]))
  opened.push(() => edge.close())
  return edge
}

/** A port where nobody listens. */
async function closedPort(): Promise<number> {
  const origin = await scriptedOrigin(() => {})
  await origin.close()
  return origin.port
}

const answerAs =
  (name: string): OriginScript =>
  (socket) =>
    socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${name.length}\r\n\r\n${name}`)

test('round-robin takes origins in turn', async () => {
  const [a, b] = [await originOf(answerAs('A')), await originOf(answerAs('B'))]
  const edge = await edgeFor([a.port, b.port])
  const { text } = await dialogue(edge.port, [GET, GET, GET, GET])
  assert.deepEqual(text.match(/[AB](?=HTTP|$)/g), ['A', 'B', 'A', 'B'])
})

test('least-connections avoids a busy origin', async () => {
  const slow = await originOf(() => {})
  const fast = await originOf(answerAs('F'))
  const edge = await edgeFor([slow.port, fast.port], { balance: 'least-connections' })
  const waiting = dialogue(edge.port, [GET], { idleMs: 400 })
  await sleep(50)
  const { text } = await dialogue(edge.port, [GET, GET, GET])
  assert.equal(text.match(/F/g)?.length, 3)
  await waiting
})

test('one connection carries many requests', async () => {
  const origin = await originOf((socket) => socket.write(OK))
  const edge = await edgeFor([origin.port])
  await dialogue(edge.port, [GET, GET, GET])
  await dialogue(edge.port, [GET])
  assert.equal(origin.connections.length, 1)
  assert.equal(edge.events[0].facts.originConnectMs === undefined, false)
  assert.equal(edge.events[3].facts.originConnectMs, undefined, 'reused')
})

test('a refused connection is tried on another origin, a POST too because nothing was sent', async () => {
  const good = await originOf((socket, text) => {
    if (text.endsWith('hello')) socket.write(OK)
  })
  const edge = await edgeFor([await closedPort(), good.port])
  const { text } = await dialogue(edge.port, ['POST /a HTTP/1.1\r\nHost: a.test\r\nContent-Length: 5\r\n\r\nhello'])
  assert.match(text, /^HTTP\/1\.1 200 /)
  assert.equal(edge.events[0].facts.originAttempts, 2)
  assert.match(edge.events[0].decision.why, /tried again after a failure while connecting to the origin/)
})

test('without another origin a refused connection is a 502 that says so', async () => {
  const edge = await edgeFor([await closedPort()])
  const { text } = await dialogue(edge.port, [GET.replace('\r\n\r\n', '\r\nAccept: text/html\r\n\r\n')])
  assert.match(text, /^HTTP\/1\.1 502 Bad Gateway\r\nContent-Type: text\/html/)
  assert.match(text, /while connecting to the origin/)
  assert.equal(edge.events[0].facts.fault, 'origin-connect-refused')
})

test('a stale reused connection is replaced once, without a mark against the origin', async () => {
  const origin = await originOf((socket, _text, connection) => {
    if (connection === 0 && socket.bytesRead > 60 && socket.bytesWritten > 0) socket.destroy()
    else socket.write(OK)
  })
  const edge = await edgeFor([origin.port], { retries: 0, health: { maxFailures: 1, ejectMs: 10_000 } })
  const { text } = await dialogue(edge.port, [GET, GET])
  assert.equal(text.match(/200 OK/g)?.length, 2)
  assert.equal(origin.connections.length, 2)
  assert.ok(edge.engine.siteList[0].origins.origins[0].health.available)
})

test('a POST on a stale connection is not repeated', async () => {
  const origin = await originOf((socket, text) => {
    if (text.startsWith('POST')) socket.destroy()
    else socket.write(OK)
  })
  const edge = await edgeFor([origin.port, origin.port])
  const { text } = await dialogue(edge.port, [GET, 'POST /a HTTP/1.1\r\nHost: a.test\r\nContent-Length: 2\r\n\r\nhi'])
  assert.match(text, /200 OK[^]*502 Bad Gateway/)
})

test('a safe request moves to another origin when the first closes before a byte', async () => {
  const bad = await originOf((socket) => socket.destroy())
  const good = await originOf((socket) => socket.write(OK))
  const edge = await edgeFor([bad.port, good.port])
  const { text } = await dialogue(edge.port, [GET])
  assert.match(text, /^HTTP\/1\.1 200 /)
})

test('failures in a row take an origin out, for all workers', async () => {
  const port = await closedPort()
  const good = await originOf((socket) => socket.write(OK))
  const edge = await edgeFor([port, good.port], { health: { maxFailures: 2, ejectMs: 60_000 } })
  await dialogue(edge.port, [GET, GET, GET, GET, GET, GET])
  const attempts = edge.events.map(({ facts }) => facts.originAttempts)
  assert.deepEqual(attempts, [2, 2, 1, 1, 1, 1], 'after two failures it is not asked any more')
  const words = new Uint32Array(edge.health)
  assert.notEqual(words[1], 0, 'the ejection stands in the shared memory')
})

test('bytes that nobody asked for destroy an idle connection', async () => {
  const origin = await originOf((socket) => {
    socket.write(OK)
    setTimeout(() => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nforged'), 50)
  })
  const edge = await edgeFor([origin.port])
  await dialogue(edge.port, [GET], { idleMs: 150 })
  const { text } = await dialogue(edge.port, [GET], { idleMs: 30 })
  assert.doesNotMatch(text, /forged/)
  assert.equal(origin.connections.length, 2)
})

test('surplus bytes behind an answer are not taken for the next one', async () => {
  const origin = await originOf((socket) => socket.write(`${OK}HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nforged`))
  const edge = await edgeFor([origin.port])
  const { text } = await dialogue(edge.port, [GET, GET])
  assert.doesNotMatch(text, /forged/)
  assert.equal(origin.connections.length, 2)
})

test('active checks take an origin out and back in', async () => {
  let healthy = false
  const origin = await originOf((socket, text) => {
    const status = healthy || !text.includes('/up') ? '200 OK' : '500 No'
    socket.write(`HTTP/1.1 ${status}\r\nContent-Length: 0\r\n\r\n`)
  })
  const active = {
    path: '/up',
    intervalMs: 20,
    timeoutMs: 500,
    healthyAfter: 2,
    unhealthyAfter: 2,
    expectStatus: [200],
  }
  const edge = await edgeFor([origin.port], { health: { maxFailures: 3, ejectMs: 1000, active } })
  const codes: string[] = []
  const stop = startHealthChecks(edge.engine, { report: (_level, code) => void codes.push(code) })
  const { health } = edge.engine.siteList[0].origins.origins[0]
  for (let i = 0; i < 100 && health.available; i++) await sleep(20)
  assert.ok(!health.available)
  healthy = true
  for (let i = 0; i < 100 && !health.available; i++) await sleep(20)
  assert.ok(health.available)
  assert.deepEqual(codes, ['origin-unhealthy', 'origin-healthy'])
  stop()
})
