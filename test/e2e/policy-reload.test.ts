import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { Agent, get } from 'node:http'
import test from 'node:test'
import { startHttpOrigin } from './testing/origins.ts'
import { eventually, startTidegate, type TidegateProcess } from './testing/tidegate-process.ts'

const rule = (id: string): string =>
  `phase: firewall_custom\nrules:\n  - { id: ${id}, when: 'http.request.uri.path eq "/blocked"', action: block }\n`

async function versionOf(tidegate: TidegateProcess): Promise<string> {
  const { version } = (await (await tidegate.api('/api/v1/policy')).json()) as { version: string }
  return version
}

test('100 reloads under load lose no request', async (t) => {
  const origin = await startHttpOrigin(t, (_, response) => response.end('ok'))
  const tidegate = await startTidegate(t, {
    edge: `  workers: 2\n  sites: [{ name: all, hosts: ["*"], origins: [${origin.url}] }]`,
    policy: { 'edge.yaml': rule('r0') },
  })
  const agent = new Agent({ keepAlive: true, maxSockets: 16 })
  const seen = new Map<string, number>()
  let running = true
  const one = (path: string): Promise<string> =>
    new Promise((resolve) => {
      get({ agent, port: tidegate.httpPort, host: '127.0.0.1', path }, (response) => {
        response.resume().on('end', () => resolve(String(response.statusCode)))
      }).on('error', (error) => resolve(error.message))
    })
  const client = async (path: string): Promise<void> => {
    while (running) {
      const result = `${path} ${await one(path)}`
      seen.set(result, (seen.get(result) ?? 0) + 1)
    }
  }
  const clients = [...Array.from({ length: 12 }, () => client('/open')), client('/blocked')]
  const versions = new Set<string>()
  for (let i = 1; i <= 100; i++) {
    writeFileSync(`${tidegate.home}/policy/edge.yaml`, rule(`r${i}`))
    const response = await tidegate.api('/api/v1/policy/reload', { method: 'POST' })
    assert.equal(response.status, 200, await response.text())
    versions.add(await versionOf(tidegate))
  }
  running = false
  await Promise.all(clients)
  agent.destroy()
  assert.equal(versions.size, 100)
  assert.deepEqual([...seen.keys()].sort(), ['/blocked 403', '/open 200'], JSON.stringify([...seen]))
})

test('an invalid policy leaves the old one running and names file, line and column', async (t) => {
  const origin = await startHttpOrigin(t, (_, response) => response.end('ok'))
  const tidegate = await startTidegate(t, {
    edge: `  sites: [{ name: all, hosts: ["*"], origins: [${origin.url}] }]`,
    policy: { 'edge.yaml': rule('good') },
  })
  const before = await versionOf(tidegate)
  writeFileSync(
    `${tidegate.home}/policy/edge.yaml`,
    `phase: firewall_custom\nrules:\n  - id: bad\n    when: 'http.hosd eq "x"'\n    action: block\n`,
  )
  const refused = await tidegate.command('reload')
  assert.equal(refused.exitCode, 2)
  assert.match(refused.stderr, /edge\.yaml:4:12/)
  assert.match(refused.stderr, /http\.host/)
  assert.equal(await versionOf(tidegate), before)
  assert.equal((await fetch(`${tidegate.origin}/blocked`)).status, 403)
})

test('a changed file and SIGHUP reload by themselves', async (t) => {
  const origin = await startHttpOrigin(t, (_, response) => response.end('ok'))
  const tidegate = await startTidegate(t, {
    edge: `  sites: [{ name: all, hosts: ["*"], origins: [${origin.url}] }]`,
    policy: { 'edge.yaml': rule('one') },
  })
  const first = await versionOf(tidegate)
  writeFileSync(`${tidegate.home}/policy/edge.yaml`, rule('two'))
  const second = await eventually('a new version', async () => {
    const version = await versionOf(tidegate)
    return version === first ? undefined : version
  })
  tidegate.child.kill('SIGHUP')
  assert.equal(await versionOf(tidegate), second, 'an unchanged policy keeps its version')
  assert.equal((await fetch(`${tidegate.origin}/blocked`)).status, 403)
})

test('an expired rule and a rule in log mode do nothing but record', async (t) => {
  const origin = await startHttpOrigin(t, (_, response) => response.end('ok'))
  const tidegate = await startTidegate(t, {
    edge: `  sites: [{ name: all, hosts: ["*"], origins: [${origin.url}] }]`,
    policy: {
      'edge.yaml': `phase: firewall_custom
rules:
  - { id: old, when: 'http.request.uri.path eq "/expired"', action: block, expires: 2020-01-01T00:00:00Z }
  - { id: off, when: 'http.request.uri.path eq "/off"', action: block, enabled: false }
  - { id: watch, when: 'http.request.uri.path eq "/watched"', action: block, mode: log }
`,
    },
  })
  for (const path of ['/expired', '/off', '/watched'])
    assert.equal((await fetch(tidegate.origin + path)).status, 200, path)
  const watched = await fetch(`${tidegate.origin}/watched`)
  const event = await tidegate.event(watched.headers.get('tidegate-ray') ?? '')
  assert.equal(event.decision.verdict, 'allow')
  assert.match(JSON.stringify(event), /watch/)
})
