import assert from 'node:assert/strict'
import { connect as connectHttp2 } from 'node:http2'
import { request } from 'node:http'
import { request as requestTls } from 'node:https'
import { Readable, Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import test, { type TestContext } from 'node:test'
import { skipWithout } from '../debian-tools.ts'
import { makeCertificate } from './testing/certificates.ts'
import { httpGet } from './testing/http-client.ts'
import { watchMemory } from './testing/memory.ts'
import { startHttpOrigin } from './testing/origins.ts'
import { startTidegate, temporaryFolder, type TidegateProcess } from './testing/tidegate-process.ts'

const GIB = 2 ** 30
const MIB = 2 ** 20
/** What may come on top of the memory at the start: code that gets compiled, buffers in flight, the event store's cache. */
const GROWTH_BYTES = 150 * MIB

/** So many zero bytes, out of one block. */
function zeros(sizeBytes: number): Readable {
  const block = Buffer.alloc(256 * 1024)
  return Readable.from(
    (function* () {
      for (let left = sizeBytes; left > 0; left -= block.length)
        yield left < block.length ? block.subarray(0, left) : block
    })(),
    { objectMode: false, highWaterMark: MIB },
  )
}

async function countBytes(source: Readable): Promise<number> {
  let sizeBytes = 0
  await pipeline(
    source,
    new Writable({
      write(chunk: Buffer, _, done) {
        sizeBytes += chunk.length
        done()
      },
    }),
  )
  return sizeBytes
}

async function startEdge(t: TestContext): Promise<TidegateProcess> {
  const { certFile, keyFile } = makeCertificate(temporaryFolder(t), 'a', ['a.test'])
  const origin = await startHttpOrigin(t, (incoming, response) => {
    const sizeBytes = Number(incoming.url?.slice(1))
    if (incoming.method === 'POST') {
      void countBytes(incoming).then((count) => response.end(String(count)))
      return
    }
    if (sizeBytes > 0) response.setHeader('content-length', sizeBytes)
    pipeline(zeros(sizeBytes), response).catch(() => {})
  })
  const tidegate = await startTidegate(t, {
    tls: true,
    edge: `  workers: 1
  certificates: [{ cert: ${certFile}, key: ${keyFile} }]
  sites: [{ name: all, hosts: ["*"], origins: [${origin.url}], bodyLimit: 2GiB }]`,
  })
  // What a first request allocates once for all belongs to the start.
  for (let i = 0; i < 50; i++) await httpGet(tidegate.httpPort, '/1000')
  return tidegate
}

async function withFlatMemory(tidegate: TidegateProcess, action: () => Promise<void>): Promise<void> {
  const before = watchMemory(tidegate.child.pid ?? 0).stop()
  const watch = watchMemory(tidegate.child.pid ?? 0)
  await action()
  const grownBytes = watch.stop() - before
  assert.ok(grownBytes < GROWTH_BYTES, `resident memory grew by ${(grownBytes / MIB).toFixed(1)} MiB`)
}

function upload(port: number, sizeBytes: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const outgoing = request(
      { host: '127.0.0.1', port, path: '/up', method: 'POST', headers: { 'content-length': sizeBytes }, agent: false },
      (response) => {
        let text = ''
        response.setEncoding('latin1').on('data', (piece: string) => (text += piece))
        response.on('end', () => resolve(text))
      },
    ).on('error', reject)
    pipeline(zeros(sizeBytes), outgoing).catch(reject)
  })
}

function download(port: number, sizeBytes: number): Promise<number> {
  return new Promise((resolve, reject) => {
    request({ host: '127.0.0.1', port, path: `/${sizeBytes}`, agent: false }, (response) => {
      countBytes(response).then(resolve, reject)
    })
      .on('error', reject)
      .end()
  })
}

test('1 GiB passes in each direction, and memory stays flat', { skip: skipWithout('openssl') }, async (t) => {
  const tidegate = await startEdge(t)
  await withFlatMemory(tidegate, async () => assert.equal(await upload(tidegate.httpPort, GIB), String(GIB)))
  await withFlatMemory(tidegate, async () => assert.equal(await download(tidegate.httpPort, GIB), GIB))
})

test('512 MiB over TLS and HTTP/1.1 leave memory flat too', { skip: skipWithout('openssl') }, async (t) => {
  const tidegate = await startEdge(t)
  const sizeBytes = 512 * MIB
  const target = { host: '127.0.0.1', port: tidegate.httpsPort, rejectUnauthorized: false, agent: false } as const
  await withFlatMemory(tidegate, async () => {
    const received = await new Promise<number>((resolve, reject) => {
      requestTls({ ...target, path: `/${sizeBytes}` }, (response) => void countBytes(response).then(resolve, reject))
        .on('error', reject)
        .end()
    })
    assert.equal(received, sizeBytes)
  })
})

test('512 MiB over HTTP/2 in each direction leave memory flat too', { skip: skipWithout('openssl') }, async (t) => {
  const tidegate = await startEdge(t)
  const sizeBytes = 512 * MIB
  const session = connectHttp2(`https://127.0.0.1:${tidegate.httpsPort}`, { rejectUnauthorized: false })
  t.after(() => session.destroy())
  await withFlatMemory(tidegate, async () => {
    const stream = session.request({ ':path': `/${sizeBytes}`, ':authority': 'a.test' })
    assert.equal(await countBytes(stream), sizeBytes)
  })
  await withFlatMemory(tidegate, async () => {
    const stream = session.request({ ':method': 'POST', ':path': '/up', ':authority': 'a.test' })
    let text = ''
    const answered = new Promise((resolve, reject) => stream.on('end', resolve).on('error', reject))
    stream.setEncoding('latin1').on('data', (piece: string) => (text += piece))
    zeros(sizeBytes).pipe(stream)
    await answered
    assert.equal(text, String(sizeBytes))
  })
})

test(
  'a client that reads slowly makes the origin wait, not the edge hoard',
  { skip: skipWithout('openssl') },
  async (t) => {
    const tidegate = await startEdge(t)
    await withFlatMemory(tidegate, async () => {
      const responses = await Promise.all(
        Array.from(
          { length: 8 },
          () =>
            new Promise<Readable>((resolve, reject) => {
              request({ host: '127.0.0.1', port: tidegate.httpPort, path: `/${GIB}`, agent: false }, resolve)
                .on('error', reject)
                .end()
            }),
        ),
      )
      // Nobody reads: 8 GiB are on offer, and whatever waits must wait at the origin.
      await new Promise((resolve) => setTimeout(resolve, 2_000))
      assert.equal((await httpGet(tidegate.httpPort, '/100')).body.length, 100, 'others are served meanwhile')
      for (const response of responses) response.destroy()
    })
  },
)
