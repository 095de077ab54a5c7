import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { loadPolicy, loadWaf, parseConfig } from '#config'
import { parseIp } from '#wire'
import { openEdgeWaf } from './edge-waf.ts'
import { EdgeRehearsal } from './rehearsal.ts'
import { dialogue, startEdge } from './testing/edge.ts'
import { OK, scriptedOrigin } from './testing/scripted-origin.ts'

const POLICY = `
phase: firewall_custom
rules:
  - { id: no-admin, when: 'starts_with(http.request.uri.path, "/admin")', action: { block: { status: 451, body: no } } }
  - { id: known, when: 'http.request.headers["x-known"][0] == "yes"', action: { skip: { phases: [firewall_managed] } } }
  - { id: moved, when: 'http.request.uri.path == "/old"', action: { redirect: { to: /new } } }
  - { id: fierce, when: 'http.host == "c.test" and waf.score < 50', action: { block: { status: 418 } } }
---
phase: firewall_managed
rules:
  - { id: trial, when: 'starts_with(http.request.uri.path, "/trial")', action: { waf: { mode: log } } }
  - { id: editor, when: 'http.request.uri.path == "/edit"', action: { waf_exception: { rules: ["*"], parameters: [ARGS:q] } } }
`

const SITES = `
  - { name: shop, hosts: [a.test], origins: [ORIGIN], waf: { mode: block }, bodyLimit: 2KiB }
  - { name: wiki, hosts: [b.test], origins: [ORIGIN], waf: { mode: log } }
  - { name: blog, hosts: [c.test], origins: [ORIGIN], waf: { mode: block } }
  - { name: bare, hosts: [d.test], origins: [ORIGIN], waf: { mode: off } }
`

const ATTACK = "q=1'%20or%201=1--%20"

function get(target: string, host: string, ...fields: readonly string[]): string {
  return [`GET ${target} HTTP/1.1`, `Host: ${host}`, 'Connection: close', ...fields, '', ''].join('\r\n')
}

function post(target: string, host: string, body: string, framing = `Content-Length: ${body.length}`): string {
  const head = get(target, host, 'Content-Type: application/x-www-form-urlencoded', framing).replace('GET', 'POST')
  return head + body
}

function chunked(body: string): string {
  return `${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`
}

const HOSTS = ['a.test', 'b.test', 'c.test', 'd.test', 'nobody.test']
const REQUESTS: readonly string[] = [
  ...HOSTS.flatMap((host) => [
    get('/', host),
    get(`/?${ATTACK}`, host),
    post('/form', host, ATTACK),
    post('/form', host, 'name=Ann'),
    get('/old', host),
  ]),
  get(`/admin?${ATTACK}`, 'a.test'),
  get(`/?${ATTACK}`, 'a.test', 'X-Known: yes'),
  get(`/trial?${ATTACK}`, 'a.test'),
  post('/trial', 'a.test', ATTACK),
  post('/edit', 'a.test', ATTACK),
  post('/edit', 'a.test', ATTACK.replace('q=', 'r=')),
  post('/form', 'a.test', chunked(ATTACK), 'Transfer-Encoding: chunked'),
  post('/form', 'a.test', 'x'.repeat(3000)),
  post('/form', 'a.test', chunked('x'.repeat(3000)), 'Transfer-Encoding: chunked'),
  get(`/?${ATTACK}`, 'a test'),
  get('/', 'a.test', 'Bad Name: x'),
  get('/', 'a.test', 'Tidegate-Hops: 9', 'Via: 1.1 tidegate'),
]

async function start(t: TestContext) {
  const folder = mkdtempSync(join(tmpdir(), 'tidegate-rehearsal-'))
  mkdirSync(join(folder, 'policy'))
  writeFileSync(join(folder, 'policy', 'p.yaml'), POLICY)
  const origin = await scriptedOrigin((socket) => void socket.write(OK))
  const sites = SITES.replaceAll('ORIGIN', `"http://127.0.0.1:${origin.port}"`)
  const config = parseConfig(`edge:\n  listeners: ["127.0.0.1:0"]\n  sites:${sites}`, join(folder, 'tidegate.yaml'))
  const { policy } = loadPolicy(join(folder, 'policy'), { config })
  const waf = loadWaf(config, policy).tables
  const edge = await startEdge(config.edge, policy, { waf: openEdgeWaf(waf) })
  const rehearsal = new EdgeRehearsal({ config, policy, waf, geo: undefined })
  t.after(async () => {
    rehearsal.close()
    await edge.close()
    await origin.close()
    rmSync(folder, { recursive: true })
  })
  return { edge, rehearsal }
}

test('it decides as the edge does', async (t) => {
  const { edge, rehearsal } = await start(t)
  const client = parseIp('127.0.0.1')!
  for (const request of REQUESTS) {
    await dialogue(edge.port, [request], { idleMs: 30_000 })
    const real = edge.events.at(-1)!
    const { decision, facts } = rehearsal.judge({ bytes: Buffer.from(request, 'latin1'), client, secure: false })
    assert.deepEqual(decision, real.decision, request)
    assert.equal(facts.siteName, real.facts.siteName, request)
    assert.equal(facts.fault, real.facts.fault, request)
    assert.equal(facts.waf?.outcome, real.facts.waf?.outcome, request)
    assert.deepEqual(facts.waf?.verdict.matches, real.facts.waf?.verdict.matches, request)
    const isOwnAnswer = decision.verdict !== 'allow'
    assert.equal(facts.responseStatus, isOwnAnswer ? real.facts.responseStatus : undefined, request)
  }
  assert.equal(edge.events.length, REQUESTS.length)
  const verdicts = new Set(edge.events.map(({ decision }) => decision.verdict))
  assert.deepEqual([...verdicts].sort(), ['allow', 'block', 'redirect', 'refuse'])
})

test('a request that ends too early is refused', async (t) => {
  const { rehearsal } = await start(t)
  const client = parseIp('2001:db8::1')!
  for (const bytes of ['', 'GET / HT', post('/form', 'a.test', 'a', 'Content-Length: 9')]) {
    const { decision, facts } = rehearsal.judge({ bytes: Buffer.from(bytes), client, secure: true })
    assert.deepEqual([decision.verdict, facts.fault], ['refuse', 'body-cut'], JSON.stringify(bytes))
  }
})
