import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { after, before } from 'node:test'
import { TidegateError } from '#kernel'
import { type ControlServer, createControlServer } from '#net'
import { EventStore } from '#store'
import { ComparisonDesk } from '#workbench'
import { createApiHandler } from './handler.ts'
import type { ApiServices } from './services.ts'
import { TokenRing } from './tokens.ts'

const TOKEN = 'admin-token-of-the-test'
let server: ControlServer
let store: EventStore
let folder: string
let refuseReload = false

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tidegate-api-'))
  store = await EventStore.open({
    directory: join(folder, 'events'),
    spoolDirectory: join(folder, 'spool'),
    retentionSeconds: 3600,
    retentionBytes: 1_000_000_000,
    memoryLimitBytes: 256_000_000,
    redact: [],
    sensitiveArguments: [],
    sensitiveHeaders: [],
  })
  const services: ApiServices = {
    store,
    comparisons: new ComparisonDesk(store),
    archive: { read: () => undefined },
    running: () => ({ policy: { version: 'v1', rulesets: [], lists: [] }, sinceMs: 0, warnings: [] }),
    state: () => ({ healthy: true, workersRunning: 1, workersWanted: 1, startedAtMs: Date.now() }),
    reload: () => {
      if (!refuseReload)
        return Promise.resolve({
          version: 'v1',
          previousVersion: 'v1',
          wafChanged: false,
          warnings: [],
          certificateFaults: [],
        })
      const place = { file: 'edge.yaml', line: 3, column: 7 }
      return Promise.reject(
        new TidegateError('ERR_POLICY_INVALID', 'no such field', { source: 'configuration', place }),
      )
    },
    addRules: () => {
      throw new TidegateError('ERR_USAGE', 'there is no policy folder', { source: 'environment' })
    },
    metrics: () => [],
  }
  const tokens = new TokenRing([{ name: 'admin', secret: TOKEN, scopes: ['admin'] }])
  server = await createControlServer(
    createApiHandler(services, tokens, () => {}),
    { host: '127.0.0.1', port: 0 },
    () => {},
  )
})

after(async () => {
  await server.close(0)
  await store.close()
  rmSync(folder, { recursive: true, force: true })
})

interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly text: string
  readonly json: Record<string, unknown> & {
    error?: { code: string; message: string; remedy?: string; place?: unknown }
  }
}

function ask(method: string, path: string, options: { body?: string; token?: string | null } = {}): Promise<Answer> {
  const { body, token = TOKEN } = options
  return new Promise((resolve, reject) => {
    const outgoing = request({ host: '127.0.0.1', port: server.port, method, path, agent: false }, (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (part: string) => (text += part))
      response.on('end', () => {
        const json = text.startsWith('{') ? (JSON.parse(text) as Answer['json']) : {}
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text, json })
      })
    })
    outgoing.on('error', reject)
    if (token !== null) outgoing.setHeader('authorization', `Bearer ${token}`)
    outgoing.end(body)
  })
}

const FAULTY: readonly (readonly [string, RegExp, string])[] = [
  ['/api/v1/events?limit=0', /"limit"/, 'limit too small'],
  ['/api/v1/events?limit=10001', /"limit"/, 'limit too large'],
  ['/api/v1/events?limit=1&limit=2', /"limit" is given twice/, 'a parameter twice'],
  ['/api/v1/events?nonsense=1', /unknown query parameter "nonsense"/, 'unknown parameter'],
  ['/api/v1/events?__proto__=1', /unknown query parameter "__proto__"/, 'a name that objects have'],
  ['/api/v1/events?since=yesterday', /"since": "yesterday" is no time/, 'no time'],
  ['/api/v1/events?since=1m&until=1h', /"since" must be before "until"/, 'an empty range'],
  ['/api/v1/events?filter=http.hots%3D%3D1', /1:1: there is no field/, 'a faulty filter'],
  ['/api/v1/events?cursor=nonsense', /cursor/, 'a cursor that nobody gave'],
  ['/api/v1/events/top', /"field"/, 'a missing parameter'],
  ['/api/v1/events/top?field=http.hots', /there is no field "http\.hots"/, 'an unknown field'],
  ['/api/v1/events/series?bucket=0s', /"bucket"/, 'no bucket'],
  ['/api/v1/events/series?bucket=1s&since=30d', /more than 10000/, 'too many buckets'],
  ['/api/v1/events/NOT-A-RAY', /20 characters/, 'a ray that cannot be'],
]

test('faulty parameters are answered with 400 and the name of the parameter', async () => {
  for (const [path, message, why] of FAULTY) {
    const answer = await ask('GET', path)
    assert.equal(answer.status, 400, `${why}: ${answer.text}`)
    assert.match(answer.json.error?.message ?? '', message, why)
  }
})

test('who may not ask is told what is missing', async () => {
  const none = await ask('GET', '/api/v1/policy', { token: null })
  assert.deepEqual([none.status, none.headers['www-authenticate']], [401, 'Bearer realm="tidegate"'])
  const wrong = await ask('GET', '/api/v1/policy', { token: 'wrong' })
  assert.deepEqual([wrong.status, wrong.json.error?.code], [401, 'ERR_UNAUTHORIZED'])
})

test('unknown paths and methods are answered in JSON', async () => {
  assert.equal((await ask('GET', '/api/v2/events')).json.error?.code, 'ERR_NOT_FOUND')
  assert.equal((await ask('GET', '/api/v1/events/%E0%A4%A')).status, 404)
  assert.equal((await ask('GET', '/')).status, 404)
  const wrong = await ask('PUT', '/api/v1/policy')
  assert.deepEqual([wrong.status, wrong.headers['allow']], [405, 'GET, HEAD'])
  const head = await ask('HEAD', '/api/v1/health')
  assert.deepEqual([head.status, head.text], [200, ''])
  assert.ok(Number(head.headers['content-length']) > 0)
})

test('a body is read to its end, a huge one refused', async () => {
  assert.equal((await ask('POST', '/api/v1/policy/reload', { body: 'x'.repeat(1000) })).status, 200)
  const huge = await ask('POST', '/api/v1/policy/reload', { body: 'x'.repeat(100_000) })
  assert.deepEqual([huge.status, huge.headers['connection']], [413, 'close'])
})

test('a refused policy is 422 with its place', async () => {
  refuseReload = true
  const answer = await ask('POST', '/api/v1/policy/reload')
  refuseReload = false
  assert.equal(answer.status, 422)
  assert.deepEqual(answer.json.error?.place, { file: 'edge.yaml', line: 3, column: 7 })
})

test('an empty store answers every question', async () => {
  assert.deepEqual((await ask('GET', '/api/v1/events?since=1h')).json, { events: [] })
  const top = (await ask('GET', '/api/v1/events/top?field=ip.src')).json
  assert.deepEqual([top['values'], top['distinct']], [[], 0])
  assert.deepEqual((await ask('GET', '/api/v1/events/series?by=http.host')).json, { bucketSeconds: 60, points: [] })
  assert.equal((await ask('GET', '/api/v1/events/00000000000000000000')).status, 404)
  assert.equal((await ask('GET', '/api/v1/health', { token: null })).json['status'], 'ok')
  const metrics = await ask('GET', '/metrics')
  assert.match(metrics.text, /^# TYPE tidegate_store_lag_seconds gauge\ntidegate_store_lag_seconds 0$/m)
  assert.equal(metrics.headers['content-type'], 'text/plain; version=0.0.4; charset=utf-8')
})
