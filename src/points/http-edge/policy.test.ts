import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Action } from '#act'
import type { Phase, Policy } from '#decide'
import { FIELD_BY_NAME, FIELDS } from '#fields'
import { parseExpression } from '#rules'
import { EDGE_READERS } from './readers.ts'
import { dialogue, startEdge, type TestEdge, testConfig, testSite } from './testing/edge.ts'
import { type ScriptedOrigin, scriptedOrigin } from './testing/scripted-origin.ts'

function rule(id: string, when: string, action: Action) {
  const parsed = parseExpression(when, { fields: FIELD_BY_NAME })
  assert.ok(parsed.ok, when)
  const { expression } = parsed
  const place = { file: 'test.yaml', line: 1, column: 1 }
  return { id, description: '', when, expression, action, enabled: true, mode: 'enforce' as const, place }
}

function policyOf(rules: Partial<Record<Phase, ReturnType<typeof rule>[]>>): Policy<Action> {
  const rulesets = Object.entries(rules).map(([phase, list]) => ({ phase: phase as Phase, rules: list }))
  return { version: 'test', rulesets, lists: [] }
}

const fixed = (text: string) => ({ kind: 'fixed', text }) as const

const POLICY = policyOf({
  firewall_custom: [
    rule('no-admin', 'http.request.uri.path == "/admin"', { type: 'block', terminating: true, status: 403 }),
    rule('legal', 'http.request.uri.path == "/law"', {
      type: 'block',
      terminating: true,
      status: 451,
      body: { contentType: 'text/plain', text: 'no\n' },
    }),
    rule('moved', 'http.request.uri.path == "/old"', {
      type: 'redirect',
      terminating: true,
      status: 301,
      to: fixed('https://new.test/'),
      keepQuery: true,
    }),
  ],
  transform_request: [
    rule('rewrite', 'http.request.uri.path == "/v1"', { type: 'rewrite', terminating: false, path: fixed('/v2') }),
    rule('mark', 'http.request.headers["x-mark"][0] == "1"', {
      type: 'set_header',
      terminating: false,
      name: 'X-Marked',
      operation: 'set',
      value: fixed('yes'),
    }),
  ],
  route: [
    rule('other', 'http.request.uri.path == "/other"', {
      type: 'route',
      terminating: false,
      site: 'two',
      host: fixed('two.test'),
    }),
  ],
  transform_response: [
    rule('hide', 'http.response.code == 200', {
      type: 'set_header',
      terminating: false,
      name: 'Server',
      operation: 'remove',
    }),
  ],
})

let one: ScriptedOrigin
let two: ScriptedOrigin
let edge: TestEdge
let received = ''

before(async () => {
  const script = (name: string) => (socket: { write(text: string): unknown }, text: string) => {
    received = text
    socket.write(`HTTP/1.1 200 OK\r\nServer: secret\r\nX-Origin: ${name}\r\nContent-Length: 0\r\n\r\n`)
  }
  one = await scriptedOrigin(script('one'))
  two = await scriptedOrigin(script('two'))
  const sites = [testSite([one.port]), testSite([two.port], { name: 'two', hosts: ['two.test'] })]
  edge = await startEdge(testConfig(sites), POLICY)
})

after(async () => {
  await edge.close()
  await one.close()
  await two.close()
})

async function ask(target: string, lines = ''): Promise<string> {
  edge.events.length = 0
  return (await dialogue(edge.port, [`GET ${target} HTTP/1.1\r\nHost: a.test\r\n${lines}\r\n`], { idleMs: 100 })).text
}

test('every field of the edge has a reader', () => {
  const missing = FIELDS.filter(
    (field) => field.points.includes('http-edge') && EDGE_READERS.read[field.name] === undefined,
  )
  assert.deepEqual(
    missing.map((field) => field.name),
    [],
  )
})

test('block answers with the page and keeps the connection', async () => {
  const text = await ask('/x/../admin')
  assert.match(text, /^HTTP\/1\.1 403 Forbidden/)
  assert.doesNotMatch(text, /Connection: close/)
  assert.equal(edge.events[0].decision.verdict, 'block')
  assert.equal(edge.events[0].decision.ruleId, 'no-admin')
})

test('block with a body of its own', async () => {
  assert.match(await ask('/law'), /^HTTP\/1\.1 451 [^]*Content-Type: text\/plain\r\n[^]*\r\n\r\nno\n$/)
})

test('redirect keeps the query', async () => {
  assert.match(await ask('/old?a=1'), /^HTTP\/1\.1 301 [^]*Location: https:\/\/new\.test\/\?a=1\r\n/)
  assert.equal(edge.events[0].decision.verdict, 'redirect')
})

test('rewrite, set_header and transform_response', async () => {
  const text = await ask('/v1?q=1', 'X-Mark: 1\r\nX-Marked: forged\r\n')
  assert.match(received, /^GET \/v2\?q=1 HTTP\/1\.1\r\n/)
  assert.match(received, /X-Marked: yes\r\n/)
  assert.doesNotMatch(received, /forged/)
  assert.doesNotMatch(text, /Server:/)
  assert.deepEqual(
    edge.events[0].decision.matches.map((match) => match.ruleId),
    ['rewrite', 'mark', 'hide'],
  )
})

test('route to another site under another Host', async () => {
  assert.match(await ask('/other'), /X-Origin: two/)
  assert.match(received, /\r\nHost: two\.test\r\n/)
})

test('sites are chosen by host', async () => {
  const { text } = await dialogue(edge.port, ['GET / HTTP/1.1\r\nHost: TWO.test:80\r\n\r\n'], { idleMs: 100 })
  assert.match(text, /X-Origin: two/)
})
