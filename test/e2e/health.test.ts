import assert from 'node:assert/strict'
import type { RequestListener, ServerResponse } from 'node:http'
import test, { type TestContext } from 'node:test'
import { httpGet } from './testing/http-client.ts'
import { startHttpOrigin } from './testing/origins.ts'
import { systemEvents } from './testing/system-events.ts'
import { eventually, startTidegate, type TidegateProcess } from './testing/tidegate-process.ts'

/** An origin whose health the test decides. */
class SwitchedOrigin {
  healthy = true
  requests = 0
  checks = 0
  url = ''

  static async start(t: TestContext, answer?: RequestListener): Promise<SwitchedOrigin> {
    const origin = new SwitchedOrigin()
    const { url } = await startHttpOrigin(t, (request, response) => {
      const isCheck = request.url === '/health'
      if (isCheck) origin.checks++
      else origin.requests++
      if (!origin.healthy && isCheck) response.writeHead(503).end()
      else if (!origin.healthy) request.socket.destroy()
      else if (answer !== undefined && !isCheck) answer(request, response)
      else response.end('ok')
    })
    origin.url = url
    return origin
  }
}

const edgeOf = (origins: readonly SwitchedOrigin[], keys: string): string =>
  `  workers: 1\n  sites: [{ name: all, hosts: ["*"], origins: [${origins.map(({ url }) => url).join(', ')}], ${keys} }]`

async function findSystemEvent(tidegate: TidegateProcess, code: string, url: string): Promise<void> {
  await eventually(`${code} of ${url}`, async () =>
    (await systemEvents(tidegate)).find((event) => event.code === code && event.message.includes(url)),
  )
}

test('failures of requests take an origin out, and it comes back after its time', async (t) => {
  const [a, b] = [await SwitchedOrigin.start(t), await SwitchedOrigin.start(t)]
  const tidegate = await startTidegate(t, { edge: edgeOf([a, b], 'health: { maxFailures: 2, ejectFor: 2s }') })
  for (let i = 0; i < 10; i++) assert.equal((await httpGet(tidegate.httpPort, '/')).status, 200)
  assert.deepEqual([a.requests, b.requests], [5, 5], 'in turn')

  b.healthy = false
  for (let i = 0; i < 20; i++) assert.equal((await httpGet(tidegate.httpPort, '/')).status, 200, 'retried on the other')
  const failed = b.requests - 5
  assert.ok(failed >= 2 && failed <= 4, `${failed} requests went to the origin that fails before it was left out`)

  b.healthy = true
  const before = b.requests
  await eventually('the return of the origin', async () => {
    assert.equal((await httpGet(tidegate.httpPort, '/')).status, 200)
    return b.requests > before ? true : undefined
  })
})

test('active checks find a dead origin before a client does, and the log says so', async (t) => {
  const [a, b] = [await SwitchedOrigin.start(t), await SwitchedOrigin.start(t)]
  const tidegate = await startTidegate(t, {
    edge: edgeOf(
      [a, b],
      'health: { active: { path: /health, interval: 1s, timeout: 500ms, healthyAfter: 2, unhealthyAfter: 2 } }',
    ),
  })
  await eventually('checks', async () => (a.checks > 0 && b.checks > 0 ? true : undefined))
  b.healthy = false
  await findSystemEvent(tidegate, 'origin-unhealthy', b.url)
  const before = b.requests
  for (let i = 0; i < 10; i++) assert.equal((await httpGet(tidegate.httpPort, '/')).status, 200)
  assert.equal(b.requests, before, 'no client tried it')

  b.healthy = true
  await findSystemEvent(tidegate, 'origin-healthy', b.url)
  for (let i = 0; i < 10; i++) assert.equal((await httpGet(tidegate.httpPort, '/')).status, 200)
  assert.equal(b.requests, before + 5)
})

test('when every origin is out, one is tried all the same: 502, and 200 as soon as it is back', async (t) => {
  const a = await SwitchedOrigin.start(t)
  const b = await SwitchedOrigin.start(t)
  const tidegate = await startTidegate(t, { edge: edgeOf([a, b], 'health: { maxFailures: 1, ejectFor: 1h }') })
  a.healthy = b.healthy = false
  for (let i = 0; i < 4; i++) assert.equal((await httpGet(tidegate.httpPort, '/')).status, 502)
  a.healthy = b.healthy = true
  assert.equal((await httpGet(tidegate.httpPort, '/')).status, 200)
})

test('an unsafe request is not sent twice', async (t) => {
  const [a, b] = [await SwitchedOrigin.start(t), await SwitchedOrigin.start(t)]
  a.healthy = b.healthy = false
  const tidegate = await startTidegate(t, { edge: edgeOf([a, b], 'retries: 3') })
  const response = await fetch(`${tidegate.origin}/order`, { method: 'POST', body: 'one book' })
  assert.equal(response.status, 502)
  assert.equal(a.requests + b.requests, 1)
})

for (const [balance, share] of [
  ['round-robin', 'half of the requests, however long they take'],
  ['least-connections', 'few requests while its own are still running'],
] as const) {
  test(`${balance}: an origin that is slow gets ${share}`, async (t) => {
    const waiting: ServerResponse[] = []
    const slow = await SwitchedOrigin.start(t, (_, response) => waiting.push(response))
    const quick = await SwitchedOrigin.start(t)
    const tidegate = await startTidegate(t, { edge: edgeOf([slow, quick], `balance: ${balance}`) })
    const pending: Promise<unknown>[] = []
    for (let i = 0; i < 20; i++) {
      const arrived = slow.requests + quick.requests
      pending.push(httpGet(tidegate.httpPort, `/${i}`))
      await eventually('its arrival', async () => (slow.requests + quick.requests > arrived ? true : undefined))
      // The answer of the quick origin must be through before the next choice.
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
    assert.deepEqual([slow.requests, quick.requests], balance === 'round-robin' ? [10, 10] : [1, 19])
    for (const response of waiting) response.end('at last')
    await Promise.all(pending)
  })
}
