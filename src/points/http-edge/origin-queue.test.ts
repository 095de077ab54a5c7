import assert from 'node:assert/strict'
import { connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, test } from 'node:test'
import type { HttpTimeouts, SiteConfig } from '#config'
import type { OriginPool } from './origin-pool.ts'
import { OriginQueue, type OriginWaiter } from './origin-queue.ts'
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

/** An edge that may open one connection to each origin. */
async function narrowEdge(ports: number[], site: Partial<SiteConfig> = {}, wait = 5000): Promise<TestEdge> {
  const wide = testSite(ports, site)
  const origins = wide.origins.map((origin) => ({ ...origin, maxConnections: 1 }))
  const timeouts: HttpTimeouts = { ...testConfig([]).timeouts, originConnectMs: wait }
  const edge = await startEdge(testConfig([{ ...wide, origins }], { timeouts }))
  opened.push(() => edge.close())
  return edge
}

function poolOf(edge: TestEdge, at = 0): OriginPool {
  return edge.engine.siteList[0].origins.origins[at]
}

async function until(condition: () => boolean): Promise<void> {
  for (let i = 0; i < 500 && !condition(); i++) await sleep(10)
  assert.ok(condition())
}

const getOf = (path: string): string => `GET ${path} HTTP/1.1\r\nHost: a.test\r\n\r\n`

test('requests wait for the one connection and get it in the order of their arrival', async () => {
  const paths: string[] = []
  const held: Socket[] = []
  const origin = await originOf((socket, text) => {
    paths.push(text.split(' ')[1])
    held.push(socket)
  })
  const edge = await narrowEdge([origin.port])
  const answers: Promise<{ text: string }>[] = []
  for (const [i, path] of ['/1', '/2', '/3', '/4'].entries()) {
    answers.push(dialogue(edge.port, [getOf(path)], { idleMs: 2000, end: true }))
    await until(() => poolOf(edge).busy === 1 && poolOf(edge).waiting === i)
  }
  for (let answered = 1; answered <= 4; answered++) {
    await until(() => held.length === answered)
    held[answered - 1].write(OK)
  }
  for (const { text } of await Promise.all(answers)) assert.match(text, /^HTTP\/1\.1 200 /)
  assert.deepEqual(paths, ['/1', '/2', '/3', '/4'])
  assert.equal(origin.connections.length, 1)
})

test('a request that comes later does not overtake those that wait', async () => {
  const paths: string[] = []
  const origin = await originOf((socket, text) => {
    paths.push(text.split(' ')[1])
    setTimeout(() => socket.write(OK), 30)
  })
  const edge = await narrowEdge([origin.port])
  // The second request of the first client is read in the very moment in which its first one ends.
  const first = dialogue(edge.port, [getOf('/a1') + getOf('/a2')], { idleMs: 2000, end: true })
  await until(() => poolOf(edge).busy === 1)
  const second = dialogue(edge.port, [getOf('/b')], { idleMs: 2000, end: true })
  await Promise.all([first, second])
  assert.deepEqual(paths, ['/a1', '/b', '/a2'])
})

test('nobody waits for ever: 503 with the reason, and nothing counts against the origin', async () => {
  const origin = await originOf(() => {})
  const edge = await narrowEdge([origin.port], { health: { maxFailures: 1, ejectMs: 60_000 } }, 100)
  const first = dialogue(edge.port, [GET], { idleMs: 1500 })
  await until(() => poolOf(edge).busy === 1)
  const { text } = await dialogue(edge.port, [GET], { idleMs: 1500 })
  assert.match(text, /^HTTP\/1\.1 503 /)
  assert.doesNotMatch(text, /127\.0\.0\.1/, 'the page does not name addresses of the inside')
  const { decision, facts } = edge.events[0]
  assert.equal(facts.fault, 'origin-connection-limit')
  assert.match(decision.why, /no connection to http:\S+ became free within 0\.1 s: all 1 of its maxConnections/)
  assert.ok(poolOf(edge).health.available)
  await first
})

test('a client that goes away leaves the queue', async () => {
  const origin = await originOf(() => {})
  const edge = await narrowEdge([origin.port])
  const sockets = [0, 1, 2].map(() => connect({ port: edge.port, host: '127.0.0.1' }))
  for (const socket of sockets) socket.write(GET)
  await until(() => poolOf(edge).waiting === 2)
  // A mere FIN would be a client that has said everything and still wants its answer.
  for (const socket of sockets) socket.resetAndDestroy()
  await until(() => poolOf(edge).waiting === 0)
  assert.equal(edge.events.length, 3)
  for (const { decision } of edge.events) assert.match(decision.why, /the client closed the connection/)
})

test('another healthy origin with room is taken instead of waiting', async () => {
  const busy = await originOf(() => {})
  const free = await originOf((socket) => socket.write(OK))
  const edge = await narrowEdge([busy.port, free.port])
  const first = dialogue(edge.port, [GET], { idleMs: 800 })
  await until(() => poolOf(edge, 0).busy === 1)
  const { text } = await dialogue(edge.port, [GET, GET, GET], { idleMs: 200 })
  assert.equal(text.match(/200 OK/g)?.length, 3)
  await first
})

test('rather wait for a healthy origin than ask one that is down', async () => {
  const busy = await originOf((socket) => void setTimeout(() => socket.write(OK), 100))
  const down = await originOf((socket) => socket.destroy())
  const edge = await narrowEdge([busy.port, down.port])
  poolOf(edge, 1).health.failed(1, 60_000)
  const answers = await Promise.all([0, 1, 2].map(() => dialogue(edge.port, [GET], { idleMs: 1000, end: true })))
  for (const { text } of answers) assert.match(text, /^HTTP\/1\.1 200 /)
  assert.equal(down.connections.length, 0)
})

test('a body that comes while its request waits arrives whole', async () => {
  const body = 'x'.repeat(300_000)
  let headBytes = 0
  const origin = await originOf((socket, text) => {
    if (text.startsWith('GET')) setTimeout(() => socket.write(OK), 200)
    if (/^(GET|POST).*\r\n\r\n/s.test(text)) headBytes += text.indexOf('\r\n\r\n') + 4
  })
  const edge = await narrowEdge([origin.port])
  const first = dialogue(edge.port, [GET], { idleMs: 1000, end: true })
  await until(() => poolOf(edge).busy === 1)
  const head = `POST /a HTTP/1.1\r\nHost: a.test\r\nContent-Length: ${body.length}\r\n\r\n`
  const second = dialogue(edge.port, [head, body], { idleMs: 1500 })
  await first
  await until(() => origin.connections[0].bytesRead - headBytes === body.length)
  origin.connections[0].write(OK)
  assert.match((await second).text, /^HTTP\/1\.1 200 /)
})

test('a connection that the origin closes makes room for those that wait', async () => {
  const origin = await originOf((socket) => {
    setTimeout(() => socket.end(OK.replace('\r\n', '\r\nConnection: close\r\n')), 20)
  })
  const edge = await narrowEdge([origin.port])
  const answers = await Promise.all([0, 1, 2].map(() => dialogue(edge.port, [GET], { idleMs: 1000, end: true })))
  for (const { text } of answers) assert.match(text, /^HTTP\/1\.1 200 /)
  assert.equal(origin.connections.length, 3)
})

test('the queue is bounded', () => {
  const waiter = (): OriginWaiter => Object.create(null) as OriginWaiter
  const queue = new OriginQueue(1000)
  for (let i = 0; i < 1023; i++) queue.add(waiter())
  assert.ok(!queue.isFull)
  queue.add(waiter())
  assert.ok(queue.isFull)
  assert.equal(queue.length, 1024)
})
