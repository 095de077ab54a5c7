import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import test from 'node:test'
import { httpGet } from './testing/http-client.ts'
import { startHttpOrigin } from './testing/origins.ts'
import { eventually, startTidegate, temporaryFolder, type TidegateProcess } from './testing/tidegate-process.ts'

const POLICY = `phase: firewall_custom
rules:
  - { id: friends, when: 'http.user_agent contains "friend"', action: allow }
  - { id: no-admin, when: 'http.request.uri.path == "/admin"', action: block }
  - { id: calm, when: 'http.request.headers["x-calm"][0] == "1"', action: { skip: { rest: true } } }
  - { id: later, when: 'http.request.uri.path == "/later"', action: { skip: { phases: [firewall_managed, route] } } }
---
phase: route
rules:
  - { id: closed, when: 'http.request.uri.path == "/closed"', action: { redirect: { to: /open } } }
---
phase: firewall_response
rules:
  - { id: leak, when: 'http.response.headers["x-leak"][0] == "1"', action: block }
`

const ATTACK = 'q=%3Cscript%3Ealert(1)%3C/script%3E'
const WAF = 'waf: { mode: block, rules: [tidegate] }'

interface Sent {
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
}

/** Requests of every kind that the rules tell apart, in every combination. */
function requests(): Sent[] {
  const paths = [
    '/',
    '/admin',
    '/closed',
    '/later',
    '/leak',
    '/item?id=7&token=secret',
    '/item?id=8',
    `/item?${ATTACK}`,
  ]
  const agents = ['curl/8', 'a friend', 'evil bot']
  const calm = ['0', '1']
  return paths.flatMap((target) =>
    agents.flatMap((agent) => calm.map((mark) => ({ path: target, headers: { 'user-agent': agent, 'x-calm': mark } }))),
  )
}

interface Replay {
  readonly total: { readonly rows: number }
  readonly matched: { readonly rows: number }
  readonly undecidable: { readonly rows: number }
  readonly changes: readonly { readonly was: string; readonly now: string; readonly rows: number }[]
}

async function send(tidegate: TidegateProcess, round: string): Promise<readonly string[]> {
  const rays: string[] = []
  for (const { path: target, headers } of requests()) {
    const answer = await httpGet(tidegate.httpPort, target, { ...headers, 'x-round': round })
    rays.push(String(answer.headers['tidegate-ray']))
  }
  return rays
}

async function verdictsOf(tidegate: TidegateProcess, round: string): Promise<ReadonlyMap<string, string>> {
  const events = await tidegate.events(`http.request.headers["x-round"][0] == "${round}"`, requests().length)
  return new Map(events.map(({ ray, decision }) => [ray, decision.verdict]))
}

const DRAFTS: Readonly<Record<string, string>> = {
  block: `phase: firewall_custom
rules:
  - { id: draft, when: 'http.user_agent contains "evil" or http.request.uri.path == "/closed"', action: block }
`,
  redirect: `phase: route
rules:
  - { id: draft, when: 'not (http.user_agent contains "curl")', action: { redirect: { to: /elsewhere } } }
`,
  allow: `phase: firewall_custom
rules:
  - { id: draft, when: 'http.request.uri.path in {"/closed" "/leak" "/admin"}', action: allow }
`,
  'before the WAF': `phase: firewall_managed
rules:
  - { id: draft-allow, when: 'http.user_agent contains "evil"', action: allow }
  - { id: draft-redirect, when: 'http.request.uri.path == "/item"', action: { redirect: { to: /elsewhere } } }
`,
  several: `phase: firewall_custom
rules:
  - { id: draft-log, when: 'http.user_agent contains "evil"', action: block, mode: log }
  - { id: draft-item, when: 'http.request.uri.args["id"][0] == "7"', action: block }
  - { id: draft-rest, when: 'http.user_agent contains "evil"', action: { redirect: { to: /away } } }
`,
  response: `phase: firewall_response
rules:
  - { id: draft, when: 'http.response.code == 200 and http.user_agent contains "e"', action: block }
`,
}

test('a replay says what the live engine then decides, request by request', async (t) => {
  const home = temporaryFolder(t)
  const origin = await startHttpOrigin(t, (request, response) => {
    if (request.url === '/leak') response.setHeader('x-leak', '1')
    response.end('ok')
  })
  const tidegate = await startTidegate(t, {
    home,
    edge: `  workers: 1\n  sites: [{ name: all, hosts: ["*"], origins: [${origin.url}], ${WAF} }]`,
    policy: { 'a.yaml': POLICY },
  })
  const before = await send(tidegate, 'before')
  const then = await verdictsOf(tidegate, 'before')
  const until = new Date().toISOString()
  for (const [name, draft] of Object.entries(DRAFTS)) {
    const answer = await tidegate.api('/api/v1/replay', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ draft, since: '1h', until }),
    })
    const replay = (await answer.json()) as Replay
    assert.equal(answer.status, 200, JSON.stringify(replay))
    assert.equal(replay.total.rows, before.length, name)
    assert.equal(replay.undecidable.rows, 0, name)
    const forecast = new Map<string, number>()
    for (const { was, now, rows } of replay.changes) {
      if (was !== now) forecast.set(`${was} ${now}`, (forecast.get(`${was} ${now}`) ?? 0) + rows)
    }
    writeFileSync(path.join(home, 'policy', 'z.yaml'), draft)
    await reloaded(tidegate)
    const after = await send(tidegate, name)
    const now = await verdictsOf(tidegate, name)
    const effect = new Map<string, number>()
    for (const [index, ray] of after.entries()) {
      const change = `${then.get(before[index])} ${now.get(ray)}`
      if (then.get(before[index]) !== now.get(ray)) effect.set(change, (effect.get(change) ?? 0) + 1)
    }
    assert.deepEqual(forecast, effect, name)
    assert.ok(effect.size > 0, `${name} changes nothing`)
    writeFileSync(path.join(home, 'policy', 'z.yaml'), '')
    await reloaded(tidegate)
  }
})

async function reloaded(tidegate: TidegateProcess): Promise<void> {
  const answer = await tidegate.api('/api/v1/policy/reload', { method: 'POST' })
  assert.equal(answer.status, 200, await answer.text())
}

test('what records cannot tell is said, never guessed', async (t) => {
  const origin = await startHttpOrigin(t, (_request, response) => response.end('ok'))
  const tidegate = await startTidegate(t, {
    edge: `  workers: 1\n  sites: [{ name: all, hosts: ["*"], origins: [${origin.url}], ${WAF} }]`,
    policy: { 'a.yaml': POLICY },
  })
  await httpGet(tidegate.httpPort, '/item?token=secret&id=1', {})
  await httpGet(tidegate.httpPort, '/item?id=2', {})
  await tidegate.events('http.request.uri.path == "/item"', 2)
  const ask = async (body: object): Promise<{ readonly status: number; readonly text: string }> => {
    const answer = await tidegate.api('/api/v1/replay', { method: 'POST', body: JSON.stringify(body) })
    return { status: answer.status, text: await answer.text() }
  }
  const byToken = JSON.parse(
    (await ask({ when: 'any(http.request.uri.args["token"][*] == "secret")', since: '1h' })).text,
  ) as Replay
  assert.deepEqual([byToken.undecidable.rows, byToken.matched.rows], [1, 0])
  await httpGet(tidegate.httpPort, `/later?${ATTACK}`, {})
  await httpGet(tidegate.httpPort, `/?${ATTACK}`, {})
  await tidegate.events('http.request.uri.query contains "script"', 2)
  const byClass = JSON.parse((await ask({ when: 'waf.class == "xss"', since: '1h' })).text) as Replay
  assert.deepEqual([byClass.undecidable.rows, byClass.matched.rows], [1, 1], 'a rule kept the WAF from one of them')
  const byCookie = await ask({ when: 'http.cookie contains "x"', since: '1h' })
  assert.equal(byCookie.status, 400)
  assert.match(byCookie.text, /http\.cookie cannot be searched/)
  const byNames = await ask({ when: 'any(http.request.headers.names[*] == "Host")', since: '1h' })
  assert.equal(byNames.status, 400)
  assert.match(byNames.text, /http\.request\.headers\.names` is not recorded/)
  const twice = await ask({ draft: 'phase: route\nrules: [{ id: no-admin, when: ssl, action: block }]', since: '1h' })
  assert.match(twice.text, /has a rule no-admin already/)
  const wrong = await ask({ when: 'http.user_agnt contains "x"', since: '1h' })
  assert.match(wrong.text, /http\.user_agent/)
  const shown = await tidegate.command('replay', '--rule', 'http.request.uri.path == "/item"', '--since', '1h')
  assert.equal(shown.exitCode, 0, shown.stderr)
  assert.match(shown.stdout, /2 matched \(50\.0 %\), 2 decided otherwise/)
  assert.match(shown.stdout, /allow\s+block\s+draft/)
})

test('a rule is staged, promoted, compared with its forecast, and withdrawn', async (t) => {
  const origin = await startHttpOrigin(t, (_request, response) => response.end('ok'))
  const tidegate = await startTidegate(t, {
    edge: `  workers: 1\n  sites: [{ name: all, hosts: ["*"], origins: [${origin.url}] }]`,
    policy: { 'a.yaml': POLICY },
  })
  const flood = async (): Promise<number> => {
    let blocked = 0
    for (let n = 0; n < 30; n++) {
      if ((await httpGet(tidegate.httpPort, '/', { 'user-agent': 'flood' })).status === 403) blocked++
    }
    return blocked
  }
  const running = async (): Promise<string> => (await tidegate.api('/api/v1/policy')).text()
  await flood()
  await tidegate.events('http.user_agent == "flood"', 30)
  const nameless = await tidegate.command('rule', 'stage', 'http.user_agent == "flood"')
  assert.match(nameless.stderr, /needs an id/)
  const staged = await tidegate.command('rule', 'stage', 'http.user_agent == "flood"', '--id', 'no-flood', '--json')
  assert.equal(staged.exitCode, 0, staged.stderr)
  const { forecast } = JSON.parse(staged.stdout) as { readonly forecast: Replay }
  assert.equal(forecast.matched.rows, 30)
  await eventually('the staged rule', async () => ((await running()).includes('no-flood') ? true : undefined))
  assert.equal(await flood(), 0)
  const promoted = await tidegate.command('rule', 'promote', 'no-flood', '--expires', '7d')
  assert.equal(promoted.exitCode, 0, promoted.stderr)
  await eventually('the promoted rule', async () => ((await flood()) === 30 ? true : undefined))
  const effect = await eventually('its effect', async () => {
    const answer = await tidegate.command('rule', 'effect', 'no-flood', '--json')
    const { spans } = JSON.parse(answer.stdout) as {
      readonly spans: readonly { readonly what: string; readonly verdicts: Readonly<Record<string, number>> }[]
    }
    return (spans[2]?.verdicts['block'] ?? 0) >= 30 ? spans : undefined
  })
  assert.deepEqual(
    effect.map(({ what }) => what),
    ['forecast', 'logged', 'enforced'],
  )
  assert.equal(effect[1].verdicts['block'], undefined)
  const withdrawn = await tidegate.command('rule', 'withdraw', 'no-flood')
  assert.equal(withdrawn.exitCode, 0, withdrawn.stderr)
  await eventually('the policy without it', async () => ((await running()).includes('no-flood') ? undefined : true))
  assert.equal((await tidegate.command('rule', 'withdraw', 'no-flood')).exitCode, 1)
})
