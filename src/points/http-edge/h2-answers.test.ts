import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  connect,
  constants,
  type IncomingHttpHeaders,
  type OutgoingHttpHeaders,
} from 'node:http2'
import { after, afterEach, before, beforeEach, describe, test } from 'node:test'
import { promisify } from 'node:util'
import { missingOpenssl } from '../../net/testing/test-certificates.ts'
import { answerHead, TestEdge } from './testing/h2-host.ts'

const run = promisify(execFile)
const skip = missingOpenssl() ?? false

interface Answer {
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
  readonly trailers: IncomingHttpHeaders | undefined
  readonly informational: readonly IncomingHttpHeaders[]
}

async function answerOf(stream: ClientHttp2Stream): Promise<Answer> {
  const chunks: Buffer[] = []
  const informational: IncomingHttpHeaders[] = []
  let headers: IncomingHttpHeaders = {}
  let trailers: IncomingHttpHeaders | undefined
  stream.on('headers', (fields: IncomingHttpHeaders) => informational.push(fields))
  stream.on('response', (fields: IncomingHttpHeaders) => (headers = fields))
  stream.on('trailers', (fields: IncomingHttpHeaders) => (trailers = fields))
  stream.on('data', (bytes: Buffer) => chunks.push(bytes))
  await once(stream, 'close')
  return { headers, body: Buffer.concat(chunks), trailers, informational }
}

/** Sends random bytes, reads them back slowly and compares. */
async function echo(client: ClientHttp2Session, sizeBytes: number): Promise<void> {
  const sent = randomBytes(sizeBytes)
  const stream = client.request({ ':method': 'POST', ':path': '/' })
  const hash = createHash('sha256')
  stream.on('data', (bytes: Buffer) => {
    hash.update(bytes)
    stream.pause()
    setTimeout(() => stream.resume(), 1)
  })
  stream.end(sent)
  await once(stream, 'end')
  assert.equal(hash.digest('hex'), createHash('sha256').update(sent).digest('hex'))
}
describe('an HTTP/2 stream', { skip }, () => {
  const edge = new TestEdge()
  let client: ClientHttp2Session
  before(() => edge.start())
  after(() => edge.stop())
  beforeEach(async () => {
    edge.requests.length = 0
    edge.faults.length = 0
    edge.prepare = undefined
    client = connect(`https://localhost:${edge.port}`, { ca: edge.certificate.certPem })
    client.on('error', () => {})
    await once(client, 'connect')
  })
  afterEach(() => client.destroy())

  const ask = (headers: OutgoingHttpHeaders, body?: string | Buffer): Promise<Answer> => {
    const stream = client.request({ ':path': '/', ...headers }, { endStream: body === undefined })
    if (body !== undefined) stream.end(body)
    return answerOf(stream)
  }

  test('carries head, fields in their order with joined cookies, and a small answer', async () => {
    edge.answer = (_seen, exchange) =>
      exchange.reply(200, 'hello', ['X-One', '1', 'set-cookie', 'a=1', 'set-cookie', 'b=2'])
    const answer = await ask({ ':path': '/p?q=1', 'x-b': '2', cookie: ['a=1', 'b=2'], 'x-a': '1' })
    assert.equal(answer.headers[':status'], 200)
    assert.equal(answer.headers['x-one'], '1')
    assert.deepEqual(answer.headers['set-cookie'], ['a=1', 'b=2'])
    assert.equal(answer.headers['content-length'], '5')
    assert.equal(answer.headers.date, undefined)
    assert.equal(answer.body.toString(), 'hello')
    const head = edge.requests[0].head!
    assert.equal(head.originTarget, '/p?q=1')
    assert.equal(head.framing, 'none')
    const host = `localhost:${edge.port}`
    assert.deepEqual(head.fields, ['host', host, 'x-b', '2', 'cookie', 'a=1; b=2', 'x-a', '1'])
  })

  test('carries a body and its trailers to the exchange', async () => {
    edge.answer = (seen, exchange) => exchange.reply(200, `${seen.body.length} ${seen.trailers?.join('=')}`)
    const stream = client.request({ ':method': 'POST', ':path': '/' }, { waitForTrailers: true })
    stream.on('wantTrailers', () => stream.sendTrailers({ 'x-sum': 'abc' }))
    stream.end(Buffer.alloc(100_000))
    assert.equal((await answerOf(stream)).body.toString(), '100000 x-sum=abc')
    assert.equal(edge.requests[0].head?.framing, 'chunked')
  })

  test('refuses trailers that would change routing', async () => {
    const stream = client.request({ ':method': 'POST', ':path': '/' }, { waitForTrailers: true })
    stream.on('wantTrailers', () => stream.sendTrailers({ 'x-forwarded-for': '1.2.3.4' }))
    stream.end('x')
    assert.equal((await answerOf(stream)).headers[':status'], 400)
    assert.equal(edge.requests[0].fault?.fault, 'forbidden-trailer')
  })

  test('sends informational answers, a body of unknown length and trailers', async () => {
    edge.answer = ({ downstream }, exchange) => {
      downstream.sendInformational(103, 'Early Hints', ['Link', '</a>', 'Link', '</b>'])
      downstream.sendInformational(101, 'Switching', [])
      downstream.sendHead(answerHead(200, -1))
      downstream.sendBody(Buffer.from('one'))
      downstream.flush()
      setTimeout(() => {
        downstream.sendBody(Buffer.from('two'))
        downstream.sendEnd(['X-Sum', '9'])
        exchange.finished = true
        downstream.flush()
      }, 10)
    }
    const answer = await ask({})
    assert.deepEqual(
      answer.informational.map((fields) => [fields[':status'], fields.link]),
      [[103, '</a>, </b>']],
    )
    assert.equal(answer.body.toString(), 'onetwo')
    assert.equal(answer.trailers?.['x-sum'], '9')
  })

  test('ends a body of unknown length without trailers', async () => {
    edge.answer = ({ downstream }, exchange) => {
      downstream.sendHead(answerHead(200, -1))
      downstream.sendBody(Buffer.from('one'))
      downstream.flush()
      downstream.sendEnd(undefined)
      exchange.finished = true
      downstream.flush()
    }
    const answer = await ask({})
    assert.equal(answer.body.toString(), 'one')
    assert.equal(answer.trailers, undefined)
  })

  test('answers HEAD with the length and without the body', async () => {
    edge.answer = ({ downstream }, exchange) => {
      downstream.sendHead({ ...answerHead(200, 1234), hasBody: false })
      downstream.sendEnd(undefined)
      exchange.finished = true
      downstream.flush()
    }
    const answer = await ask({ ':method': 'HEAD' })
    assert.equal(answer.headers['content-length'], '1234')
    assert.equal(answer.body.length, 0)
  })

  test('may be answered before its body ended, and the client may stop', async () => {
    edge.prepare = (exchange) => {
      exchange.onStart = () => exchange.reply(403, 'no')
    }
    const stream = client.request({ ':method': 'POST', ':path': '/' })
    stream.write(Buffer.alloc(1000))
    const answer = await answerOf(stream)
    assert.equal(answer.headers[':status'], 403)
    assert.equal(answer.body.toString(), 'no')
    assert.equal(stream.rstCode, constants.NGHTTP2_NO_ERROR)
    assert.equal(edge.requests[0].gone, undefined)
  })

  test('that the client resets is reported to the exchange once', async () => {
    edge.answer = () => {}
    const stream = client.request({ ':path': '/' })
    stream.on('error', () => {})
    await new Promise((resolve) => setTimeout(resolve, 50))
    stream.close(constants.NGHTTP2_CANCEL)
    await once(stream, 'close')
    await new Promise((resolve) => setTimeout(resolve, 50))
    assert.equal(edge.requests[0].gone, 'the client reset the stream (code 8)')
  })

  for (const declared of [100, -1]) {
    test(`that is cut looks cut to the client (length ${declared})`, () => cutCase(declared))
  }

  async function cutCase(declared: number): Promise<void> {
    edge.answer = ({ downstream }, exchange) => {
      downstream.sendHead(answerHead(200, declared))
      downstream.sendBody(Buffer.from('part'))
      downstream.flush()
      exchange.finished = true
      setTimeout(() => downstream.cut('the origin closed'), 20)
    }
    const stream = client.request({ ':path': '/' })
    await assert.rejects(answerOf(stream), /INTERNAL_ERROR/)
    assert.equal(edge.faults.length, 0)
  }

  test('gives backpressure both ways and loses no byte', async () => {
    edge.prepare = (exchange) => {
      const { downstream } = exchange.seen
      exchange.onStart = () => downstream.sendHead(answerHead(200, -1))
      exchange.onBody = (bytes) => {
        downstream.sendBody(Buffer.from(bytes))
        if (downstream.flush()) return
        downstream.pauseBody()
        exchange.onDrained = () => downstream.resumeBody()
      }
    }
    edge.answer = ({ downstream }, exchange) => {
      downstream.sendEnd(undefined)
      exchange.finished = true
      downstream.flush()
    }
    await Promise.all([1, 2, 3, 4].map((n) => echo(client, n * 1_000_000)))
    assert.ok(edge.requests.some((seen) => seen.drains > 0))
  })

  test('switches to WebSocket by extended CONNECT', async () => {
    edge.prepare = (exchange) => {
      const { downstream, head } = exchange.seen
      assert.equal(head?.upgrade, 'websocket')
      assert.equal(head?.method, 'GET')
      exchange.onStart = () => {
        const fields = ['Sec-WebSocket-Accept', 'x', 'sec-websocket-protocol', 'chat']
        const switched = downstream.switchProtocols({ ...answerHead(101, -1, fields) }, 'websocket')
        switched?.stream.pipe(switched.stream)
        exchange.finished = true
      }
    }
    const stream = client.request({
      ':method': 'CONNECT',
      ':protocol': 'websocket',
      ':path': '/chat',
      ':scheme': 'https',
      ':authority': 'localhost',
    })
    const [headers] = await once(stream, 'response')
    assert.equal(headers[':status'], 200)
    assert.equal(headers['sec-websocket-protocol'], 'chat')
    assert.equal(headers['sec-websocket-accept'], undefined)
    stream.end('frames')
    const [bytes] = await once(stream, 'data')
    assert.equal(String(bytes), 'frames')
  })

  test('finishes while the session drains, and the client is told', async () => {
    const goaway = once(client, 'goaway')
    edge.answer = (_seen, exchange) => {
      edge.front.drain()
      setTimeout(() => exchange.reply(200, 'late'), 30)
    }
    assert.equal((await ask({})).body.toString(), 'late')
    await goaway
    if (!client.closed) await once(client, 'close')
  })
})

describe('HTTP/2 time limits', { skip }, () => {
  const limits = { headMs: 300, idleMs: 300, bodyIdleMs: 300 }
  const edge = new TestEdge(limits)
  before(() => edge.start())
  after(() => edge.stop())

  test('a session without request is closed', async () => {
    const client = connect(`https://localhost:${edge.port}`, { ca: edge.certificate.certPem })
    await once(client, 'close')
    assert.deepEqual(edge.faults, [])
  })

  test('a body that stops is answered with 408', async () => {
    const client = connect(`https://localhost:${edge.port}`, { ca: edge.certificate.certPem })
    const stream = client.request({ ':method': 'POST', ':path': '/', 'content-length': '10' })
    stream.write('part')
    assert.equal((await answerOf(stream)).headers[':status'], 408)
    client.destroy()
  })

  test('a client that takes nothing of its answer is cut off', async () => {
    edge.answer = (_seen, exchange) => exchange.reply(200, Buffer.alloc(5_000_000))
    const client = connect(`https://localhost:${edge.port}`, { ca: edge.certificate.certPem })
    client.on('error', () => {})
    client.request({ ':path': '/' }).on('error', () => {})
    await new Promise((resolve) => client.once('close', resolve))
    assert.deepEqual(
      edge.faults.map((one) => one.fault),
      ['http2-window-stall'],
    )
  })
})

test('curl and h2load are served', { skip }, async (context) => {
  const edge = new TestEdge()
  await edge.start()
  context.after(() => edge.stop())
  const curl = await run('curl', [
    '-sk',
    '--http2',
    '-w',
    ' %{http_version} %{http_code}',
    `https://localhost:${edge.port}/`,
  ]).catch(() => undefined)
  if (curl !== undefined) assert.equal(curl.stdout, 'ok 2 200')
  const load = await run('h2load', ['-n2000', '-c4', '-m20', `https://localhost:${edge.port}/`]).catch(() => undefined)
  if (load !== undefined) assert.match(load.stdout, /2000 succeeded, 0 failed/)
  if (curl === undefined && load === undefined) context.skip('neither curl nor h2load is installed')
  assert.deepEqual(edge.faults, [])
})
