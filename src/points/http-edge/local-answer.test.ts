import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { Action } from '#act'
import type { Policy } from '#decide'
import { FIELD_BY_NAME } from '#fields'
import { parseExpression } from '#rules'
import { dialogue, startEdge, type TestEdge, testConfig, testSite } from './testing/edge.ts'
import { OK, scriptedOrigin } from './testing/scripted-origin.ts'

function blocking(when: string): Policy<Action> {
  const parsed = parseExpression(when, { fields: FIELD_BY_NAME })
  assert.ok(parsed.ok)
  const action = { type: 'block', terminating: true, status: 403 } as const
  const place = { file: 'test.yaml', line: 1, column: 1 }
  const { expression } = parsed
  const rule = { id: 'no', description: '', when, expression, action, enabled: true, mode: 'enforce', place } as const
  return { version: 'v1', rulesets: [{ phase: 'firewall_custom', rules: [rule] }], lists: [] }
}

const chunk = (text: string): string => `${text.length.toString(16)}\r\n${text}\r\n`
const CHUNKED = 'Transfer-Encoding: chunked\r\n'

interface Refused {
  readonly why: string
  readonly head: string
  readonly body: string
  readonly status: number
  readonly kept: boolean
}

const REFUSED: readonly Refused[] = [
  { why: 'a blocked GET', head: 'GET /no HTTP/1.1\r\n', body: '', status: 403, kept: true },
  {
    why: 'a blocked body that is there',
    head: 'POST /no HTTP/1.1\r\nContent-Length: 3\r\n',
    body: 'abc',
    status: 403,
    kept: true,
  },
  {
    why: 'a blocked chunked body',
    head: `POST /no HTTP/1.1\r\n${CHUNKED}`,
    body: `${chunk('abc')}${chunk('d'.repeat(1000))}0\r\n\r\n`,
    status: 403,
    kept: true,
  },
  {
    why: 'a blocked body of 64 KiB',
    head: 'POST /no HTTP/1.1\r\nContent-Length: 65536\r\n',
    body: 'x'.repeat(65_536),
    status: 403,
    kept: true,
  },
  {
    why: 'a blocked body that is larger',
    head: 'POST /no HTTP/1.1\r\nContent-Length: 65537\r\n',
    body: 'x'.repeat(65_537),
    status: 403,
    kept: false,
  },
  {
    why: 'a blocked chunked body that turns out to be larger',
    head: `POST /no HTTP/1.1\r\n${CHUNKED}`,
    body: `${chunk('x'.repeat(65_537))}0\r\n\r\n`,
    status: 403,
    kept: false,
  },
  { why: 'an origin that is down', head: 'GET /down HTTP/1.1\r\n', body: '', status: 502, kept: true },
  {
    why: 'an origin that is down, with a body',
    head: `POST /down HTTP/1.1\r\n${CHUNKED}`,
    body: `${chunk('abc')}0\r\n\r\n`,
    status: 502,
    kept: true,
  },
  {
    why: 'a client that wants the connection closed',
    head: 'GET /no HTTP/1.1\r\nConnection: close\r\n',
    body: '',
    status: 403,
    kept: false,
  },
  { why: 'HTTP/1.0', head: 'GET /no HTTP/1.0\r\n', body: '', status: 403, kept: false },
  {
    why: 'framing that breaks the rules',
    head: 'POST /no HTTP/1.1\r\nContent-Length: +3\r\n',
    body: 'abc',
    status: 400,
    kept: false,
  },
]

describe('an answer of our own', () => {
  let edge: TestEdge
  before(async () => {
    const origin = await scriptedOrigin((socket) => socket.write(OK))
    await origin.close()
    edge = await startEdge(testConfig([testSite([origin.port])]), blocking('http.request.uri.path ne "/down"'))
  })
  after(() => edge.close())

  for (const { why, head, body, status, kept } of REFUSED) {
    test(`to ${why} ${kept ? 'keeps' : 'closes'} the connection`, async () => {
      const next = 'GET /next HTTP/1.1\r\nHost: a.test\r\n\r\n'
      const { text, ended } = await dialogue(edge.port, [`${head}Host: a.test\r\n\r\n`, body, next], { idleMs: 800 })
      const statuses = [...text.matchAll(/^HTTP\/1\.1 (\d+)/gm)].map(([, code]) => Number(code))
      assert.deepEqual(statuses, kept ? [status, 403] : [status])
      assert.equal(ended, !kept)
    })
  }
})
