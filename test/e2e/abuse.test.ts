import assert from 'node:assert/strict'
import { connect as connectHttp2 } from 'node:http2'
import { connect, type Socket } from 'node:net'
import test, { type TestContext } from 'node:test'
import { skipWithout } from '../debian-tools.ts'
import { makeCertificate } from './testing/certificates.ts'
import { END_HEADERS, END_STREAM, FRAME, frame, FrameClient, getBlock, number32 } from './testing/h2-frames.ts'
import { httpGet } from './testing/http-client.ts'
import { startHttpOrigin } from './testing/origins.ts'
import { metric } from './testing/system-events.ts'
import { eventually, startTidegate, temporaryFolder, type TidegateProcess } from './testing/tidegate-process.ts'

const CANCEL = 8
const skip = skipWithout('openssl')

async function startEdge(t: TestContext, more = ''): Promise<TidegateProcess> {
  const { certFile, keyFile } = makeCertificate(temporaryFolder(t), 'a', ['a.test'])
  const origin = await startHttpOrigin(t, (request, response) => {
    if (request.url === '/never') return
    if (request.url === '/big') {
      const block = Buffer.alloc(1 << 16)
      const push = (): void => {
        while (response.write(block));
        response.once('drain', push)
      }
      push()
      return
    }
    response.end(request.url)
  })
  return startTidegate(t, {
    tls: true,
    edge: `  workers: 1
${more}
  certificates: [{ cert: ${certFile}, key: ${keyFile} }]
  sites: [{ name: all, hosts: ["*"], origins: [${origin.url}] }]`,
  })
}

const streamIds = (count: number): number[] => Array.from({ length: count }, (_, i) => i * 2 + 1)

const ATTACKS: Readonly<Record<string, (client: FrameClient) => void>> = {
  'http2-rapid-reset': (client) =>
    client.send(
      ...streamIds(2_000).flatMap((id) => [
        frame(FRAME.headers, END_HEADERS | END_STREAM, id, getBlock('/never')),
        frame(FRAME.rstStream, 0, id, number32(CANCEL)),
      ]),
    ),
  'http2-ping-flood': (client) =>
    client.send(...Array.from({ length: 5_000 }, () => frame(FRAME.ping, 0, 0, Buffer.alloc(8)))),
  'http2-settings-flood': (client) => client.send(...Array.from({ length: 1_000 }, () => frame(FRAME.settings, 0, 0))),
  'http2-continuation-flood': (client) => {
    client.send(frame(FRAME.headers, END_STREAM, 1, getBlock('/')))
    const piece = Buffer.concat([Buffer.from([0, 3]), Buffer.from('x-a'), Buffer.from([100]), Buffer.alloc(100, 0x62)])
    client.send(...Array.from({ length: 2_000 }, () => frame(FRAME.continuation, 0, 1, piece)))
  },
  'http2-protocol-error': (client) => client.send(frame(FRAME.headers, END_HEADERS, 0, getBlock('/'))),
}

test('abuse of HTTP/2 ends the connection and names the fault, while others are served', { skip }, async (t) => {
  const tidegate = await startEdge(t)
  const session = connectHttp2(`https://127.0.0.1:${tidegate.httpsPort}`, { rejectUnauthorized: false })
  t.after(() => session.destroy())
  const neighbour = (path: string): Promise<string> =>
    new Promise((resolve, reject) => {
      let text = ''
      const stream = session.request({ ':path': path, ':authority': 'a.test' })
      stream.setEncoding('latin1').on('data', (piece: string) => (text += piece))
      stream.on('end', () => resolve(text)).on('error', reject)
    })
  for (const [fault, attack] of Object.entries(ATTACKS)) {
    await t.test(fault, async () => {
      const attackers = await Promise.all(Array.from({ length: 4 }, () => FrameClient.open(tidegate.httpsPort)))
      for (const attacker of attackers) attack(attacker)
      assert.equal(await neighbour(`/${fault}`), `/${fault}`)
      assert.equal((await httpGet(tidegate.httpPort, '/plain')).body, '/plain')
      await Promise.all(attackers.map((attacker) => attacker.closed))
      const events = await tidegate.events(`http.fault == "${fault}"`, attackers.length)
      assert.equal(events.length, attackers.length, 'one event for each connection')
      for (const event of events) assert.equal(event.decision.verdict, 'refuse')
      for (const attacker of attackers) assert.ok(attacker.frameTypes.includes(FRAME.goaway), 'the client is told why')
    })
  }
})

async function openSockets(port: number, count: number): Promise<Socket[]> {
  return Promise.all(
    Array.from({ length: count }, () => {
      const socket = connect(port, '127.0.0.1')
      return new Promise<Socket>((resolve, reject) => socket.on('connect', () => resolve(socket)).on('error', reject))
    }),
  )
}

/** Settles when every one of them was closed by the other side. */
function allClosed(sockets: readonly Socket[]): Promise<unknown> {
  return Promise.all(
    sockets.map((socket) => new Promise((resolve) => socket.resume().on('close', resolve).on('error', resolve))),
  )
}

test('500 connections that say nothing keep nobody out, and are let go', { skip }, async (t) => {
  const tidegate = await startEdge(
    t,
    '  limits: { headsPerAddress: 1000 }\n  timeouts: { head: 1s, idle: 2s, tlsHandshake: 1s }',
  )
  const silent = [...(await openSockets(tidegate.httpPort, 250)), ...(await openSockets(tidegate.httpsPort, 250))]
  const gone = allClosed(silent)
  for (let i = 0; i < 20; i++) assert.equal((await httpGet(tidegate.httpPort, `/${i}`)).body, `/${i}`)
  await gone
  await tidegate.events('http.fault == "tls-handshake-timeout"', 250)
  assert.equal((await httpGet(tidegate.httpPort, '/after')).body, '/after')
})

test(
  'one address may not hold many connections without a request head, while it is served itself',
  { skip },
  async (t) => {
    const tidegate = await startEdge(t, '  limits: { headsPerAddress: 50 }\n  timeouts: { head: 10s }')
    const silent = await openSockets(tidegate.httpPort, 60)
    // The first ones become late with their heads; those that come after them find the address over its limit.
    await new Promise((resolve) => setTimeout(resolve, 1_500))
    const more = await openSockets(tidegate.httpPort, 20)
    t.after(() => [...silent, ...more].forEach((socket) => socket.destroy()))
    await tidegate.events('http.fault == "heads-per-address"', 10)
    assert.equal((await httpGet(tidegate.httpPort, '/served')).body, '/served')
  },
)

test('at the limit of connections the oldest that says nothing makes room', { skip }, async (t) => {
  const tidegate = await startEdge(t, '  limits: { connections: 20 }')
  const silent = await openSockets(tidegate.httpPort, 20)
  t.after(() => silent.forEach((socket) => socket.destroy()))
  assert.equal((await httpGet(tidegate.httpPort, '/room')).body, '/room')
  await tidegate.events('http.fault == "oldest-without-head"', 1)
})

test(
  'when all connections are busy a further one is refused with an event, until one is free again',
  { skip },
  async (t) => {
    const tidegate = await startEdge(t, '  limits: { connections: 20 }')
    const busy = await openSockets(tidegate.httpPort, 20)
    t.after(() => busy.forEach((socket) => socket.destroy()))
    for (const socket of busy) socket.write('GET /never HTTP/1.1\r\nHost: a.test\r\n\r\n')
    await eventually('20 requests at the origin', async () =>
      (await metric(tidegate, 'tidegate_origin_connections_open')) === 20 ? true : undefined,
    )
    await assert.rejects(httpGet(tidegate.httpPort, '/'))
    await tidegate.events('http.fault == "connection-limit"', 1)
    // A plain close only ends the sending side, after which an answer is still due; a reset says that nobody waits.
    for (const socket of busy) socket.resetAndDestroy()
    const answer = await eventually('room', () => httpGet(tidegate.httpPort, '/room').catch(() => undefined))
    assert.equal(answer.body, '/room')
  },
)

test('a client that does not read an endless answer is cut off, others are served meanwhile', { skip }, async (t) => {
  const tidegate = await startEdge(t, '  timeouts: { bodyIdle: 1s }')
  const [reader] = await openSockets(tidegate.httpPort, 1)
  t.after(() => reader.destroy())
  reader.pause()
  reader.write('GET /big HTTP/1.1\r\nHost: a.test\r\n\r\n')
  assert.equal((await httpGet(tidegate.httpPort, '/meanwhile')).body, '/meanwhile')
  const [event] = await tidegate.events('http.request.uri.path == "/big"', 1)
  assert.match(event.decision.why, /did not read/)
})

test('1,000 pipelined requests are answered in order', { skip }, async (t) => {
  const tidegate = await startEdge(t)
  const paths = Array.from({ length: 1_000 }, (_, i) => `/${i}`)
  const socket = connect(tidegate.httpPort, '127.0.0.1')
  let answer = ''
  const closed = new Promise((resolve, reject) => socket.on('close', resolve).on('error', reject))
  socket.setEncoding('latin1').on('data', (piece: string) => (answer += piece))
  socket.write(
    paths
      .map((path) => `GET ${path} HTTP/1.1\r\nHost: a.test\r\n${path === '/999' ? 'Connection: close\r\n' : ''}\r\n`)
      .join(''),
  )
  await closed
  const bodies = [...answer.matchAll(/\r\n\r\n(\/\d+)/g)].map((match) => match[1])
  assert.deepEqual(bodies, paths)
  const rays = [...answer.matchAll(/^tidegate-ray: (\S+)/gim)].map((match) => match[1])
  assert.equal(new Set(rays).size, paths.length)
  assert.deepEqual(rays.toSorted(), rays, 'rays of one worker sort in the order of the requests')
})
