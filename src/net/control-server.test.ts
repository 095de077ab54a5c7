import assert from 'node:assert/strict'
import { test } from 'node:test'
import { TidegateError } from '#kernel'
import { createControlServer } from './control-server.ts'

/** Answers everything but /broken. */
function handler(request: { readonly url?: string | undefined }, response: { end(text: string): unknown }): void {
  if (request.url === '/broken') throw new Error('broken')
  response.end('fine')
}

test('a control server answers, turns exceptions into 500 and closes', async () => {
  const errors: unknown[] = []
  const server = await createControlServer(handler, { host: '127.0.0.1', port: 0 }, (error) => errors.push(error))
  const ask = (path: string): Promise<Response> => fetch(`http://127.0.0.1:${server.port}${path}`)
  assert.equal(await (await ask('/')).text(), 'fine')
  const broken = await ask('/broken')
  assert.equal(broken.status, 500)
  await broken.text()
  assert.equal(errors.length, 1)
  await assert.rejects(
    createControlServer(handler, { host: '127.0.0.1', port: server.port }, () => {}),
    (error) => error instanceof TidegateError && error.code === 'ERR_LISTEN_FAILED',
  )
  await server.close(100)
  await assert.rejects(ask('/'))
})
