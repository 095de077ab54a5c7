import assert from 'node:assert/strict'
import { createHash, randomBytes, randomInt } from 'node:crypto'
import { connect, type ClientHttp2Session } from 'node:http2'
import { Agent, request } from 'node:https'
import test, { type TestContext } from 'node:test'
import { WebSocket, WebSocketServer } from 'ws'
import { skipWithout } from '../debian-tools.ts'
import { digestOf, TestBody } from './testing/bodies.ts'
import { makeCertificate } from './testing/certificates.ts'
import { startHttpOrigin } from './testing/origins.ts'
import { startTidegate, temporaryFolder, type TidegateProcess } from './testing/tidegate-process.ts'

const BLOCKS = 12
const IDS = [1, 2, 3, 4, 5, 6]
const skip = skipWithout('openssl')

/** Odd ids have a slow reader, every third has no Content-Length. */
const isSlow = (id: number): boolean => id % 2 === 1
const isChunked = (id: number): boolean => id % 3 === 0

async function startEdge(t: TestContext, originUrl: string): Promise<TidegateProcess> {
  const { certFile, keyFile } = makeCertificate(temporaryFolder(t), 'a', ['a.test'])
  return startTidegate(t, {
    tls: true,
    edge: `  certificates: [{ cert: ${certFile}, key: ${keyFile} }]
  sites: [{ name: all, hosts: ["*"], origins: [${originUrl}], bodyLimit: 64MiB }]`,
  })
}

/** An origin that gives the body of an id, and answers an upload with its digest. */
async function startBodyOrigin(t: TestContext): Promise<string> {
  const origin = await startHttpOrigin(t, (incoming, response) => {
    const id = Number(incoming.url?.split('/').at(-1))
    if (incoming.method === 'POST') {
      void digestOf(incoming, isSlow(id)).then((digest) => response.end(digest))
      return
    }
    const body = new TestBody(id, BLOCKS)
    if (!isChunked(id)) response.setHeader('content-length', body.sizeBytes)
    body.writeTo(response)
  })
  return origin.url
}

const DIGESTS = IDS.map((id) => new TestBody(id, BLOCKS).digest)

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')

test('bodies arrive whole over TLS and HTTP/1.1, down and up, with slow readers on both sides', { skip }, async (t) => {
  const tidegate = await startEdge(t, await startBodyOrigin(t))
  const agent = new Agent({ keepAlive: true, rejectUnauthorized: false })
  t.after(() => agent.destroy())
  const target = { agent, host: '127.0.0.1', port: tidegate.httpsPort }
  const download = (id: number): Promise<string> =>
    new Promise((resolve, reject) => {
      request({ ...target, path: `/${id}` }, (response) => void digestOf(response, isSlow(id)).then(resolve, reject))
        .on('error', reject)
        .end()
    })
  const upload = (id: number): Promise<string> =>
    new Promise((resolve, reject) => {
      const body = new TestBody(id, BLOCKS)
      const headers = isChunked(id) ? {} : { 'content-length': body.sizeBytes }
      const outgoing = request(
        { ...target, path: `/${id}`, method: 'POST', headers },
        (response) => void digestOf(response, false).then(resolve, reject),
      )
      body.writeTo(outgoing.on('error', reject))
    })
  assert.deepEqual(await Promise.all(IDS.map(download)), DIGESTS)
  assert.deepEqual(await Promise.all(IDS.map(upload)), DIGESTS.map(sha256))
})

function http2Download(session: ClientHttp2Session, id: number): Promise<string> {
  return digestOf(session.request({ ':path': `/${id}`, ':authority': 'a.test' }), isSlow(id))
}

function http2Upload(session: ClientHttp2Session, id: number): Promise<string> {
  const body = new TestBody(id, BLOCKS)
  const stream = session.request({
    ':method': 'POST',
    ':path': `/${id}`,
    ':authority': 'a.test',
    ...(isChunked(id) ? {} : { 'content-length': body.sizeBytes }),
  })
  body.writeTo(stream)
  return digestOf(stream, false)
}

test(
  'bodies arrive whole over HTTP/2, all of them on one connection, down and up at the same time',
  { skip },
  async (t) => {
    const tidegate = await startEdge(t, await startBodyOrigin(t))
    const session = connect(`https://127.0.0.1:${tidegate.httpsPort}`, { rejectUnauthorized: false })
    t.after(() => session.destroy())
    const [down, up] = await Promise.all([
      Promise.all(IDS.map((id) => http2Download(session, id))),
      Promise.all(IDS.map((id) => http2Upload(session, id))),
    ])
    assert.deepEqual(down, DIGESTS)
    assert.deepEqual(up, DIGESTS.map(sha256))
  },
)

test('1,000 random WebSocket messages over TLS come back unchanged and in order', { skip }, async (t) => {
  const origin = await startHttpOrigin(t, (_, response) => response.end())
  const server = new WebSocketServer({ server: origin.server })
  t.after(() => server.close())
  server.on('connection', (socket) => socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary })))
  const tidegate = await startEdge(t, origin.url)

  const messages = Array.from({ length: 1_000 }, () => randomBytes(randomInt(0, randomInt(1, 40_000))))
  const client = new WebSocket(`wss://127.0.0.1:${tidegate.httpsPort}/`, { rejectUnauthorized: false })
  const received: Buffer[] = []
  await new Promise<void>((resolve, reject) => {
    client.on('error', reject)
    client.on('close', (code) => reject(new Error(`closed with ${code} after ${received.length} messages`)))
    client.on('open', () => {
      for (const message of messages) client.send(message)
    })
    client.on('message', (data: Buffer) => {
      received.push(data)
      if (received.length === messages.length) resolve()
    })
  })
  client.terminate()
  const digests = (list: readonly Buffer[]): string[] =>
    list.map((each) => createHash('sha256').update(each).digest('hex'))
  assert.deepEqual(digests(received), digests(messages))
})
