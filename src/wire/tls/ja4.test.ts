import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { readClientHello } from './client-hello.ts'
import { buildHello, type HelloPlan, uint16s, vector } from './hello-builder.ts'
import { ja4 } from './ja4.ts'

const fingerprint = (plan: HelloPlan): string => {
  const result = readClientHello(buildHello(plan))
  assert.equal(result.state, 'complete')
  return ja4(result.hello)
}

const sni = (name: string): Buffer => vector(2, Buffer.from([0]), vector(2, Buffer.from(name)))
const alpn = (...names: readonly string[]): Buffer =>
  vector(2, ...names.map((name) => vector(1, Buffer.from(name, 'latin1'))))
const versions = (...list: readonly number[]): Buffer => vector(1, uint16s(list))
const algorithms = (...list: readonly number[]): Buffer => vector(2, uint16s(list))
const EMPTY = Buffer.alloc(0)
const sha12 = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 12)

// Chrome's hello of the JA4 technical details: the ciphers, extensions and algorithms that its example lists.
const CHROME_CIPHERS = [
  0x1301, 0x1302, 0x1303, 0xc02b, 0xc02f, 0xc02c, 0xc030, 0xcca9, 0xcca8, 0xc013, 0xc014, 0x009c, 0x009d, 0x002f,
  0x0035,
]
const CHROME_ALGORITHMS = algorithms(0x0403, 0x0804, 0x0401, 0x0503, 0x0805, 0x0501, 0x0806, 0x0601)
const CHROME_EXTENSIONS: readonly (readonly [number, Buffer])[] = [
  [0x001b, EMPTY],
  [0x0000, sni('example.com')],
  [0x0033, EMPTY],
  [0x0010, alpn('h2', 'http/1.1')],
  [0x4469, EMPTY],
  [0x0017, EMPTY],
  [0x002d, EMPTY],
  [0x000d, CHROME_ALGORITHMS],
  [0x0005, EMPTY],
  [0x0023, EMPTY],
  [0x0012, EMPTY],
  [0x002b, versions(0x7a7a, 0x0304, 0x0303)],
  [0xff01, EMPTY],
  [0x000b, EMPTY],
  [0x000a, vector(2, uint16s([0x001d]))],
  [0x0015, EMPTY],
]

test('the published example of Chrome', () => {
  assert.equal(
    fingerprint({ ciphers: CHROME_CIPHERS, extensions: CHROME_EXTENSIONS }),
    't13d1516h2_8daaf6152771_e5627efa2ab1',
  )
})

test('the same with GREASE and another order', () => {
  const extensions = [[0xaaaa, EMPTY] as const, ...CHROME_EXTENSIONS.toReversed(), [0x1a1a, Buffer.from([0])] as const]
  const ciphers = [0x3a3a, ...CHROME_CIPHERS.toReversed()]
  assert.equal(fingerprint({ ciphers, extensions }), 't13d1516h2_8daaf6152771_e5627efa2ab1')
})

test('the order of signature algorithms matters', () => {
  const [first, second] = [algorithms(0x0403, 0x0804), algorithms(0x0804, 0x0403)].map((value) =>
    fingerprint({ ciphers: [0x1301], extensions: [[0x000d, value]] }),
  )
  assert.notEqual(first, second)
})

const PARTS: readonly (readonly [why: string, plan: HelloPlan, expected: string])[] = [
  ['nothing but a cipher', { ciphers: [0x002f], extensions: undefined }, `t12i010000_${sha12('002f')}_000000000000`],
  ['no cipher', { ciphers: [], extensions: [] }, 't12i000000_000000000000_000000000000'],
  [
    'only SNI and ALPN',
    {
      ciphers: [0x1301],
      extensions: [
        [0, sni('a')],
        [16, alpn('http/1.1')],
      ],
    },
    `t12d0102h1_${sha12('1301')}_000000000000`,
  ],
  [
    'extensions without algorithms',
    {
      ciphers: [0x1301],
      extensions: [
        [23, EMPTY],
        [5, EMPTY],
      ],
    },
    `t12i010200_${sha12('1301')}_${sha12('0005,0017')}`,
  ],
  ['an ALPN of one character', { ciphers: [], extensions: [[16, alpn('x')]] }, 't12i0001xx_000000000000_000000000000'],
  [
    'an ALPN that is not alphanumeric',
    { ciphers: [], extensions: [[16, alpn('\xab\xcd')]] },
    't12i0001ad_000000000000_000000000000',
  ],
  ['TLS 1.0', { version: 0x0301, ciphers: [], extensions: [] }, 't10i000000_000000000000_000000000000'],
  ['an unknown version', { version: 0x0909, ciphers: [], extensions: [] }, 't00i000000_000000000000_000000000000'],
  [
    '120 ciphers',
    { ciphers: Array(120).fill(0x1301), extensions: [] },
    `t12i990000_${sha12(Array(120).fill('1301').join())}_000000000000`,
  ],
]

for (const [why, plan, expected] of PARTS) test(`ja4 with ${why}`, () => assert.equal(fingerprint(plan), expected))
