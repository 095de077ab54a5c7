import assert from 'node:assert/strict'
import test, { after, before, describe } from 'node:test'
import fc from 'fast-check'
import type { ConnectionOptions, TlsOptions } from 'node:tls'
import { missingOpenssl, TestChain, type TestKeyPair } from '../testing/test-chain.ts'
import type { Recording } from '../testing/recording-relay.ts'
import { recordTls, replay } from '../testing/tls-recording.ts'
import { Traffic } from '../testing/traffic.ts'
import { TRANSACTION_READERS } from '../readers/transaction-readers.ts'
import type { TlsSession } from './tls-session.ts'

const NOW_SECONDS = Math.floor(Date.now() / 1000) + 60
const REQUEST = 'GET /secret?a=1 HTTP/1.1\r\nHost: shop.test\r\nUser-Agent: test\r\n\r\n'
const ANSWER = `HTTP/1.1 503 Service Unavailable\r\nContent-Length: 40000\r\n\r\n${'x'.repeat(40_000)}`

interface Opened {
  readonly session: TlsSession
  readonly exchanges: readonly (readonly [
    target: string | undefined,
    status: number | undefined,
    bytes: number | undefined,
  ])[]
}

function opened(recording: Recording, size?: number, keyLog: Buffer = recording.keyLog): Opened {
  const traffic = new Traffic(NOW_SECONDS)
  traffic.dissectors.keyLog.add(keyLog)
  replay(traffic.tcp({ serverPort: 443 }), recording, size)
  const [session, ...others] = traffic.end('tls')
  assert.deepEqual(others, [])
  assert.deepEqual(traffic.end('fault'), [])
  // The flow is one of TLS, whatever it carries.
  const protocols = traffic.end('protocol').map(({ content }) => content)
  assert.deepEqual(protocols, ['tls'])
  const http = traffic.end('http')
  assert.ok(http.every((exchange) => exchange.isSecure && TRANSACTION_READERS.read['ssl']?.(exchange) === true))
  const exchanges = http.map(
    ({ request, response }) => [request?.target, response?.status, response?.bodyBytes] as const,
  )
  return { session, exchanges }
}

describe('sessions whose secrets are known', { skip: missingOpenssl() }, () => {
  let chain: TestChain
  let leaf: TestKeyPair
  let rsa: TestKeyPair
  let server: TlsOptions
  let client: ConnectionOptions

  before(() => {
    chain = new TestChain()
    leaf = chain.leaf(['shop.test'])
    rsa = chain.leaf(['shop.test'], 'rsa')
    const cert = [leaf.cert + chain.intermediate.cert, rsa.cert + chain.intermediate.cert]
    server = { key: [leaf.key, rsa.key], cert, ALPNProtocols: ['http/1.1'], ciphers: 'ALL:@SECLEVEL=0' }
    client = { servername: 'shop.test', ca: [chain.root.cert], ALPNProtocols: ['http/1.1'] }
  })
  after(() => chain.remove())

  const record = (options: ConnectionOptions, ofServer: TlsOptions = {}): Promise<Recording> =>
    recordTls({ ...server, ...ofServer }, { ...client, ...options }, REQUEST, ANSWER)

  for (const suite of [
    'TLS_AES_128_GCM_SHA256',
    'TLS_AES_256_GCM_SHA384',
    'TLS_CHACHA20_POLY1305_SHA256',
    'TLS_AES_128_CCM_SHA256',
    'TLS_AES_128_CCM_8_SHA256',
  ]) {
    test(`TLS 1.3, ${suite}`, async () => {
      const ciphers = `${suite}:ALL:@SECLEVEL=0`
      const recording = await record({ ciphers }, { ciphers })
      for (const size of [undefined, 1, 700]) {
        const { session, exchanges } = opened(recording, size)
        assert.deepEqual(exchanges, [['/secret?a=1', 503, 40_000]])
        assert.deepEqual(
          [session.serverHello?.cipherName, session.serverHello?.alpn, session.outcome, session.isOpened],
          [suite, 'http/1.1', 'established', true],
        )
        assert.deepEqual(
          session.certificateChain?.certificates.map(({ subject }) => subject),
          ['CN=shop.test', 'CN=Test Intermediate'],
        )
        assert.deepEqual([session.certificateRequest, session.clientCertificate], [undefined, undefined])
      }
    })
  }

  for (const suite of [
    'ECDHE-ECDSA-AES128-GCM-SHA256',
    'ECDHE-RSA-AES256-GCM-SHA384',
    'ECDHE-ECDSA-CHACHA20-POLY1305',
    'ECDHE-ECDSA-AES128-CCM',
    'ECDHE-ECDSA-AES256-CCM8',
    'ECDHE-RSA-AES128-SHA',
    'ECDHE-RSA-AES256-SHA',
    'ECDHE-RSA-AES128-SHA256',
    'ECDHE-ECDSA-AES256-SHA384',
    'AES256-SHA256',
    'AES128-GCM-SHA256',
  ]) {
    test(`TLS 1.2, ${suite}`, async () => {
      const recording = await record({ ciphers: `${suite}:@SECLEVEL=0`, maxVersion: 'TLSv1.2' })
      for (const size of [undefined, 1]) {
        const { session, exchanges } = opened(recording, size)
        assert.deepEqual(exchanges, [['/secret?a=1', 503, 40_000]], session.serverHello?.cipherName)
        assert.deepEqual([session.outcome, session.isOpened], ['established', true])
        assert.ok(session.alerts.every(({ encrypted }) => !encrypted))
      }
    })
  }

  test('a server that asks for a certificate and refuses what it gets says so in words', async () => {
    const recording = await record({}, { requestCert: true, rejectUnauthorized: true, ca: [chain.root.cert] })
    const { session, exchanges } = opened(recording)
    // Whether the request left before the refusal came is chance.
    assert.ok(exchanges.every(([target, status]) => target === '/secret?a=1' && status === undefined))
    assert.ok(session.certificateRequest !== undefined)
    assert.equal(session.clientCertificate?.count, 0)
  })

  test('secrets of another session, or half of them, open nothing and change nothing', async () => {
    const [recording, other] = [await record({}), await record({})]
    const { session, exchanges } = opened(recording, undefined, other.keyLog)
    assert.deepEqual([exchanges, session.isOpened, session.outcome], [[], false, 'established'])
    assert.equal(session.certificateChain, undefined)
    const lines = recording.keyLog.toString().split('\n')
    const server13 = lines.filter((line) => line.startsWith('SERVER')).join('\n')
    const half = opened(recording, undefined, Buffer.from(server13))
    assert.equal(half.session.certificateChain?.certificates.length, 2)
    assert.equal(half.session.outcome, 'established')
    const wrong = lines.map((line) => (line.includes('TRAFFIC') ? line.slice(0, -1) + '0' : line)).join('\n')
    assert.equal(opened(recording, undefined, Buffer.from(wrong)).session.outcome, 'established')
  })

  test('a record that was not captured whole is passed over', async () => {
    const recording = await record({})
    const traffic = new Traffic(NOW_SECONDS)
    traffic.dissectors.keyLog.add(recording.keyLog)
    const talk = traffic.tcp({ serverPort: 443 })
    for (const [direction, bytes] of recording.pieces) {
      // In the middle of the answer, which goes over several records.
      if (direction === 1 && bytes.length > 20_000) {
        talk.say(1, bytes.subarray(0, 17_000))
        talk.gap(1, 100)
        talk.say(1, bytes.subarray(17_100))
      } else talk.say(direction, bytes)
    }
    talk.end(recording.how, recording.endedBy)
    const [exchange] = traffic.end('http')
    assert.deepEqual([exchange.request?.target, exchange.response?.status], ['/secret?a=1', 503])
  })

  test('whatever bytes and secrets come, nothing breaks', async () => {
    const recordings = [await record({}), await record({ maxVersion: 'TLSv1.2' })]
    const change = fc.record({
      which: fc.nat(1),
      piece: fc.nat(20),
      at: fc.nat(30_000),
      value: fc.integer({ min: 1, max: 255 }),
      size: fc.integer({ min: 1, max: 20_000 }),
    })
    fc.assert(
      fc.property(change, ({ which, piece, at, value, size }) => {
        const recording = recordings[which]
        const pieces = recording.pieces.map(([direction, bytes], index) => {
          if (index !== piece % recording.pieces.length) return [direction, bytes] as const
          const changed = Buffer.from(bytes)
          changed[at % changed.length] ^= value
          return [direction, changed] as const
        })
        const traffic = new Traffic(NOW_SECONDS)
        traffic.dissectors.keyLog.add(recording.keyLog)
        replay(traffic.tcp({ serverPort: 443 }), { ...recording, pieces }, size)
        traffic.end('tls')
      }),
      { numRuns: 300 },
    )
  })
})
