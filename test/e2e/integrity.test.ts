import assert from 'node:assert/strict'
import { Agent, request } from 'node:http'
import test from 'node:test'
import { digestOf, TestBody } from './testing/bodies.ts'
import { startHttpOrigin } from './testing/origins.ts'
import { startTidegate } from './testing/tidegate-process.ts'

const BLOCKS = 24

test('eight concurrent bodies arrive whole, down and up, with slow readers on both sides', async (t) => {
  const uploads = new Map<string, string>()
  const origin = await startHttpOrigin(t, (incoming, response) => {
    const id = Number(incoming.url?.split('/').at(-1))
    if (incoming.method === 'POST') {
      void digestOf(incoming, id % 2 === 1).then((digest) => {
        uploads.set(String(id), digest)
        response.end('stored')
      })
      return
    }
    const body = new TestBody(id, BLOCKS)
    if (id % 3 !== 0) response.setHeader('content-length', body.sizeBytes)
    body.writeTo(response)
  })
  const tidegate = await startTidegate(t, {
    edge: `  sites: [{ name: all, hosts: ["*"], origins: [${origin.url}], bodyLimit: 64MiB }]`,
  })
  const agent = new Agent({ keepAlive: true })
  t.after(() => agent.destroy())
  const target = { agent, port: tidegate.httpPort, host: '127.0.0.1' }

  const download = (id: number): Promise<string> =>
    new Promise((resolve, reject) => {
      request(
        { ...target, path: `/down/${id}` },
        (response) => void digestOf(response, id % 2 === 1).then(resolve, reject),
      )
        .on('error', reject)
        .end()
    })

  const upload = (id: number): Promise<number> =>
    new Promise((resolve, reject) => {
      const body = new TestBody(id, BLOCKS)
      const headers = id % 3 === 0 ? {} : { 'content-length': body.sizeBytes }
      const outgoing = request({ ...target, path: `/up/${id}`, method: 'POST', headers }, (response) => {
        response.resume().on('end', () => resolve(response.statusCode ?? 0))
      })
      body.writeTo(outgoing.on('error', reject))
    })

  const ids = [1, 2, 3, 4, 5, 6, 7, 8]
  const digests = ids.map((id) => new TestBody(id, BLOCKS).digest)
  assert.deepEqual(await Promise.all(ids.map(download)), digests)
  assert.deepEqual(
    await Promise.all(ids.map(upload)),
    ids.map(() => 200),
  )
  assert.deepEqual(
    ids.map((id) => uploads.get(String(id))),
    digests,
  )
})
