import assert from 'node:assert/strict'
import { test } from 'node:test'
import { dialogue } from './testing/edge.ts'
import { OK } from './testing/scripted-origin.ts'
import { startWafEdge, type WafEdgeOptions } from './testing/waf-edge.ts'

const ATTACK = "q=1'%20or%201=1--%20"
const UNTIL_CLOSE = { idleMs: 30_000 }

const answer: NonNullable<WafEdgeOptions['script']> = (socket) => void socket.write(OK)

function get(target: string): string {
  return `GET ${target} HTTP/1.1\r\nHost: a.test\r\nConnection: close\r\n\r\n`
}

function post(target: string, body: string): string {
  const type = 'Content-Type: application/x-www-form-urlencoded'
  return `POST ${target} HTTP/1.1\r\nHost: a.test\r\nConnection: close\r\n${type}\r\nContent-Length: ${body.length}\r\n\r\n${body}`
}

/** Sends requests to an edge with a policy and returns the status of each answer, and the edge. */
async function statuses(t: Parameters<typeof startWafEdge>[0], options: WafEdgeOptions, requests: readonly string[]) {
  const edge = await startWafEdge(t, { script: answer, ...options })
  const found: number[] = []
  for (const request of requests) {
    const { text } = await dialogue(edge.port, [request], UNTIL_CLOSE)
    found.push(Number(text.slice(9, 12)))
  }
  return { edge, found }
}

test('waf rules change the settings of a route, key by key', async (t) => {
  const policy = `
phase: firewall_managed
rules:
  - { id: trial, when: 'starts_with(http.request.uri.path, "/new")', action: { waf: { mode: log } } }
  - { id: calm, when: 'starts_with(http.request.uri.path, "/forum")', action: { waf: { sensitivity: { sqli: off } } } }
  - { id: never, when: 'http.request.uri.path == "/off"', action: { waf: { mode: off } } }
  - { id: tried, when: 'http.request.uri.path == "/x"', action: { waf: { mode: off } }, mode: log }
`
  const targets = ['/', '/new', '/forum', '/off', '/x'].map((path) => get(`${path}?${ATTACK}`))
  const { edge, found } = await statuses(t, { policy }, targets)
  assert.deepEqual(found, [403, 200, 200, 200, 403])
  assert.deepEqual(
    edge.events.map(({ facts }) => facts.waf?.settings.mode),
    ['block', 'log', 'block', undefined, 'block'],
  )
})

test('an exception takes a rule out for one parameter of one route, and the event names it', async (t) => {
  const policy = `
phase: firewall_managed
rules:
  - id: editor
    description: Editors write about SQL.
    when: http.request.uri.path == "/edit" and http.request.method == "POST"
    action: { waf_exception: { rules: ["class:sqli"], parameters: [ARGS:q] } }
`
  const requests = [post('/edit', ATTACK), get(`/edit?${ATTACK}`), post('/edit', ATTACK.replace('q=', 'other='))]
  const { edge, found } = await statuses(t, { policy }, requests)
  assert.deepEqual(found, [200, 403, 403])
  assert.deepEqual(edge.events[0].facts.waf?.verdict.exceptionIds, ['editor'])
})

test('who skips the phase, or ends the evaluation before it, is not judged', async (t) => {
  const policy = `
phase: firewall_custom
rules:
  - { id: monitor, when: 'http.request.uri.path == "/skip"', action: { skip: { phases: [firewall_managed] } } }
  - { id: known, when: 'http.request.uri.path == "/allow"', action: allow }
  - { id: no, when: 'http.request.uri.path == "/no"', action: { block: { status: 451 } } }
`
  const targets = ['/skip', '/allow', '/no'].map((path) => get(`${path}?${ATTACK}`))
  const { edge, found } = await statuses(t, { policy }, targets)
  assert.deepEqual(found, [200, 200, 451])
  assert.ok(edge.events.every(({ facts }) => facts.waf === undefined))
})

const SCORE_POLICY = `
phase: firewall_custom
rules:
  - { id: first, when: 'http.request.uri.path == "/no"', action: { block: { status: 451 } } }
  - { id: trusted, when: 'http.request.uri.path == "/api" and waf.score < 50', action: allow }
  - { id: eager, when: 'waf.score < 30', action: { block: { status: 418 } } }
---
phase: transform_request
rules:
  - { id: tell, when: 'waf.score >= 50', action: { set_header: { name: X-Score, value: { expression: to_string(waf.score) } } } }
`

test('rules of earlier and later phases read what the WAF found, also where it only logs', async (t) => {
  for (const mode of ['block', 'log'] as const) {
    const requests = [get('/'), get(`/?${ATTACK}`), post('/', ATTACK), post('/api', ATTACK), get(`/no?${ATTACK}`)]
    const { edge, found } = await statuses(t, { policy: SCORE_POLICY, waf: { mode } }, requests)
    assert.deepEqual(found, [200, 418, 418, 200, 451], mode)
    assert.match(edge.received(), /X-Score: 99\r\n/)
    assert.deepEqual(
      edge.events.map(({ decision }) => decision.ruleId),
      [undefined, 'eager', 'eager', 'trusted', 'first'],
    )
  }
})

test('a blocked request lists the rules that matched in order, those of the WAF with the one that decided first', async (t) => {
  const policy = `
phase: firewall_custom
rules:
  - { id: note, when: http.request.method == "GET", action: log }
`
  const { edge } = await statuses(t, { policy }, [get(`/?${ATTACK}`)])
  const [{ decision }] = edge.events
  assert.equal(decision.matches[0].ruleId, 'note')
  assert.deepEqual(
    [decision.matches[1].ruleId, decision.matches[1].action, decision.matches[1].logOnly],
    [decision.ruleId, 'waf_match', false],
  )
})

const COSTLY = `
SecRule ARGS "@rx (?:a+)+$" "id:1,phase:2,pass,log,msg:'costly'"
`

test('when the CPU time is used up the configured side wins, and the event says so', async (t) => {
  const body = `q=${'a'.repeat(2000)}!&`.repeat(200)
  const settings = { ruleSets: ['crs'], budgetMs: 1 } as const
  for (const [onBudget, status] of [
    ['open', 200],
    ['closed', 403],
  ] as const) {
    const options = { rules: COSTLY, waf: { ...settings, onBudget } }
    const { edge, found } = await statuses(t, options, [post('/', body)])
    assert.deepEqual(found, [status])
    assert.equal(edge.events[0].facts.waf?.verdict.budgetExceeded, true)
    if (onBudget === 'closed') assert.equal(edge.events[0].decision.ruleId, 'waf-budget')
  }
})
