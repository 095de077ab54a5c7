import assert from 'node:assert/strict'
import { type EventEmitter, once } from 'node:events'
import http2, { type ClientHttp2Session, type OutgoingHttpHeaders, type ServerHttp2Stream } from 'node:http2'
import type { AddressInfo } from 'node:net'
import test from 'node:test'
import fc from 'fast-check'
import type { HttpTransaction } from '../http/http-transaction.ts'
import { type Recording, RecordingRelay } from '../testing/recording-relay.ts'
import { replay } from '../testing/tls-recording.ts'
import { Traffic } from '../testing/traffic.ts'

type Answer = (stream: ServerHttp2Stream, headers: Readonly<Record<string, unknown>>) => void

/** Records what Node's own client and server say to each other. */
async function record(answer: Answer, ask: (session: ClientHttp2Session) => Promise<void>): Promise<Recording> {
  const server = http2.createServer()
  server.on('stream', (stream, headers) => {
    stream.on('error', () => undefined)
    answer(stream, headers)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const relay = await RecordingRelay.start((server.address() as AddressInfo).port)
  const session = http2.connect(`http://127.0.0.1:${relay.port}`)
  session.on('error', () => undefined)
  await ask(session)
  session.close()
  await happened(session, 'close')
  await new Promise((resolve) => void server.close(resolve))
  return relay.stop()
}

/** Waits for an event, whatever error comes before it. */
function happened(emitter: EventEmitter, name: string): Promise<void> {
  return new Promise((resolve) => void emitter.once(name, () => resolve()))
}

/** One request, to its end. */
async function request(session: ClientHttp2Session, headers: OutgoingHttpHeaders, body?: string): Promise<void> {
  const stream = session.request(headers, { endStream: body === undefined })
  stream.on('error', () => undefined)
  if (body !== undefined) stream.end(body)
  stream.resume()
  await happened(stream, 'close')
}

function exchangesOf(recording: Recording, size?: number): HttpTransaction[] {
  const traffic = new Traffic()
  replay(traffic.tcp({ serverPort: 8080 }), recording, size)
  assert.deepEqual(traffic.end('fault'), [])
  assert.deepEqual(
    traffic.end('protocol').map(({ content }) => content),
    ['http2'],
  )
  return traffic.end('http')
}

const told = ({ request: asked, response, outcome }: HttpTransaction): unknown[] => [
  asked?.method,
  asked?.target,
  asked?.bodyBytes,
  response?.status,
  response?.bodyBytes,
  outcome,
]

test('requests and answers of streams that run beside each other', async () => {
  const recording = await record(
    (stream, headers) => {
      const target = String(headers[':path'])
      const delayMs = target === '/slow' ? 60 : 0
      setTimeout(() => {
        stream.respond({ ':status': target === '/bad' ? 503 : 200, server: 'test', 'x-long': 'v'.repeat(20_000) })
        stream.end(target === '/empty' ? undefined : 'y'.repeat(40_000))
      }, delayMs)
    },
    async (session) => {
      const targets = ['/slow', '/fast', '/bad', '/empty']
      await Promise.all(targets.map((target) => request(session, { ':path': target, 'user-agent': 'me' })))
      await request(session, { ':path': '/post', ':method': 'POST', ':authority': 'Shop.Test:80' }, 'z'.repeat(30_000))
    },
  )
  for (const size of [undefined, 1, 1000]) {
    const exchanges = exchangesOf(recording, size)
    assert.deepEqual(
      exchanges.map(told).toSorted((one, other) => (String(one) < String(other) ? -1 : 1)),
      [
        ['GET', '/bad', 0, 503, 40_000, 'answered'],
        ['GET', '/empty', 0, 200, 0, 'answered'],
        ['GET', '/fast', 0, 200, 40_000, 'answered'],
        ['GET', '/slow', 0, 200, 40_000, 'answered'],
        ['POST', '/post', 30_000, 200, 40_000, 'answered'],
      ],
    )
    const post = exchanges.find(({ request: asked }) => asked?.method === 'POST')
    assert.deepEqual([post?.request?.host, post?.request?.version], ['shop.test', 'HTTP/2'])
    assert.deepEqual([post?.response?.server, exchanges[0].request?.userAgent], ['test', 'me'])
    assert.ok(exchanges.every(({ serverNs = -1, isSecure }) => serverNs >= 0 && !isSecure))
  }
})

test('trailers, informational answers and refused streams', async () => {
  const recording = await record(
    (stream, headers) => {
      if (headers[':path'] === '/refused') return stream.close(http2.constants.NGHTTP2_REFUSED_STREAM)
      stream.additionalHeaders({ ':status': 103, link: '</style.css>' })
      stream.respond({ ':status': 200 }, { waitForTrailers: true })
      stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }))
      stream.end('abc')
    },
    async (session) => {
      await request(session, { ':path': '/trailers' })
      await request(session, { ':path': '/refused' })
    },
  )
  const [trailers, refused] = exchangesOf(recording)
  assert.deepEqual(told(trailers), ['GET', '/trailers', 0, 200, 3, 'answered'])
  assert.deepEqual(
    trailers.informational.map(({ status }) => status),
    [103],
  )
  assert.deepEqual([refused.outcome, refused.end, refused.endedBy], ['unanswered', 'reset', 'server'])
})

test('a client that resets what it asks for', async () => {
  const recording = await record(
    () => undefined,
    async (session) => {
      await once(session, 'connect')
      for (let count = 0; count < 20; count++) {
        const stream = session.request({ ':path': `/${count}` })
        stream.on('error', () => undefined)
        await new Promise((resolve) => void setImmediate(resolve))
        stream.close(http2.constants.NGHTTP2_CANCEL)
        await happened(stream, 'close')
      }
    },
  )
  const exchanges = exchangesOf(recording)
  assert.equal(exchanges.length, 20)
  assert.ok(exchanges.every(({ outcome, endedBy }) => outcome === 'unanswered' && endedBy === 'client'))
})

test('GOAWAY with an error is told with its words', async () => {
  const recording = await record(
    (stream) => stream.session?.goaway(http2.constants.NGHTTP2_ENHANCE_YOUR_CALM, 0, Buffer.from('too_many_pings')),
    async (session) => {
      session.request({ ':path': '/' }).on('error', () => undefined)
      await happened(session, 'goaway')
      session.destroy()
    },
  )
  const traffic = new Traffic()
  replay(traffic.tcp({ serverPort: 8080 }), recording)
  assert.deepEqual(
    traffic.end('fault').map(({ fault, from, detail }) => [fault, from, detail]),
    [['http2-goaway', 'server', 'ENHANCE_YOUR_CALM: too_many_pings']],
  )
})

test('fields come as they were sent, whatever the tables hold', async () => {
  const name = fc.stringMatching(/^x-[a-z]{1,12}$/)
  const value = fc.stringMatching(/^[!-~]([ -~]{0,60}[!-~])?$/)
  const heads = fc.array(fc.dictionary(name, value, { maxKeys: 8 }), { minLength: 1, maxLength: 8 })
  await fc.assert(
    fc.asyncProperty(heads, async (sent) => {
      const recording = await record(
        (stream) => {
          stream.respond({ ':status': 204 })
          stream.end()
        },
        async (session) => {
          for (const [index, head] of sent.entries()) await request(session, { ':path': `/${index}`, ...head })
        },
      )
      const seen = exchangesOf(recording).map(({ request: asked }) => {
        const fields = asked?.fields ?? []
        return Object.fromEntries(
          fields.flatMap((field, index) => (index % 2 === 0 ? [[field, fields[index + 1]] as const] : [])),
        )
      })
      assert.deepEqual(
        seen,
        sent.map((head) => ({ ...head })),
      )
    }),
    { numRuns: 15 },
  )
})

test('whatever bytes come, nothing breaks', async () => {
  const recording = await record(
    (stream) => {
      stream.respond({ ':status': 200 })
      stream.end('a'.repeat(3000))
    },
    (session) => request(session, { ':path': '/', ':method': 'POST' }, 'b'.repeat(3000)),
  )
  const change = fc.record({
    piece: fc.nat(20),
    at: fc.nat(5000),
    value: fc.integer({ min: 1, max: 255 }),
    gap: fc.boolean(),
  })
  fc.assert(
    fc.property(fc.array(change, { maxLength: 3 }), fc.integer({ min: 1, max: 4000 }), (changes, size) => {
      const traffic = new Traffic()
      const talk = traffic.tcp({ serverPort: 8080 })
      for (const [index, [direction, bytes]] of recording.pieces.entries()) {
        const changed = Buffer.from(bytes)
        const mine = changes.filter(({ piece }) => piece % recording.pieces.length === index)
        for (const { at, value, gap } of mine) {
          if (gap) talk.gap(direction, at)
          changed[at % changed.length] ^= value
        }
        for (let at = 0; at < changed.length; at += size) talk.say(direction, changed.subarray(at, at + size))
      }
      talk.end('fin', 0)
      traffic.end('http')
    }),
    { numRuns: 300 },
  )
})
