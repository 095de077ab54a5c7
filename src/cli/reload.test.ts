import assert from 'node:assert/strict'
import { renameSync, writeFileSync } from 'node:fs'
import { Agent, createServer, request } from 'node:http'
import { join } from 'node:path'
import test from 'node:test'
import { makeFolder, startServerProcess } from './testing/cli-process.ts'

const RELOADS = 100
const CLIENTS = 8

function policyText(round: number): string {
  return `phase: firewall_custom
rules:
  - { id: round-${round}, when: 'http.request.uri.path == "/round-${round}"', action: block }
`
}

function configText(originUrl: string): string {
  return `console: { listen: 127.0.0.1:0, tokens: [{ name: ops, secretEnv: OPS_TOKEN, scopes: [admin] }] }
data: ./data
policy: ./policy
edge:
  workers: 2
  listeners: [{ address: 127.0.0.1:0 }]
  sites: [{ name: all, hosts: ["*"], origins: ["${originUrl}"] }]
`
}

/** Status of one request on a kept-alive connection; rejects when the connection breaks. */
function get(agent: Agent, url: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const outgoing = request(url, { agent }, (response) => {
      response.resume()
      response.on('end', () => resolve(response.statusCode ?? 0))
      response.on('error', reject)
    })
    outgoing.on('error', reject)
    outgoing.end()
  })
}

test('a hundred reloads under load lose no request, and each takes effect in every worker', async () => {
  const origin = createServer((_request, response) => response.end('ok'))
  await new Promise<void>((resolve) => origin.listen(0, '127.0.0.1', resolve))
  const address = origin.address()
  const originUrl = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`
  const folder = makeFolder({ 'tidegate.yaml': configText(originUrl), 'policy/edge.yaml': policyText(0) })
  const token = 'ops-secret-of-the-test'
  const server = await startServerProcess(['--config', 'tidegate.yaml'], {
    cwd: folder.path,
    env: { OPS_TOKEN: token },
  })
  const agent = new Agent({ keepAlive: true, maxSockets: CLIENTS })
  try {
    let going = true
    const statuses = new Map<number, number>()
    const load = Array.from({ length: CLIENTS }, async () => {
      while (going) {
        const status = await get(agent, `${server.edgeUrl}/steady`)
        statuses.set(status, (statuses.get(status) ?? 0) + 1)
      }
    })
    for (let round = 1; round <= RELOADS; round++) {
      // Put in place whole, as an editor or git does, so that no half-written file is seen.
      writeFileSync(join(folder.path, 'policy-next'), policyText(round))
      renameSync(join(folder.path, 'policy-next'), join(folder.path, 'policy/edge.yaml'))
      const answer = await fetch(`${server.consoleUrl}/api/v1/policy/reload`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}` },
      })
      assert.equal(answer.status, 200, await answer.text())
      if (round % 10 !== 0) continue
      // New connections each time, so that both workers are asked.
      for (let i = 0; i < 6; i++) {
        assert.equal(await get(new Agent(), `${server.edgeUrl}/round-${round}`), 403)
        assert.equal(await get(new Agent(), `${server.edgeUrl}/round-${round - 1}`), 200)
      }
    }
    going = false
    await Promise.all(load)
    assert.deepEqual([...statuses.keys()], [200], JSON.stringify([...statuses]))
    assert.ok((statuses.get(200) ?? 0) > RELOADS)
  } finally {
    agent.destroy()
    await server.stop()
    origin.closeAllConnections()
    await new Promise((resolve) => origin.close(resolve))
    folder.remove()
  }
})
