import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { Traffic } from '../testing/traffic.ts'
import type { HttpAmbiguity, HttpTransaction } from './http-transaction.ts'

const REQUEST = 'GET /a?b=1 HTTP/1.1\r\nHost: Shop.test:8080\r\nUser-Agent: probe/1\r\n\r\n'
const ANSWER = 'HTTP/1.1 200 OK\r\nServer: origin\r\nContent-Length: 5\r\n\r\nhello'

function shown({ request, response, outcome, index }: HttpTransaction): readonly unknown[] {
  return [index, request?.method, request?.target, response?.status, response?.bodyBytes, outcome]
}

test('a request and its answer', () => {
  const traffic = new Traffic()
  traffic.tcp({ serverPort: 80 }).client(REQUEST).server(ANSWER.slice(0, -2)).server(ANSWER.slice(-2)).end()
  const [transaction, ...others] = traffic.end('http')
  assert.deepEqual(others, [])
  const { request, response } = transaction
  assert.deepEqual(shown(transaction), [0, 'GET', '/a?b=1', 200, 5, 'answered'])
  assert.deepEqual(request && [request.host, request.userAgent, request.version, request.framing, request.complete], [
    'shop.test',
    'probe/1',
    'HTTP/1.1',
    'none',
    true,
  ])
  assert.deepEqual(request?.fields, ['Host', 'Shop.test:8080', 'User-Agent', 'probe/1'])
  assert.deepEqual([response?.server, response?.reason, response?.contentLength], ['origin', 'OK', 5])
  assert.deepEqual([response?.first.frame, response?.last.frame, transaction.serverNs], [2, 3, 1e6])
  assert.deepEqual([transaction.transferNs, transaction.isReuse, transaction.idleBeforeNs], [1e6, false, undefined])
})

test('several requests on one connection', () => {
  const chunked = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;x=y\r\nhello\r\n0\r\nTrailer: 1\r\n\r\n'
  const cases: readonly (readonly [why: string, pieces: readonly (readonly [0 | 1, string])[], expected: unknown[]])[] =
    [
      [
        'one after the other',
        [
          [0, REQUEST],
          [1, ANSWER],
          [0, REQUEST],
          [1, chunked],
        ],
        [
          [0, 'GET', '/a?b=1', 200, 5, 'answered'],
          [1, 'GET', '/a?b=1', 200, 5, 'answered'],
        ],
      ],
      [
        'pipelined, answers together',
        [
          [0, REQUEST + REQUEST],
          [1, ANSWER + chunked],
        ],
        [
          [0, 'GET', '/a?b=1', 200, 5, 'answered'],
          [1, 'GET', '/a?b=1', 200, 5, 'answered'],
        ],
      ],
      [
        'HEAD has no body, whatever the length says',
        [
          [0, REQUEST.replace('GET', 'HEAD') + REQUEST],
          [1, ANSWER.slice(0, -5) + ANSWER],
        ],
        [
          [0, 'HEAD', '/a?b=1', 200, 0, 'answered'],
          [1, 'GET', '/a?b=1', 200, 5, 'answered'],
        ],
      ],
      [
        'an informational answer comes first',
        [
          [0, 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n'],
          [1, 'HTTP/1.1 100 Continue\r\n\r\n'],
          [0, 'abc'],
          [1, ANSWER],
        ],
        [[0, 'POST', '/', 200, 5, 'answered']],
      ],
      [
        'a body until the close',
        [
          [0, REQUEST],
          [1, 'HTTP/1.0 200 OK\r\n\r\nabc'],
          [1, 'def'],
        ],
        [[0, 'GET', '/a?b=1', 200, 6, 'answered']],
      ],
      [
        'an answer that ends early',
        [
          [0, REQUEST],
          [1, ANSWER.slice(0, -1)],
        ],
        [[0, 'GET', '/a?b=1', 200, 4, 'cut']],
      ],
      [
        'an answer that is none',
        [
          [0, REQUEST],
          [1, 'HTTP/1.1 two hundred fine\r\n\r\nabc'],
        ],
        [[0, 'GET', '/a?b=1', undefined, undefined, 'unanswered']],
      ],
      ['no answer', [[0, REQUEST]], [[0, 'GET', '/a?b=1', undefined, undefined, 'unanswered']]],
      [
        'refused before the body was sent',
        [
          [0, 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nab'],
          [1, 'HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n'],
        ],
        [[0, 'POST', '/', 413, 0, 'answered']],
      ],
      ['only the answer was captured', [[1, ANSWER]], [[0, undefined, undefined, 200, 5, 'answered']]],
      [
        'an upgrade ends HTTP',
        [
          [0, REQUEST.replace('\r\n\r\n', '\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n')],
          [1, 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n\x81\x05GET /'],
          [0, '\x81\x85GET / HTTP/1.1\r\n\r\n'],
        ],
        [[0, 'GET', '/a?b=1', 101, 0, 'upgraded']],
      ],
    ]
  for (const [why, pieces, expected] of cases) {
    const traffic = new Traffic()
    const talk = traffic.tcp({ serverPort: 80 })
    for (const [direction, text] of pieces) talk.say(direction, text)
    talk.end()
    assert.deepEqual(traffic.end('http').map(shown), expected, why)
  }
})

test('who closed a connection that was kept open for more', () => {
  const traffic = new Traffic()
  traffic.tcp({ serverPort: 80 }).client(REQUEST).server(ANSWER).client(REQUEST).end('reset', 1)
  traffic.tcp({ serverPort: 80 }).client(REQUEST).server(ANSWER).client(REQUEST).end('fin', 0)
  traffic.tcp({ serverPort: 80 }).client(REQUEST).server(ANSWER).client(REQUEST).end('open', undefined)
  const outcomes = traffic.end('http').map(({ outcome, isReuse, endedBy }) => [outcome, isReuse, endedBy])
  assert.deepEqual(outcomes, [
    ['answered', false, undefined],
    ['hit-by-close', true, 'server'],
    ['answered', false, undefined],
    ['unanswered', true, 'client'],
    ['answered', false, undefined],
    ['open', true, undefined],
  ])
})

const CASES: readonly (readonly [head: string, expected: readonly HttpAmbiguity[]])[] = [
  ['GET / HTTP/1.1\r\nHost: a\r\n\r\n', []],
  ['GET / HTTP/1.0\r\n\r\n', []],
  ['GET / HTTP/1.1\r\n\r\n', ['missing-host']],
  ['GET / HTTP/1.1\r\nHost: a\r\nhost: b\r\n\r\n', ['several-hosts']],
  ['GET / HTTP/1.1\nHost: a\n\n', ['bare-lf']],
  ['GET / HTTP/1.1\r\nHost: a\rX: b\r\n\r\n', ['bare-cr']],
  ['GET / HTTP/1.1\r\nHost: a\0\r\n\r\n', ['nul-byte']],
  ['GET / HTTP/1.1\r\nHost: a\x01\r\n\r\n', ['control-character']],
  ['GET / HTTP/1.1\r\nHost: a\r\n folded\r\n\r\n', ['folded-line']],
  ['GET / HTTP/1.1\r\nHost : a\r\n\r\n', ['space-before-colon']],
  ['GET / HTTP/1.1\r\nHost: a\r\nX(: a\r\n\r\n', ['bad-field-name']],
  ['GET / HTTP/1.1\r\nHost: a\r\nX\r\n\r\n', ['missing-colon']],
  ['GET /a b HTTP/1.1\r\nHost: a\r\n\r\n', ['bad-request-line']],
  ['GET / HTTP/3\r\nHost: a\r\n\r\n', ['bad-request-line']],
  ['POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nContent-Length: 0\r\n\r\n', ['several-content-lengths']],
  [
    'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nContent-Length: 1\r\n\r\n',
    ['several-content-lengths', 'differing-content-lengths'],
  ],
  [
    'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0, 1\r\n\r\n',
    ['several-content-lengths', 'differing-content-lengths'],
  ],
  ['POST / HTTP/1.1\r\nHost: a\r\nContent-Length: +0\r\n\r\n', ['bad-content-length']],
  [
    'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    ['content-length-and-transfer-encoding'],
  ],
  [
    'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTransfer-encoding: cow\r\n\r\n0\r\n\r\n',
    ['several-transfer-encodings', 'bad-transfer-encoding'],
  ],
  ['POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n', []],
  ['POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n\r\n', ['bad-transfer-encoding']],
  ['POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n', ['transfer-encoding-in-http-1-0']],
  ['GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx', ['body-of-get']],
  ['POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5;a\r\nhello\r\n0\r\n\r\n', ['chunk-extension']],
  ['POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\nhello\r\n0\r\n\r\n', ['bare-lf']],
  ['POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5 \r\nhello\r\n0\r\n\r\n', ['bad-chunk-size']],
  ['POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0x5\r\nhello\r\n0\r\n\r\n', ['bad-chunk-size']],
  ['POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhelloX\r\n0\r\n\r\n', ['bad-chunk-end']],
]

test('what two readers of a message would not agree about', () => {
  for (const [text, expected] of CASES) {
    const traffic = new Traffic()
    traffic.tcp({ serverPort: 80 }).client(text).end('open')
    const [{ request }] = traffic.end('http')
    assert.deepEqual(request?.ambiguities, expected, JSON.stringify(text))
  }
})

test('bytes that the capture missed', () => {
  const traffic = new Traffic()
  const long = 'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n'
  traffic
    .tcp({ serverPort: 80 })
    .client(REQUEST)
    .server(long)
    .gap(1, 90)
    .server('0123456789')
    .client(REQUEST)
    .server(ANSWER)
    .end()
  traffic.tcp({ serverPort: 80 }).client(REQUEST).gap(1, 500).server('xyz').server(ANSWER).end()
  const seen = traffic.end('http')
  assert.deepEqual(seen.map(shown), [
    [0, 'GET', '/a?b=1', 200, 100, 'answered'],
    [1, 'GET', '/a?b=1', 200, 5, 'answered'],
    [0, 'GET', '/a?b=1', 200, 5, 'answered'],
  ])
  assert.deepEqual(
    seen.map(({ response }) => response?.hasGap),
    [true, false, false],
  )
})

test('a head that never ends is given up', () => {
  const traffic = new Traffic()
  const talk = traffic.tcp({ serverPort: 80 }).client('GET / HTTP/1.1\r\n')
  for (let count = 0; count < 70; count++) talk.client('a'.repeat(1024))
  talk.end('reset', 1)
  const [{ request, outcome }] = traffic.end('http')
  assert.deepEqual([request?.ambiguities.includes('head-too-large'), outcome], [true, 'unanswered'])
})

test('the same bytes say the same however they are cut', () => {
  const client =
    REQUEST +
    CASES.map(([text]) => text)
      .slice(0, 16)
      .join('') +
    REQUEST
  const server = ANSWER + ANSWER.repeat(17)
  const cuts = fc.array(fc.integer({ min: 1, max: 90 }), { minLength: 1, maxLength: 30 })
  const seenOf = (sizes: readonly number[]): unknown => {
    const traffic = new Traffic()
    const talk = traffic.tcp({ serverPort: 80 })
    for (const [direction, text] of [[0, client] as const, [1, server] as const]) {
      for (let at = 0, index = 0; at < text.length; index++) {
        const size = sizes[index % sizes.length]
        talk.say(direction, text.slice(at, at + size))
        at += size
      }
    }
    talk.end()
    return traffic.end('http').map((transaction) => [...shown(transaction), transaction.request?.ambiguities])
  }
  const whole = seenOf([100_000])
  fc.assert(
    fc.property(cuts, (sizes) => assert.deepEqual(seenOf(sizes), whole)),
    { numRuns: 300 },
  )
})

test('no bytes make it throw', () => {
  const text = fc.constantFrom(...CASES.map(([head]) => head), ANSWER, REQUEST, 'HTTP/1.1 \r\n\r\n')
  const noise = fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes).toString('latin1'))
  const piece = fc.record({
    direction: fc.constantFrom(0 as const, 1 as const),
    text: fc.oneof(text, noise),
    cut: fc.nat(60),
  })
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
      const traffic = new Traffic()
      const talk = traffic.tcp({ serverPort: 80 })
      for (const { direction, text, cut } of pieces) {
        if (cut % 10 === 0) talk.gap(direction, cut)
        talk.say(direction, text.slice(cut))
      }
      talk.end()
      for (const transaction of traffic.end('http')) JSON.stringify(shown(transaction))
    }),
    { numRuns: 2000 },
  )
})
