import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { EventRecorder, SAMPLE_READERS, type SampleFacts, sampleHead } from '#events'
import { FIELD_BY_NAME } from '#fields'
import { RayMaker } from '#kernel'
import { createControlServer } from '#net'
import { compilePredicate, parseExpression } from '#rules'
import { EventStore } from '#store'
import { ComparisonDesk, type CompareReport } from '#workbench'
import { createApiHandler } from './handler.ts'
import type { ApiServices } from './services.ts'
import { TokenRing } from './tokens.ts'

const TOKEN = 'reader-token-of-the-test'
const NAMES = { redact: [], sensitiveArguments: ['token'], sensitiveHeaders: [] }
const GOOD = 3_000
const BAD = 900

/** Request number `n`: good ones of many sorts, bad ones that only meet what good ones have apart. */
function factsOf(n: number, isBad: boolean): SampleFacts {
  const agent = isBad || n % 9 === 0 ? 'tool/1.0' : `Mozilla/5.0 (X11; Linux x86_64) Chrome/${120 + (n % 20)}.0`
  const path = isBad || n % 11 === 0 ? '/login' : `/products/${n % 300}`
  const isTool = agent.startsWith('tool')
  return {
    'ip.src': 0x0b00_0000 + ((n * 7919) % 60_000) * 256,
    'ip.src.country': ['PT', 'DE', 'US', 'BR'][n % 4],
    ssl: true,
    'tls.ja4': isTool ? 't13d1811h1_tool' : `t13d1516h2_${n % 3}`,
    'http.request.method': isBad || (path === '/login' && !isTool) ? 'POST' : 'GET',
    'http.request.version': 'HTTP/1.1',
    'http.host': 'shop.test',
    'http.request.uri.path': path,
    'http.request.uri.query': n % 5 === 0 ? `page=${n % 40}&token=secret${n}` : '',
    'http.user_agent': agent,
    'http.cookie': n % 2 === 0 ? `sid=${n}` : undefined,
    'http.request.headers': new Map([
      ['host', ['shop.test']],
      ['accept', [isTool ? '*/*' : 'text/html']],
      ...(n % 2 === 0 ? ([['cookie', [`sid=${n}`]]] as const) : []),
    ]),
    'http.response.code': isBad ? 401 : 200,
  }
}

async function record(folder: string, store: EventStore, startMicros: number): Promise<void> {
  const recorder = new EventRecorder<SampleFacts>({
    kind: 'http',
    directory: join(folder, 'spool'),
    budgetBytes: 2 ** 30,
    readers: SAMPLE_READERS,
    redactionKey: new Uint8Array(32),
    redaction: NAMES,
  })
  const rays = new RayMaker()
  for (let n = 0; n < GOOD + BAD; n++) {
    recorder.record(sampleHead(n, rays.next(), startMicros + n * 1_000), factsOf(n, n >= GOOD))
  }
  await recorder.close()
  for (;;) {
    const status = await store.status()
    if (status.ingested + status.rejected >= GOOD + BAD && status.spoolSegments === 0) return
    await sleep(10)
  }
}

test('events of the log are compared over the API', async (context) => {
  const folder = mkdtempSync(join(tmpdir(), 'tidegate-api-'))
  context.after(() => rmSync(folder, { recursive: true, force: true }))
  const store = await EventStore.open({
    directory: join(folder, 'events'),
    spoolDirectory: join(folder, 'spool'),
    retentionSeconds: 86_400,
    retentionBytes: 2 ** 30,
    memoryLimitBytes: 2 ** 28,
    ...NAMES,
  })
  context.after(() => store.close())
  const startMs = Date.now() - 600_000
  await record(folder, store, startMs * 1000)
  const services = {
    store,
    comparisons: new ComparisonDesk(store),
    running: () => ({ policy: { version: 'v1', rulesets: [], lists: [] }, sinceMs: 0, warnings: [] }),
  } as unknown as ApiServices
  const tokens = new TokenRing([{ name: 'reader', secret: TOKEN, scopes: ['read'] }])
  const handler = createApiHandler(services, tokens, (error) => assert.fail(String(error)))
  const server = await createControlServer(handler, { host: '127.0.0.1', port: 0 }, () => {})
  context.after(() => server.close(0))
  const ask = async (
    body: object,
    signal: AbortSignal | null = null,
  ): Promise<{ status: number; json: CompareReport & { error?: { code: string; message: string } } }> => {
    const response = await fetch(`http://127.0.0.1:${server.port}/api/v1/compare`, {
      method: 'POST',
      headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
      signal,
    })
    return { status: response.status, json: (await response.json()) as CompareReport }
  }

  await context.test('the filter is what the engine would match, and uses nothing of the answer', async () => {
    const { status, json } = await ask({ bad: 'http.response.code == 401', good: 'http.response.code == 200' })
    assert.equal(status, 200, json.error?.message)
    assert.deepEqual([json.kind, json.labels, json.bad.rows, json.good.rows], ['http', 'trusted', BAD, GOOD])
    assert.equal(json.advice, 'block')
    const [{ when, points, badRows, goodRows }] = json.filters
    assert.deepEqual(points, ['http-edge'])
    assert.doesNotMatch(when, /response/)
    const parsed = parseExpression(when, { fields: FIELD_BY_NAME, point: 'http-edge', stage: 'request' })
    assert.ok(parsed.ok, when)
    const predicate = compilePredicate(parsed.expression, { readers: SAMPLE_READERS, lists: new Map() })
    const matched = (from: number, to: number, isBad: boolean): number =>
      Array.from({ length: to - from }, (_, at) => factsOf(from + at, isBad)).filter(predicate).length
    assert.equal(matched(GOOD, GOOD + BAD, true), badRows, when)
    assert.equal(matched(0, GOOD, false), goodRows, when)
    assert.ok(badRows / BAD >= 0.99 && goodRows / GOOD <= 0.001, when)
    assert.ok(json.attributes.some(({ field, note }) => field === 'http.response.code' && note !== undefined))
  })

  await context.test('without a good side the time before is the baseline', async () => {
    const since = new Date(startMs + GOOD).toISOString()
    const { status, json } = await ask({ bad: 'http.host == "shop.test"', since })
    assert.equal(status, 200, json.error?.message)
    assert.equal(json.labels, 'window')
    assert.ok(json.good.rows > 0 && json.bad.rows === BAD)
  })

  await context.test('the thread that answers has time for others meanwhile', async () => {
    const before = performance.eventLoopUtilization()
    let isCompared = false
    const compared = ask({ bad: 'http.response.code == 401', good: 'http.response.code == 200' }).then((answer) => {
      isCompared = true
      return answer
    })
    const other = await fetch(`http://127.0.0.1:${server.port}/api/v1/nothing`)
    assert.deepEqual([other.status, isCompared], [404, false])
    assert.equal((await compared).status, 200)
    const { utilization } = performance.eventLoopUtilization(before)
    assert.ok(utilization < 0.5, `it was busy ${utilization} of the time`)
  })

  await context.test('too many at a time are refused, and who goes away makes room', async () => {
    const gone = new AbortController()
    const body = { bad: 'http.response.code == 401', good: 'http.response.code == 200' }
    const asked = Array.from({ length: 8 }, () => ask(body, gone.signal).catch(() => undefined))
    const refused = await Promise.race(asked)
    assert.deepEqual([refused?.status, refused?.json.error?.code], [503, 'ERR_BUSY'])
    gone.abort()
    await Promise.all(asked)
    for (;;) {
      const { status } = await ask(body)
      if (status === 200) return
      assert.equal(status, 503)
      await sleep(20)
    }
  })

  await context.test('what cannot be compared is refused', async () => {
    assert.equal((await ask({ bad: 'nothing.here == 1' })).status, 400)
    assert.equal((await ask({ bad: 'ssl', kind: 'dns' })).status, 400)
    const empty = await ask({ bad: 'http.host == "nowhere.test"', good: 'ssl' })
    assert.equal(empty.status, 400)
    assert.match(empty.json.error?.message ?? '', /bad side holds no rows/)
  })
})
