import assert from 'node:assert/strict'
import test from 'node:test'
import type { Readers } from '#fields'
import { createEventEncoder } from './encoder.ts'
import type { EventHead } from './event.ts'
import { Redactor } from './redaction.ts'

interface Block {
  readonly headers: ReadonlyMap<string, readonly string[]>
  readonly cookie: string
}

interface Request {
  readonly path: string
  readonly block: Block
}

let reads = 0

const READERS: Readers<Request> = {
  read: {
    'http.request.uri.path': (request) => request.path,
    'http.request.headers': (request) => {
      reads++
      return request.block.headers
    },
    'http.cookie': (request) => request.block.cookie,
  },
}

const HEAD: EventHead = {
  ray: '01hgw2bqxn0004zj7k2p',
  timeMicros: 1_760_000_000_000_000,
  point: 'http-edge',
  policyVersion: 'v1',
  decision: { verdict: 'allow', why: 'no rule matched', matches: [] },
}

const redactor = new Redactor(Buffer.alloc(32, 7), {
  redact: [],
  sensitiveArguments: [],
  sensitiveHeaders: ['x-secret'],
})
const plain = createEventEncoder({ kind: 'http', readers: READERS, redactor })
const sharing = createEventEncoder({
  kind: 'http',
  readers: READERS,
  redactor,
  shared: [{ fields: new Set(['http.request.headers', 'http.cookie']), keyOf: (request: Request) => request.block }],
})

const block = (value: string): Block => ({
  headers: new Map([
    ['accept', [value]],
    ['x-secret', ['hidden']],
  ]),
  cookie: `session=${value}`,
})

test('a row is the same whether its columns were kept or written anew, omissions included', () => {
  const [first, second, huge] = [block('a'), block('b'), block('c'.repeat(20_000))]
  for (const request of [
    { path: '/1', block: first },
    { path: '/2', block: first },
    { path: '/3', block: second },
    { path: '/4', block: first },
    { path: '/5', block: huge },
    { path: '/6', block: huge },
    { path: `/${'x'.repeat(9000)}`, block: first },
  ]) {
    assert.equal(sharing(HEAD, request, 1), plain(HEAD, request, 1), request.path.slice(0, 10))
  }
})

test('what is shared is read once', () => {
  const shared = block('once')
  sharing(HEAD, { path: '/1', block: shared }, 1)
  reads = 0
  sharing(HEAD, { path: '/2', block: shared }, 1)
  assert.equal(reads, 0)
})
