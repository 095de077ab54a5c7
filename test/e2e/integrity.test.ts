import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { Agent, request } from 'node:http'
import test from 'node:test'
import { startHttpOrigin } from './testing/origins.ts'
import { startTidegate } from './testing/tidegate-process.ts'

const BLOCK = randomBytes(1 << 20)
const BLOCKS = 24

/** The bytes of body `id`: blocks that differ in their first four bytes, so that mixed-up buffers cannot go unseen. */
function* bodyBlocks(id: number): Generator<Buffer> {
  for (let k = 0; k < BLOCKS; k++) {
    const mark = Buffer.alloc(4)
    mark.writeUInt16BE(id)
    mark.writeUInt16BE(k, 2)
    yield Buffer.concat([mark, BLOCK])
  }
}

function digestOf(id: number): string {
  const hash = createHash('sha256')
  for (const block of bodyBlocks(id)) hash.update(block)
  return hash.digest('hex')
}

const sizeBytes = BLOCKS * (BLOCK.length + 4)

test('eight concurrent bodies arrive whole, down and up, with slow readers on both sides', async (t) => {
  const uploads = new Map<string, string>()
  const origin = await startHttpOrigin(t, (incoming, response) => {
    const id = Number(incoming.url?.split('/').at(-1))
    if (incoming.method === 'POST') {
      const hash = createHash('sha256')
      incoming.on('data', (chunk: Buffer) => {
        hash.update(chunk)
        if (id % 2 === 1) {
          incoming.pause()
          setTimeout(() => incoming.resume(), 1)
        }
      })
      incoming.on('end', () => {
        uploads.set(String(id), hash.digest('hex'))
        response.end('stored')
      })
      return
    }
    if (id % 3 !== 0) response.setHeader('content-length', sizeBytes)
    const blocks = bodyBlocks(id)
    const push = (): void => {
      for (let block = blocks.next(); !block.done; block = blocks.next()) {
        if (!response.write(block.value)) {
          response.once('drain', push)
          return
        }
      }
      response.end()
    }
    push()
  })
  const tidegate = await startTidegate(t, {
    edge: `  sites: [{ name: all, hosts: ["*"], origins: [${origin.url}], bodyLimit: 64MiB }]`,
  })
  const agent = new Agent({ keepAlive: true })
  t.after(() => agent.destroy())

  const download = (id: number): Promise<string> =>
    new Promise((resolve, reject) => {
      request({ agent, port: tidegate.httpPort, host: '127.0.0.1', path: `/down/${id}` }, (response) => {
        const hash = createHash('sha256')
        response.on('data', (chunk: Buffer) => {
          hash.update(chunk)
          if (id % 2 === 1) {
            response.pause()
            setTimeout(() => response.resume(), 1)
          }
        })
        response.on('end', () => resolve(hash.digest('hex')))
        response.on('error', reject)
      })
        .on('error', reject)
        .end()
    })

  const upload = (id: number): Promise<number> =>
    new Promise((resolve, reject) => {
      const headers = id % 3 === 0 ? {} : { 'content-length': sizeBytes }
      const outgoing = request(
        { agent, port: tidegate.httpPort, host: '127.0.0.1', path: `/up/${id}`, method: 'POST', headers },
        (response) => {
          response.resume().on('end', () => resolve(response.statusCode ?? 0))
        },
      ).on('error', reject)
      const blocks = bodyBlocks(id)
      const push = (): void => {
        for (let block = blocks.next(); !block.done; block = blocks.next()) {
          if (!outgoing.write(block.value)) {
            outgoing.once('drain', push)
            return
          }
        }
        outgoing.end()
      }
      push()
    })

  const ids = [1, 2, 3, 4, 5, 6, 7, 8]
  assert.deepEqual(await Promise.all(ids.map(download)), ids.map(digestOf))
  assert.deepEqual(
    await Promise.all(ids.map(upload)),
    ids.map(() => 200),
  )
  assert.deepEqual(
    ids.map((id) => uploads.get(String(id))),
    ids.map(digestOf),
  )
})
