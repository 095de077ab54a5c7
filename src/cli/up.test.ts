import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { createServer as createTcpServer } from 'node:net'
import { join } from 'node:path'
import test from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { makeFolder, runCli, startServerProcess } from './testing/cli-process.ts'

const RULE = `phase: firewall_custom
rules:
  - { id: no-admin, when: 'http.request.uri.path wildcard "/admin*"', action: block }
`

function configText(originUrl: string, listen = '127.0.0.1:0'): string {
  return `console:
  listen: 127.0.0.1:0
  tokens: [{ name: reader, secretEnv: READER_TOKEN, scopes: [read] }, { name: scraper, secretEnv: SCRAPER_TOKEN, scopes: [metrics] }]
data: ./data
policy: ./policy
edge:
  workers: 2
  listeners: [{ address: "${listen}" }]
  sites: [{ name: all, hosts: ["*"], origins: ["${originUrl}"] }]
`
}

async function startOrigin(): Promise<{ readonly url: string; close(): Promise<void> }> {
  const server = createServer((request, response) => response.end(`origin saw ${request.url}`))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  return {
    url: `http://127.0.0.1:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

/** Asks until `get` answers something; the deadline only ends a test that would never end. */
async function eventually<Result>(get: () => Promise<Result | undefined>, what: string): Promise<Result> {
  for (let i = 0; i < 150; i++) {
    const result = await get()
    if (result !== undefined) return result
    await sleep(100)
  }
  throw new Error(`never came: ${what}`)
}

async function ask(url: string, token: string | undefined, method = 'GET'): Promise<{ status: number; body: string }> {
  const headers: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` }
  const response = await fetch(url, { headers, method })
  return { status: response.status, body: await response.text() }
}

/** A list outside the policy folder is read, watched, and watched still after it made the policy faulty. */
async function followListFile(edgeUrl: string, folder: string): Promise<void> {
  const list = join(folder, 'lists', 'paths.txt')
  const rule = `lists: { paths: { type: string, file: ../lists/paths.txt } }
phase: firewall_custom
rules: [{ id: listed, when: 'http.request.uri.path in $paths', action: block }]
`
  const blocks = async (path: string): Promise<void> => {
    await eventually(
      async () => ((await fetch(edgeUrl + path)).status === 403 ? true : undefined),
      `the block of ${path}`,
    )
  }
  mkdirSync(join(folder, 'lists'))
  writeFileSync(list, '/one\n')
  writeFileSync(join(folder, 'policy/edge.yaml'), rule)
  await blocks('/one')
  writeFileSync(list, '/two\n')
  await blocks('/two')
  rmSync(list)
  await sleep(500)
  writeFileSync(list, '/three\n')
  await blocks('/three')
}

test('up serves traffic by policy, logs it, explains it, reloads, and ends cleanly', async (t) => {
  const origin = await startOrigin()
  const folder = makeFolder({ 'tidegate.yaml': configText(origin.url), 'policy/edge.yaml': RULE })
  const data = join(folder.path, 'data')
  const cli = (...args: string[]) => runCli(args, { cwd: folder.path })
  const server = await startServerProcess(['--config', 'tidegate.yaml'], {
    cwd: folder.path,
    env: { READER_TOKEN: 'reader-secret-of-the-test', SCRAPER_TOKEN: 'scraper-secret-of-the-test' },
  })
  try {
    const allowed = await fetch(`${server.edgeUrl}/shop?q=1`)
    assert.deepEqual([allowed.status, await allowed.text()], [200, 'origin saw /shop?q=1'])
    const blocked = await fetch(`${server.edgeUrl}/admin`)
    await blocked.text()
    assert.equal(blocked.status, 403)
    const ray = blocked.headers.get('tidegate-ray') ?? ''

    await t.test('the data directory is private', () => {
      assert.equal(statSync(data).mode & 0o777, 0o700)
      for (const name of ['cli-token', 'console-url', 'keys/redaction.key']) {
        assert.equal(statSync(join(data, name)).mode & 0o777, 0o600, name)
      }
    })

    await t.test('event show, explain, list and top answer from the log', async () => {
      const shown = await eventually(async () => {
        const result = await cli('event', 'show', ray, '--json')
        return result.code === 0
          ? (JSON.parse(result.stdout) as { time: string; facts: Record<string, unknown> })
          : undefined
      }, 'the event')
      assert.equal(shown.facts['http.request.uri.path'], '/admin')
      assert.equal(shown.facts['ip.src'], '127.0.0.1')
      const seconds = Number(shown.facts['http.request.timestamp.sec'])
      assert.ok(Math.abs(seconds - Date.parse(shown.time) / 1000) < 2, 'one clock, read twice')
      const explained = await cli('event', 'explain', ray)
      assert.match(explained.stdout, /matched +no-admin \(block\)/)
      assert.match(explained.stdout, /true {2}http\.request\.uri\.path wildcard .*= "\/admin"/)
      const listed = await cli('event', 'list', 'http.request.uri.query == "q=1"', '--since', '10m', '--ndjson')
      assert.deepEqual(listed.stdout.trim().split('\n').length, 1)
      assert.equal((JSON.parse(listed.stdout) as { facts: Record<string, unknown> }).facts['site.name'], 'all')
      const bySecond = `http.request.timestamp.sec eq ${seconds} and http.request.uri.path eq "/admin"`
      assert.match((await cli('event', 'list', bySecond)).stdout, /no-admin/)
      const top = JSON.parse((await cli('event', 'top', 'http.request.uri.path', '--json')).stdout) as {
        values: { value: string; count: number }[]
      }
      assert.deepEqual(new Set(top.values.map(({ value }) => value)), new Set(['/admin', '/shop']))
      assert.match((await cli('event', 'list')).stdout, /block +403 +127\.0\.0\.1 +no-admin +GET 127\.0\.0\.1\/admin/)
      assert.match((await cli('event', 'system')).stdout, /info +started +Tidegate started/)
      assert.equal((await cli('event', 'show', '00000000000000000000')).code, 1)
    })

    await t.test('each token may do what its scopes say', async () => {
      const rights: readonly (readonly [string, string, string | undefined, number])[] = [
        ['GET', '/api/v1/health', undefined, 200],
        ['GET', '/api/v1/openapi.json', undefined, 200],
        ['GET', '/api/v1/policy', undefined, 401],
        ['GET', '/api/v1/policy', 'no-such-token', 401],
        ['GET', '/api/v1/policy', 'reader-secret-of-the-test', 200],
        ['POST', '/api/v1/policy/reload', 'reader-secret-of-the-test', 403],
        ['GET', '/metrics', 'scraper-secret-of-the-test', 200],
        ['GET', '/api/v1/events', 'scraper-secret-of-the-test', 403],
        ['GET', '/api/v1/events/series?bucket=10s', 'reader-secret-of-the-test', 200],
        ['GET', '/api/v1/system-events', 'reader-secret-of-the-test', 200],
        ['GET', '/api/v1/nothing', 'reader-secret-of-the-test', 404],
        ['DELETE', '/api/v1/events', 'reader-secret-of-the-test', 405],
      ]
      for (const [method, path, token, status] of rights) {
        const answer = await ask(server.consoleUrl + path, token, method)
        assert.equal(answer.status, status, `${method} ${path} ${token ?? ''}: ${answer.body}`)
        if (status >= 400)
          assert.equal(typeof (JSON.parse(answer.body) as { error: { code: string } }).error.code, 'string')
      }
    })

    await t.test('metrics count what happened', async () => {
      await eventually(async () => {
        const { body } = await ask(`${server.consoleUrl}/metrics`, 'scraper-secret-of-the-test')
        return /^tidegate_http_requests_total\{verdict="block",status="4xx"\} 1$/m.test(body) ? body : undefined
      }, 'the counter of blocked requests')
    })

    await t.test('a changed policy runs without a restart, a faulty one is refused with its place', async () => {
      writeFileSync(join(folder.path, 'policy/edge.yaml'), RULE.replace('/admin*', '/shop*'))
      const reloaded = await cli('reload')
      assert.equal(reloaded.code, 0, reloaded.stderr)
      assert.equal((await fetch(`${server.edgeUrl}/shop`)).status, 403)
      assert.equal((await fetch(`${server.edgeUrl}/admin`)).status, 200)
      writeFileSync(
        join(folder.path, 'policy/edge.yaml'),
        RULE.replace('http.request.uri.path', 'http.request.uri.pth'),
      )
      const refused = await cli('reload')
      assert.equal(refused.code, 2)
      assert.match(refused.stderr, /policy\/edge\.yaml:3:\d+: /)
      assert.equal((await fetch(`${server.edgeUrl}/shop`)).status, 403, 'the policy before runs on')
      const explained = await cli('event', 'explain', ray)
      assert.match(explained.stdout, /matched +no-admin/, 'under the policy of that moment')
      await eventually(async () => {
        const { body } = await ask(`${server.consoleUrl}/api/v1/system-events`, 'reader-secret-of-the-test')
        return body.includes('policy-refused') && body.includes('policy-reloaded') ? body : undefined
      }, 'system events of the reloads')
    })

    await t.test('a changed file and SIGHUP reload too', async () => {
      writeFileSync(join(folder.path, 'policy/edge.yaml'), RULE.replace('/admin*', '/file*'))
      await eventually(
        async () => ((await fetch(`${server.edgeUrl}/file`)).status === 403 ? true : undefined),
        'the file change',
      )
      await followListFile(server.edgeUrl, folder.path)
      server.signal('SIGHUP')
      await eventually(async () => (/"actor":"SIGHUP"/.test(server.log()) ? true : undefined), 'the reload by SIGHUP')
    })

    await t.test('a changed configuration says what a restart would bring', async () => {
      writeFileSync(join(folder.path, 'tidegate.yaml'), configText('http://127.0.0.1:9'))
      await eventually(
        async () => (/edge\.sites will be used after a restart/.test(server.log()) ? true : undefined),
        'the message',
      )
      writeFileSync(join(folder.path, 'tidegate.yaml'), configText(origin.url))
    })

    await t.test('no second server takes the same data directory', async () => {
      const second = await cli('up', '--config', 'tidegate.yaml')
      assert.equal(second.code, 2)
      assert.match(
        second.stderr,
        new RegExp(`^tidegate: data: ${data} cannot be used: it is in use by process ${server.pid}$`, 'm'),
      )
    })

    const end = await server.stop()
    assert.deepEqual([end.code, end.signal], [0, null], end.stderr)
    for (const name of ['lock', 'cli-token', 'console-url']) assert.ok(!existsSync(join(data, name)), name)
    assert.deepEqual(readdirSync(join(data, 'spool')), [], 'everything is in the store')
    assert.equal((await cli('event', 'list')).code, 3)
  } finally {
    await server.stop()
    await origin.close()
    folder.remove()
  }
})

test('a demo runs without a configuration, and the command line finds it', async () => {
  const folder = makeFolder()
  const server = await startServerProcess(['--listen', '127.0.0.1:0', '--console', '127.0.0.1:0'], { cwd: folder.path })
  try {
    assert.equal((await fetch(`${server.edgeUrl}/hello`)).status, 200)
    assert.equal((await fetch(`${server.edgeUrl}/admin`)).status, 403)
    await eventually(async () => {
      const { stdout } = await runCli(['event', 'list', '--since', '5m', '--json'], { cwd: folder.path })
      return stdout !== '' && (JSON.parse(stdout) as unknown[]).length === 2 ? true : undefined
    }, 'both events')
    server.signal('SIGINT')
    assert.equal((await server.ended).code, 0)
  } finally {
    await server.stop()
    folder.remove()
  }
})

test('without --config it is tidegate.yaml of the folder that runs, not the demo', async () => {
  const folder = makeFolder({ 'tidegate.yaml': 'data: ./data\nfirewall: { interfaces: [{ name: none0 }] }\n' })
  try {
    const own = await runCli(['up'], { cwd: folder.path })
    assert.deepEqual([own.code, own.stdout], [2, ''])
    assert.match(own.stderr, /there is no network interface none0/)
    rmSync(join(folder.path, 'tidegate.yaml'))
    const demo = await runCli(['up', '--confirm-within', '60s'], { cwd: folder.path })
    assert.match(demo.stderr, /--confirm-within needs .* a firewall to be confirmed/)
  } finally {
    folder.remove()
  }
})

test('what cannot be had is one line that names the setting, and exit code 2', async () => {
  const taken = createTcpServer()
  await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve))
  const address = taken.address()
  const listen = `127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`
  const folder = makeFolder({
    'tidegate.yaml': configText('http://127.0.0.1:9', listen),
    'policy/edge.yaml': RULE,
    file: '',
  })
  const up = () => runCli(['up', '--config', 'tidegate.yaml'], { cwd: folder.path })
  try {
    const port = await up()
    assert.deepEqual([port.code, port.stdout], [2, ''])
    assert.match(
      port.stderr,
      new RegExp(`^tidegate: edge\\.listeners\\[0\\]\\.address: cannot listen on ${listen}: the port is in use$`, 'm'),
    )

    writeFileSync(join(folder.path, 'tidegate.yaml'), configText('http://127.0.0.1:9').replace('./data', './file/data'))
    const data = await up()
    assert.equal(data.code, 2)
    assert.match(data.stderr, /^tidegate: data: .*file\/data cannot be used: /m)

    writeFileSync(join(folder.path, 'tidegate.yaml'), configText('http://127.0.0.1:9'))
    writeFileSync(
      join(folder.path, 'policy/edge.yaml'),
      'phase: firewall_custom\nrules: [{ id: x, when: ssl and, action: block }]\n',
    )
    const policy = await up()
    assert.equal(policy.code, 2)
    assert.match(policy.stderr, /policy\/edge\.yaml:2:\d+: /)
    assert.ok(!existsSync(join(folder.path, 'data/lock')), 'a failed start leaves no lock')
  } finally {
    await new Promise((resolve) => taken.close(resolve))
    folder.remove()
  }
})

test('a server that was killed leaves a lock that the next one takes over, and loses no event', async () => {
  const origin = await startOrigin()
  const folder = makeFolder({ 'tidegate.yaml': configText(origin.url), 'policy/edge.yaml': RULE })
  const first = await startServerProcess(['--config', 'tidegate.yaml'], { cwd: folder.path })
  try {
    const rays: string[] = []
    for (let i = 0; i < 20; i++) rays.push((await fetch(`${first.edgeUrl}/${i}`)).headers.get('tidegate-ray') ?? '')
    await sleep(100)
    first.signal('SIGKILL')
    await first.ended
    assert.match(readFileSync(join(folder.path, 'data/lock'), 'utf8'), new RegExp(`^${first.pid} `))
    const second = await startServerProcess(['--config', 'tidegate.yaml'], { cwd: folder.path })
    const seen = await eventually(async () => {
      const { stdout } = await runCli(['event', 'list', '--json'], { cwd: folder.path })
      const events = stdout === '' ? [] : (JSON.parse(stdout) as { ray: string }[])
      return events.length >= rays.length ? events : undefined
    }, 'the events of the killed server')
    assert.deepEqual(seen.map(({ ray }) => ray).sort(), rays.sort(), 'none lost, none twice')
    await second.stop()
  } finally {
    await first.stop()
    await origin.close()
    rmSync(folder.path, { recursive: true, force: true })
  }
})
