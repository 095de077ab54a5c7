import assert from 'node:assert/strict'
import test, { after, before, describe } from 'node:test'
import fc from 'fast-check'
import type { ConnectionOptions, TlsOptions } from 'node:tls'
import { missingOpenssl, TestChain, type TestKeyPair } from '../testing/test-chain.ts'
import type { Recording } from '../testing/recording-relay.ts'
import { recordTls, replay } from '../testing/tls-recording.ts'
import { Traffic } from '../testing/traffic.ts'
import type { TlsSession } from './tls-session.ts'

/** When the captures are said to begin: certificates of tests are valid from now on. */
const NOW_SECONDS = Math.floor(Date.now() / 1000) + 60

function sessionOf(recording: Recording, size?: number): TlsSession {
  const traffic = new Traffic(NOW_SECONDS)
  replay(traffic.tcp({ serverPort: 443 }), recording, size)
  const sessions = traffic.end('tls')
  assert.deepEqual(traffic.end('fault'), [])
  assert.equal(sessions.length, 1)
  return sessions[0]
}

const alerts = (session: TlsSession): unknown[] =>
  session.alerts.map(({ from, name, encrypted, duringHandshake }) => [
    from,
    encrypted ? 'encrypted' : name,
    duringHandshake,
  ])

describe('sessions of a real client and server', { skip: missingOpenssl() }, () => {
  let chain: TestChain
  let leaf: TestKeyPair
  let server: TlsOptions
  let client: ConnectionOptions

  before(() => {
    chain = new TestChain()
    leaf = chain.leaf(['shop.test', 'www.shop.test'])
    server = { key: leaf.key, cert: leaf.cert + chain.intermediate.cert, ALPNProtocols: ['h2', 'http/1.1'] }
    client = { servername: 'shop.test', ca: [chain.root.cert], ALPNProtocols: ['http/1.1'] }
  })
  after(() => chain.remove())

  test('TLS 1.3', async () => {
    const session = sessionOf(await recordTls(server, client))
    assert.deepEqual(
      [session.outcome, session.serverHello?.version, session.serverHello?.resumed],
      ['established', 0x0304, false],
    )
    assert.deepEqual([session.clientHello?.serverName, session.clientHello?.alpn], ['shop.test', ['http/1.1']])
    assert.match(session.clientHello!.ja4, /^t13d\d{4}h1_[\da-f]{12}_[\da-f]{12}$/)
    assert.match(session.clientHello!.ja3, /^[\da-f]{32}$/)
    assert.match(session.serverHello!.cipherName, /^TLS_AES_/)
    assert.equal(session.certificateChain, undefined)
    assert.deepEqual(
      [session.clientApplicationData !== undefined, session.serverApplicationData !== undefined],
      [true, true],
    )
    assert.deepEqual([session.abandonedAfterCertificate, session.hasGap], [false, false])
  })

  test('TLS 1.2 shows the certificates', async () => {
    const session = sessionOf(await recordTls(server, { ...client, maxVersion: 'TLSv1.2' }))
    assert.deepEqual(
      [session.outcome, session.serverHello?.version, session.serverHello?.alpn],
      ['established', 0x0303, 'http/1.1'],
    )
    const shown = session.certificateChain!
    assert.deepEqual(
      shown.certificates.map(({ subject, issuer, isAuthority, isSelfSigned }) => [
        subject,
        issuer,
        isAuthority,
        isSelfSigned,
      ]),
      [
        ['CN=shop.test', 'CN=Test Intermediate', false, false],
        ['CN=Test Intermediate', 'CN=Test Root', true, false],
      ],
    )
    assert.deepEqual(shown.certificates[0].names, ['shop.test', 'www.shop.test'])
    assert.deepEqual([shown.brokenLinkAt, shown.isLeafAlone, shown.coversServerName], [-1, false, true])
    assert.deepEqual([shown.leafExpired, shown.leafNotYetValid, shown.outOfTimeAt], [false, false, -1])
    assert.equal(session.serverHelloDone !== undefined, true)
  })

  test('the same however the stream is cut', async () => {
    for (const maxVersion of ['TLSv1.2', 'TLSv1.3'] as const) {
      const recording = await recordTls(server, { ...client, maxVersion })
      const facts = (session: TlsSession): unknown => [
        session.outcome,
        session.clientHello?.ja4,
        session.serverHello?.cipherName,
        session.certificateChain?.certificates,
        alerts(session),
      ]
      for (const size of [1, 7, 100]) assert.deepEqual(facts(sessionOf(recording, size)), facts(sessionOf(recording)))
    }
  })

  test('what is wrong with a chain', async () => {
    const alone = { ...server, cert: leaf.cert }
    const old = { ...client, maxVersion: 'TLSv1.2' as const }
    const missing = sessionOf(await recordTls(alone, old))
    assert.deepEqual([missing.certificateChain?.isLeafAlone, missing.certificateChain?.brokenLinkAt], [true, -1])
    // Node's client checks the chain when the handshake is done.
    assert.deepEqual([missing.outcome, missing.leftSilently], ['established', true])
    const swapped = { ...server, cert: leaf.cert + chain.root.cert + chain.intermediate.cert }
    const wrongOrder = sessionOf(await recordTls(swapped, { ...old, rejectUnauthorized: false }))
    assert.deepEqual([wrongOrder.certificateChain?.brokenLinkAt, wrongOrder.certificateChain?.isLeafAlone], [0, false])
    const otherName = sessionOf(await recordTls(server, { ...old, servername: 'other.test' }))
    assert.equal(otherName.certificateChain?.coversServerName, false)
    const traffic = new Traffic(NOW_SECONDS + 40 * 86_400)
    replay(traffic.tcp({ serverPort: 443 }), await recordTls(server, old))
    assert.deepEqual(
      traffic.end('tls').map(({ certificateChain }) => [certificateChain?.leafExpired, certificateChain?.outOfTimeAt]),
      [[true, 0]],
    )
  })

  test('a client that does not trust goes away', async () => {
    const cases: readonly (readonly [maxVersion: 'TLSv1.2' | 'TLSv1.3', last: string, alert: readonly unknown[]])[] = [
      ['TLSv1.2', '15030300020230', ['client', 'unknown_ca', true]],
      ['TLSv1.3', `1403030001011703030013${'00'.repeat(19)}`, ['client', 'encrypted', true]],
    ]
    for (const [maxVersion, last, alert] of cases) {
      const recording = await recordTls(server, { ...client, maxVersion })
      const second = recording.pieces.findIndex(([direction], index) => index > 0 && direction === 0)
      const pieces = [...recording.pieces.slice(0, second), [0, Buffer.from(last, 'hex')] as const]
      const session = sessionOf({ pieces, how: 'fin', endedBy: 0, keyLog: Buffer.alloc(0) })
      assert.deepEqual([session.outcome, session.abandonedAfterCertificate, alerts(session)], ['alert', true, [alert]])
      const silent = sessionOf({ pieces: pieces.slice(0, -1), how: 'reset', endedBy: 0, keyLog: Buffer.alloc(0) })
      assert.deepEqual([silent.outcome, silent.abandonedAfterCertificate], ['closed', true])
    }
  })

  test('nothing in common', async () => {
    const tooOld = sessionOf(
      await recordTls({ ...server, minVersion: 'TLSv1.3' }, { ...client, maxVersion: 'TLSv1.2' }),
    )
    assert.deepEqual(alerts(tooOld), [['server', 'protocol_version', true]])
    const ciphers = { ...server, maxVersion: 'TLSv1.2' as const, ciphers: 'ECDHE-ECDSA-AES256-GCM-SHA384' }
    const noCipher = sessionOf(await recordTls(ciphers, { ...client, ciphers: 'ECDHE-ECDSA-CHACHA20-POLY1305' }))
    assert.deepEqual(
      [alerts(noCipher), noCipher.serverHello, noCipher.outcome],
      [[['server', 'handshake_failure', true]], undefined, 'alert'],
    )
  })

  test('another group is asked for', async () => {
    const session = sessionOf(
      await recordTls({ ...server, ecdhCurve: 'P-384' }, { ...client, ecdhCurve: 'X25519:P-384' }),
    )
    assert.deepEqual([session.outcome, session.helloRetryRequest?.group], ['established', 24])
    assert.deepEqual([session.clientHello?.keyShareGroups, session.secondClientHello?.keyShareGroups], [[29], [24]])
  })

  test('a client certificate is demanded', async () => {
    const demanding = { ...server, requestCert: true, rejectUnauthorized: true, ca: [chain.root.cert] }
    const [old, current] = [{ ...client, maxVersion: 'TLSv1.2' as const }, client]
    for (const [options, wanted] of [
      [old, ['alert', 0]],
      [current, ['alert', 0]],
    ] as const) {
      const session = sessionOf(await recordTls(demanding, options))
      assert.equal(session.certificateRequest !== undefined, true)
      assert.deepEqual([session.clientCertificate?.count, wanted[1]], [0, 0])
    }
    const given = { key: leaf.key, cert: leaf.cert + chain.intermediate.cert }
    const session = sessionOf(await recordTls(demanding, { ...old, ...given }))
    assert.deepEqual([session.clientCertificate?.count, session.outcome], [2, 'established'])
    assert.equal(sessionOf(await recordTls(demanding, { ...current, ...given })).clientCertificate?.count, 1)
  })

  test('one side only, a hole, and a beginning in the middle', async () => {
    const recording = await recordTls(server, client)
    const clientOnly = { ...recording, pieces: recording.pieces.filter(([direction]) => direction === 0) }
    assert.deepEqual(
      [sessionOf(clientOnly).outcome, sessionOf(clientOnly).clientHello?.serverName],
      ['unanswered', 'shop.test'],
    )
    const late = new Traffic(NOW_SECONDS)
    replay(late.tcp({ serverPort: 443 }), { ...recording, pieces: recording.pieces.slice(3) })
    assert.deepEqual(
      [late.end('tls'), late.end('protocol').map(({ content, mismatch }) => [content, mismatch])],
      [[], [['tls', false]]],
    )
    const holed = new Traffic(NOW_SECONDS)
    const talk = holed.tcp({ serverPort: 443 }).client(recording.pieces[0][1])
    talk.gap(1, 500).server(recording.pieces[1][1]).end('fin', 0)
    assert.deepEqual(
      holed.end('tls').map(({ hasGap, outcome }) => [hasGap, outcome]),
      [[true, 'closed']],
    )
  })

  test('no change of bytes makes it throw', async () => {
    const recording = await recordTls(server, { ...client, maxVersion: 'TLSv1.2' })
    const total = recording.pieces.length
    const change = fc.record({ piece: fc.nat(total - 1), at: fc.nat(2500), value: fc.nat(255) })
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 6 }), (changes) => {
        const pieces = recording.pieces.map(([direction, bytes]) => [direction, Buffer.from(bytes)] as const)
        for (const { piece, at, value } of changes) if (at < pieces[piece][1].length) pieces[piece][1][at] = value
        const traffic = new Traffic(NOW_SECONDS)
        replay(traffic.tcp({ serverPort: 443 }), { ...recording, pieces })
        for (const session of traffic.end('tls')) {
          void [
            session.clientHello?.ja4,
            session.clientHello?.versions,
            session.outcome,
            session.abandonedAfterCertificate,
          ]
          const shown = session.certificateChain
          void [
            shown?.certificates,
            shown?.brokenLinkAt,
            shown?.isLeafAlone,
            shown?.coversServerName,
            shown?.leafExpired,
          ]
        }
      }),
      { numRuns: 500 },
    )
  })
})

test('an answer that is no TLS', () => {
  const hello = Buffer.from('1603010005010000010016', 'hex')
  const traffic = new Traffic()
  traffic.tcp({ serverPort: 80 }).client(hello).server('HTTP/1.1 400 Bad Request\r\n\r\n').end('fin', 1)
  assert.deepEqual(
    traffic.end('tls').map(({ notTls }) => [notTls?.from, notTls?.looksLike]),
    [['server', 'http']],
  )
  assert.deepEqual(
    traffic.end('fault').map(({ fault }) => fault),
    ['tls-malformed', 'tls-not-tls'],
  )
  assert.deepEqual(
    traffic.end('protocol').map(({ content, port, mismatch }) => [content, port, mismatch]),
    [['tls', 'http', true]],
  )
})
