import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { createServer, type IncomingMessage, request } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { after, before, test } from 'node:test'
import { closeServer, listenOn, startEdge, type TestEdge, testConfig, testSite } from './testing/edge.ts'

const BODY_BYTES = 6 * 1024 * 1024
const PARALLEL = 8

const bodies = Array.from({ length: PARALLEL }, () => randomBytes(BODY_BYTES))

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

/** Reads a message; a slow reader pauses again and again, so that every buffer on the way fills up. */
async function hashOf(message: IncomingMessage, slow: boolean): Promise<string> {
  const hash = createHash('sha256')
  let sinceNap = 0
  for await (const chunk of message as AsyncIterable<Buffer>) {
    hash.update(chunk)
    sinceNap += chunk.length
    if (slow && sinceNap > 400_000) {
      sinceNap = 0
      await sleep(15)
    }
  }
  return hash.digest('hex')
}

const origin = createServer((incoming, outgoing) => {
  void answer(incoming).then(({ body, chunked }) => {
    if (!chunked) outgoing.setHeader('Content-Length', body.length)
    for (let at = 0; at < body.length; at += 100_003) outgoing.write(body.subarray(at, at + 100_003))
    outgoing.end()
  })
})

async function answer(incoming: IncomingMessage): Promise<{ body: Buffer; chunked: boolean }> {
  const [, kind, index] = incoming.url!.split('/')
  if (kind === 'up') return { body: Buffer.from(await hashOf(incoming, Number(index) % 2 === 0)), chunked: false }
  return { body: bodies[Number(index)], chunked: kind === 'chunked' }
}

let edge: TestEdge

before(async () => {
  const port = await listenOn(origin)
  edge = await startEdge(testConfig([testSite([port])]))
})

after(async () => {
  await edge.close()
  await closeServer(origin)
})

function ask(path: string, method = 'GET', body?: Buffer, chunked = false): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const headers = { Host: 'a.test', ...(body !== undefined && !chunked ? { 'Content-Length': body.length } : {}) }
    const outgoing = request({ port: edge.port, host: '127.0.0.1', path, method, headers, agent: false }, resolve)
    outgoing.on('error', reject)
    if (body === undefined) {
      outgoing.end()
      return
    }
    for (let at = 0; at < body.length; at += 70_001) outgoing.write(body.subarray(at, at + 70_001))
    outgoing.end()
  })
}

for (const kind of ['length', 'chunked']) {
  test(`downloads with ${kind} framing stay whole under slow readers`, async () => {
    const hashes = await Promise.all(bodies.map(async (_, i) => hashOf(await ask(`/${kind}/${i}`), i % 2 === 0)))
    assert.deepEqual(hashes, bodies.map(sha256))
  })

  test(`uploads with ${kind} framing stay whole under slow origins`, async () => {
    const hashes = await Promise.all(
      bodies.map(async (body, i) => {
        const message = await ask(`/up/${i}`, 'POST', body, kind === 'chunked')
        return Buffer.concat(await message.toArray()).toString()
      }),
    )
    assert.deepEqual(hashes, bodies.map(sha256))
  })
}
