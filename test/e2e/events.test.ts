import assert from 'node:assert/strict'
import test from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { httpGet } from './testing/http-client.ts'
import { startHttpOrigin } from './testing/origins.ts'
import { startTidegate } from './testing/tidegate-process.ts'

const POLICY = `lists:
  office: [192.0.2.0/24]
---
phase: firewall_custom
rules:
  - id: no-admin
    description: The admin area is for the office
    when: 'http.request.uri.path wildcard "/admin*" and not ip.src in $office'
    action: block
  - { id: watch-curl, when: 'http.user_agent contains "curl"', action: log }
`

test('a blocked and an allowed request leave events that can be listed, shown and explained', async (t) => {
  const origin = await startHttpOrigin(t, (request, response) => response.end(`hello ${request.url}`))
  const tidegate = await startTidegate(t, {
    edge: `  sites: [{ name: shop, hosts: [shop.test, "*.shop.test"], origins: [${origin.url}] }]`,
    policy: { 'edge.yaml': POLICY },
  })

  const allowed = await httpGet(tidegate.httpPort, '/cart?item=1', {
    host: 'shop.test',
    cookie: 'session=very-secret',
    authorization: 'Bearer top-secret',
    'user-agent': 'curl/9',
  })
  const blocked = await httpGet(tidegate.httpPort, '/admin/users', { host: 'shop.test' })
  assert.equal(allowed.status, 200)
  assert.equal(allowed.body, 'hello /cart?item=1')
  assert.equal(blocked.status, 403)

  const allowedRay = String(allowed.headers['tidegate-ray'])
  const blockedRay = String(blocked.headers['tidegate-ray'])
  assert.match(blocked.body, new RegExp(blockedRay))

  const block = await tidegate.event(blockedRay)
  assert.equal(block.point, 'http-edge')
  assert.deepEqual(
    [block.decision.verdict, block.decision.phase, block.decision.ruleId],
    ['block', 'firewall_custom', 'no-admin'],
  )
  assert.equal(block.facts['http.request.uri.path'], '/admin/users')
  assert.equal(block.facts['ip.src'], '127.0.0.1')
  assert.equal(block.facts['http.response.code'], 403)

  const allow = await tidegate.event(allowedRay)
  assert.equal(allow.decision.verdict, 'allow')
  assert.equal(allow.facts['site.name'], 'shop')
  assert.equal(allow.facts['http.request.uri.query'], 'item=1')
  assert.doesNotMatch(JSON.stringify(allow), /very-secret|top-secret/, 'secrets never enter an event')

  const listed = await tidegate.command('event', 'list', 'http.host == "shop.test"', '--since', '10m', '--json')
  assert.equal(listed.exitCode, 0, listed.stderr)
  assert.match(listed.stdout, new RegExp(allowedRay))
  assert.match(listed.stdout, new RegExp(blockedRay))

  const shown = await tidegate.command('event', 'show', blockedRay, '--json')
  assert.equal((JSON.parse(shown.stdout) as { ray: string }).ray, blockedRay)

  const explained = await tidegate.command('event', 'explain', blockedRay)
  assert.equal(explained.exitCode, 0, explained.stderr)
  assert.match(explained.stdout, /no-admin/)
  assert.match(explained.stdout, /http\.request\.uri\.path wildcard "\/admin\*"/)
  assert.match(explained.stdout, /ip\.src in \$office/)

  const missing = await tidegate.command('event', 'show', '00000000000000000000')
  assert.equal(missing.exitCode, 1)

  const top = await tidegate.api('/api/v1/events/top?field=http.request.uri.path&since=10m')
  assert.match(await top.text(), /\/admin\/users/)
  const metrics = await (await tidegate.api('/metrics')).text()
  assert.match(metrics, /^tidegate_\w+(\{.*\})? \d/m)
})

test('an event is explained under the policy that decided it, also after a reload changed it', async (t) => {
  const origin = await startHttpOrigin(t, (_, response) => response.end('ok'))
  const tidegate = await startTidegate(t, {
    edge: `  sites: [{ name: all, hosts: ["*"], origins: [${origin.url}] }]`,
    policy: {
      'edge.yaml': `phase: firewall_custom\nrules: [{ id: first, when: 'http.request.uri.path eq "/x"', action: block }]\n`,
    },
  })
  const blocked = await fetch(`${tidegate.origin}/x`)
  assert.equal(blocked.status, 403)
  const ray = blocked.headers.get('tidegate-ray') ?? ''
  await tidegate.event(ray)

  const { writeFileSync } = await import('node:fs')
  writeFileSync(
    `${tidegate.home}/policy/edge.yaml`,
    `phase: firewall_custom\nrules: [{ id: second, when: 'http.request.uri.path eq "/y"', action: block }]\n`,
  )
  const reloaded = await tidegate.command('reload')
  assert.equal(reloaded.exitCode, 0, reloaded.stderr)
  assert.equal((await fetch(`${tidegate.origin}/x`)).status, 200)

  const explained = await tidegate.command('event', 'explain', ray)
  assert.match(explained.stdout, /first/)
  assert.doesNotMatch(explained.stdout, /second/)
})

test('nothing that was answered is lost when the whole process group is killed', async (t) => {
  const origin = await startHttpOrigin(t, (_, response) => response.end('ok'))
  const edge = `  sites: [{ name: all, hosts: ["*"], origins: [${origin.url}] }]`
  const first = await startTidegate(t, { edge })
  const rays: string[] = []
  for (let i = 0; i < 300; i++) {
    const response = await fetch(`${first.origin}/kill/${i}`)
    await response.text()
    rays.push(response.headers.get('tidegate-ray') ?? '')
    // Events of a busy worker are written in groups, of which a kill may take the last; this one is not busy.
    await sleep(2)
  }
  await first.stop('SIGKILL')

  const second = await startTidegate(t, { edge, home: first.home })
  const events = await second.events('starts_with(http.request.uri.path, "/kill/")', rays.length)
  assert.deepEqual(events.map((event) => event.ray).sort(), [...rays].sort(), 'none lost, none twice')
})
