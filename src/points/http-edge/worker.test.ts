import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { Worker } from 'node:worker_threads'
import { FIELD_BY_NAME } from '#fields'
import { parseExpression } from '#rules'
import type { FromWorker, ToWorker, WorkerStart } from './messages.ts'
import { createOriginHealth } from './origin-health.ts'
import { HTTP_EDGE } from './point.ts'
import { dialogue, EMPTY_POLICY, testConfig, testSite } from './testing/edge.ts'
import { GET, OK, scriptedOrigin } from './testing/scripted-origin.ts'

type Answer<Type extends FromWorker['type']> = Extract<FromWorker, { type: Type }>

async function next<Type extends FromWorker['type']>(worker: Worker, type: Type): Promise<Answer<Type>> {
  for (;;) {
    const [message] = (await once(worker, 'message')) as [FromWorker]
    if (message.type === type) return message as Answer<Type>
    assert.equal(message.type, 'counters', JSON.stringify(message))
  }
}

function startOf(originPort: number, spoolDirectory: string, port = 0): WorkerStart {
  const listener = { host: '127.0.0.1', port, tls: false, proxyProtocol: false, http2: false } as const
  const edge = testConfig([testSite([originPort])], { listeners: [{ ...listener, minTlsVersion: 'TLSv1.2' }] })
  const events = {
    retentionSeconds: 60,
    retentionBytes: 1e9,
    spoolBytes: 1e8,
    memoryLimitBytes: 1e8,
    redact: [],
    sensitiveArguments: [],
    sensitiveHeaders: [],
  }
  return {
    index: 0,
    edge,
    events,
    policy: EMPTY_POLICY,
    waf: { compiled: undefined, sites: {}, payloadKey: undefined },
    testToken: undefined,
    spoolDirectory,
    redactionKey: new Uint8Array(32),
    geo: undefined,
    health: createOriginHealth(edge),
    ticketKeys: new Uint8Array(48),
  }
}

function blockAll(version: string): WorkerStart['policy'] {
  const when = 'http.request.uri.path == "/a"'
  const parsed = parseExpression(when, { fields: FIELD_BY_NAME })
  assert.ok(parsed.ok)
  const { expression } = parsed
  const action = { type: 'block', terminating: true, status: 403 } as const
  const place = { file: 'test.yaml', line: 1, column: 1 }
  const rule = { id: 'all', description: '', when, expression, action, enabled: true, mode: 'enforce', place } as const
  return { version, rulesets: [{ phase: 'firewall_custom', rules: [rule] }], lists: [] }
}

test('a worker answers, takes over a policy, writes events, and drains', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'tidegate-worker-'))
  const origin = await scriptedOrigin((socket) => socket.write(OK))
  const worker = new Worker(HTTP_EDGE.worker, { workerData: startOf(origin.port, directory) })
  const exited = once(worker, 'exit')
  const send = (message: ToWorker) => worker.postMessage(message)
  try {
    const { port } = (await next(worker, 'ready')).addresses[0]
    assert.match((await dialogue(port, [GET])).text, /^HTTP\/1\.1 200 OK/)

    send({ type: 'commit-policy', version: 'v2' })
    assert.equal((await next(worker, 'policy-refused')).version, 'v2', 'nothing was prepared')
    send({ type: 'prepare-policy', policy: blockAll('v2'), waf: undefined })
    await next(worker, 'policy-prepared')
    assert.match((await dialogue(port, [GET])).text, /^HTTP\/1\.1 200 OK/, 'prepared is not committed')
    send({ type: 'commit-policy', version: 'v2' })
    await next(worker, 'policy-committed')
    const { text } = await dialogue(port, [GET])
    assert.match(text, /^HTTP\/1\.1 403 Forbidden/)

    const { counters } = await next(worker, 'counters')
    assert.equal(counters['tidegate_http_requests_total{verdict="allow",status="2xx"}'], 2)
    assert.equal(counters['tidegate_rule_hits_total{rule="all"}'], 1)

    send({ type: 'drain' })
    await next(worker, 'drained')
    await exited
    const spool = await Promise.all((await readdir(directory)).map((file) => readFile(join(directory, file), 'utf8')))
    const ray = /Tidegate-Ray: (\S+)/.exec(text)![1]
    assert.ok(spool.join('').includes(ray), 'the event of the refusal is in the spool')
  } finally {
    await worker.terminate()
    await origin.close()
    await rm(directory, { recursive: true, force: true })
  }
})

test('a port that is taken is reported, and the worker ends', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'tidegate-worker-'))
  const origin = await scriptedOrigin(() => {})
  const worker = new Worker(HTTP_EDGE.worker, { workerData: startOf(origin.port, directory, origin.port) })
  const exited = once(worker, 'exit')
  try {
    const { message } = await next(worker, 'failed')
    assert.match(message, new RegExp(String(origin.port)))
    await exited
  } finally {
    await worker.terminate()
    await origin.close()
    await rm(directory, { recursive: true, force: true })
  }
})
