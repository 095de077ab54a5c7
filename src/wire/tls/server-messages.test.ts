import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { alertName, tlsVersionName } from './alert.ts'
import { cipherSuiteName } from './cipher-suite.ts'
import { parseClientHello, readClientHello } from './client-hello.ts'
import { buildHello, uint16s, vector } from './hello-builder.ts'
import { ja3, ja3Text } from './ja3.ts'
import { hasExtension, peekServerName } from './peek-server-name.ts'
import { parseCertificates, parseServerHello, type ServerHello } from './server-messages.ts'

const RANDOM = '11'.repeat(32)
const RETRY = 'cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c'

const hello = (hex: string): ServerHello | undefined => {
  const bytes = Buffer.from(`aa${hex}bb`, 'hex')
  return parseServerHello(bytes, 1, bytes.length - 1)
}

test('what a server chose', () => {
  const cases: readonly (readonly [hex: string, expected: Partial<ServerHello> | undefined])[] = [
    [`0303${RANDOM}00002f00`, { version: 0x0303, cipher: 0x2f, sessionId: '', extensions: [], isRetryRequest: false }],
    [`0303${RANDOM}024142c02f00000b0010000700050468322d31`, { sessionId: 'AB', cipher: 0xc02f, alpn: 'h2-1' }],
    [
      `0303${RANDOM}00130100000c002b0002030400330002001d`,
      { version: 0x0304, keyShareGroup: 29, preSharedKey: undefined },
    ],
    [`0303${RANDOM}00130100000c002b00020304002900020000`, { version: 0x0304, preSharedKey: 0 }],
    [
      `0303${RETRY}001301000011002b00020304003300020018002c000101`,
      { isRetryRequest: true, keyShareGroup: 24, hasCookie: true },
    ],
    [`0303${'11'.repeat(24)}444f574e4752440100002f00`, { downgradeMark: 'tls12' }],
    [`0303${RANDOM}00002f`, undefined],
    [`0303${RANDOM}00002f00000400330001`, undefined],
    [`0303${RANDOM}00002f000005002b000103`, undefined],
  ]
  for (const [hex, expected] of cases) {
    const seen = hello(hex)
    assert.equal(seen === undefined, expected === undefined, hex)
    for (const [name, value] of Object.entries(expected ?? {}))
      assert.deepEqual(seen?.[name as keyof ServerHello], value, `${hex}: ${name}`)
  }
})

test('lists of certificates', () => {
  const cases: readonly (readonly [hex: string, expected: readonly string[] | undefined])[] = [
    ['000000', []],
    ['000005000002abcd', ['abcd']],
    ['000009000002abcd000001ef', ['abcd', 'ef']],
    ['000006000002abcd', undefined],
    ['000005000003abcd', undefined],
    ['0000', undefined],
    ['00000100', undefined],
  ]
  for (const [hex, expected] of cases) {
    const bytes = Buffer.from(hex, 'hex')
    assert.deepEqual(
      parseCertificates(bytes, 0, bytes.length)?.map((der) => der.toString('hex')),
      expected,
      hex,
    )
  }
  const many = Buffer.from(`000078${'00000100'.repeat(30)}`, 'hex')
  assert.equal(parseCertificates(many, 0, many.length)?.length, 16)
})

test('names', () => {
  assert.deepEqual([0x1301, 0xc02f, 0x5600, 0x0a0a].map(cipherSuiteName), [
    'TLS_AES_128_GCM_SHA256',
    'TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256',
    'TLS_FALLBACK_SCSV',
    '0x0a0a',
  ])
  assert.deepEqual([48, 200].map(alertName), ['unknown_ca', 'alert_200'])
  assert.deepEqual([0x0304, 0x7f1c].map(tlsVersionName), ['TLSv1.3', '0x7f1c'])
})

const SERVER_NAME = vector(2, Buffer.from([0]), vector(2, Buffer.from('Shop.test')))
const PLAN = {
  ciphers: [0x3a3a, 0x1301, 0xc02f],
  extensions: [
    [0x1a1a, Buffer.alloc(0)],
    [0, SERVER_NAME],
    [10, vector(2, uint16s([0x2a2a, 0x1d, 0x17]))],
    [11, vector(1, Buffer.from([0, 1]))],
  ] as const,
}

test('JA3 leaves GREASE out and keeps the order', () => {
  const result = readClientHello(buildHello(PLAN))
  if (result.state !== 'complete') assert.fail(result.state)
  assert.equal(ja3Text(result.hello), '771,4865-49199,0-10-11,29-23,0-1')
  assert.equal(ja3(result.hello), ja3({ ...result.hello, serverName: 'other' }))
  assert.match(ja3(result.hello), /^[\da-f]{32}$/)
})

test('an extension at a glance', () => {
  const body = buildHello(PLAN).subarray(9)
  const read = parseClientHello(body)
  assert.equal(read.state, 'complete')
  const extensions: readonly number[] = read.state === 'complete' ? read.hello.extensions : []
  for (let type = 0; type < 60; type++) assert.equal(hasExtension(body, type), extensions.includes(type), String(type))
  assert.equal(hasExtension(buildHello({ ciphers: [0x1301], extensions: undefined }).subarray(9), 0), false)
  for (let cut = 0; cut < body.length; cut++) assert.equal(hasExtension(body.subarray(0, cut), 43), false)
})

test('the server name at a glance is the one that reading all finds', () => {
  const record = buildHello(PLAN)
  assert.equal(peekServerName(record, 9, record.length), 'shop.test')
  const nameless = buildHello({ ciphers: [0x1301], extensions: [] })
  assert.equal(peekServerName(nameless, 9, nameless.length), '')
  const bare = buildHello({ ciphers: [0x1301], extensions: undefined })
  assert.equal(peekServerName(bare, 9, bare.length), '')
  fc.assert(
    fc.property(fc.integer({ min: 9, max: record.length - 1 }), fc.nat(255), fc.nat(40), (at, value, cut) => {
      const changed = Buffer.from(record)
      changed[at] = value
      const end = changed.length - (cut > 20 ? cut : 0)
      const around = [0x00, 0xff].map((filler) => {
        const bytes = Buffer.concat([changed.subarray(0, end), Buffer.alloc(99, filler)])
        return peekServerName(bytes, 9, end)
      })
      assert.equal(around[0], around[1])
      const result = readClientHello(changed.subarray(0, end))
      if (result.state === 'complete') assert.equal(around[0], result.hello.serverName ?? '')
    }),
    { numRuns: 3000 },
  )
})

test('no bytes make the parsers throw', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 120 }), (random) => {
      const bytes = Buffer.from(random)
      parseServerHello(bytes, 0, bytes.length)
      parseCertificates(bytes, 0, bytes.length)
      peekServerName(bytes, 0, bytes.length)
    }),
    { numRuns: 2000 },
  )
})
