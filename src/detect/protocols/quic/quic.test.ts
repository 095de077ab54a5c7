import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { helloMessage } from '../../../wire/quic/testing/client-hello.ts'
import {
  closeFrame,
  cryptoFrame,
  retryPacket,
  sealInitial,
  versionNegotiation,
} from '../../../wire/quic/testing/seal-initial.ts'
import { QUIC_V1, QUIC_V2 } from '#wire'
import { Traffic } from '../testing/traffic.ts'

const CLIENT_ID = Buffer.from('8394c8f03e515708', 'hex')
const SERVER_ID = Buffer.from('f067a5502a4262b5', 'hex')
const HELLO = helloMessage('shop.test', 'h3')
const SERVER_HELLO = Buffer.from(
  `0200002c0303${'11'.repeat(32)}001301000006002b00020304`.replace('0200002c', '0200002e'),
  'hex',
)
const SHORT_HEADER = Buffer.from(`40${'ab'.repeat(30)}`, 'hex')

function clientInitial(frames: Buffer, packetNumber = 0, version: number = QUIC_V1, keyId: Buffer = CLIENT_ID): Buffer {
  return sealInitial({ version, keyId, destinationId: keyId, packetNumber, frames, paddedBytes: 1150 })
}

function serverInitial(frames: Buffer): Buffer {
  return sealInitial({ side: 'server', keyId: CLIENT_ID, destinationId: Buffer.alloc(0), sourceId: SERVER_ID, frames })
}

test('a connection, its hello in several pieces and packets', () => {
  for (const version of [QUIC_V1, QUIC_V2]) {
    const traffic = new Traffic()
    const later = Buffer.concat([cryptoFrame(100, HELLO.subarray(100)), Buffer.from([0x01])])
    const talk = traffic.udp({ serverPort: 443 })
    talk
      .client(clientInitial(later, 0, version))
      .client(clientInitial(cryptoFrame(0, HELLO.subarray(0, 120)), 1, version))
    const answer = sealInitial({
      version,
      side: 'server',
      keyId: CLIENT_ID,
      destinationId: CLIENT_ID,
      frames: cryptoFrame(0, SERVER_HELLO),
    })
    talk.server(answer).client(SHORT_HEADER).server(SHORT_HEADER).server(SHORT_HEADER).end()
    const [session, ...others] = traffic.end('quic')
    assert.deepEqual([others, traffic.end('fault')], [[], []])
    const { clientHello, serverHello } = session
    assert.deepEqual([session.outcome, session.versionName], ['established', version === QUIC_V1 ? '1' : '2'])
    assert.deepEqual([clientHello?.serverName, clientHello?.alpn, clientHello?.segments], ['shop.test', ['h3'], 2])
    assert.match(clientHello!.ja4, /^q13d0205h3_/)
    assert.deepEqual(
      [serverHello?.cipherName, session.clientInitials, session.serverInitials],
      ['TLS_AES_128_GCM_SHA256', 2, 1],
    )
    assert.deepEqual([session.answerNs, session.clientOneRtt?.frame, session.serverOneRtt?.frame], [2e6, 4, 5])
    assert.deepEqual(
      traffic.end('protocol').map(({ content, mismatch }) => [content, mismatch]),
      [['quic', false]],
    )
  }
})

test('connections that come to nothing', () => {
  const hello = clientInitial(cryptoFrame(0, HELLO))
  const cases: readonly (readonly [server: readonly Buffer[], outcome: string, end: 'open' | 'timeout'])[] = [
    [[], 'unanswered', 'open'],
    [[versionNegotiation(Buffer.alloc(0), CLIENT_ID, [0x1a2a3a4a])], 'refused-version', 'open'],
    [[serverInitial(closeFrame(0x128, 'no'))], 'closed', 'open'],
    [[serverInitial(cryptoFrame(0, SERVER_HELLO))], 'open', 'open'],
    [[serverInitial(cryptoFrame(0, SERVER_HELLO))], 'handshake', 'timeout'],
  ]
  for (const [answers, outcome, end] of cases) {
    const traffic = new Traffic()
    const talk = traffic.udp({ serverPort: 443 }).client(hello).client(hello)
    for (const answer of answers) talk.server(answer)
    talk.end(end)
    const [session] = traffic.end('quic')
    assert.deepEqual(
      [session.outcome, session.clientInitials, session.clientHello?.serverName],
      [outcome, 2, 'shop.test'],
    )
    if (outcome === 'closed')
      assert.deepEqual([session.close?.from, session.close?.alert, session.close?.reason], ['server', 40, 'no'])
    if (outcome === 'refused-version') assert.deepEqual(session.versionNegotiation?.versions, [0x1a2a3a4a])
  }
})

test('after Retry the keys are new', () => {
  const traffic = new Traffic()
  const talk = traffic.udp({ serverPort: 443 }).client(clientInitial(cryptoFrame(0, HELLO.subarray(0, 50))))
  talk.server(retryPacket(Buffer.alloc(0), SERVER_ID, Buffer.from('token')))
  talk.client(clientInitial(cryptoFrame(0, HELLO), 1, QUIC_V1, SERVER_ID)).end()
  const [session] = traffic.end('quic')
  assert.deepEqual([session.retry?.frame, session.clientHello?.serverName, traffic.end('fault')], [2, 'shop.test', []])
})

test('an Initial that does not open is told once', () => {
  const traffic = new Traffic()
  const packet = clientInitial(cryptoFrame(0, HELLO))
  packet[packet.length - 1] ^= 1
  traffic.udp({ serverPort: 443 }).client(packet).client(packet).end()
  assert.deepEqual(
    traffic.end('fault').map(({ fault }) => fault),
    ['quic-not-decryptable'],
  )
})

test('no bytes make it throw', () => {
  const packets = [clientInitial(cryptoFrame(0, HELLO)), serverInitial(cryptoFrame(0, SERVER_HELLO)), SHORT_HEADER]
  const change = fc.record({ at: fc.nat(60), value: fc.nat(255) })
  const piece = fc.tuple(
    fc.nat(2),
    fc.array(change, { maxLength: 2 }),
    fc.constantFrom(0 as const, 1 as const),
    fc.nat(1300),
  )
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 5 }), (pieces) => {
      const traffic = new Traffic()
      const talk = traffic.udp({ serverPort: 443 })
      for (const [which, changes, direction, cut] of pieces) {
        const bytes = Buffer.from(
          packets[which].subarray(0, Math.max(1, packets[which].length - (cut % 7 === 0 ? cut : 0))),
        )
        for (const { at, value } of changes) if (at < bytes.length) bytes[at] = value
        talk.say(direction, bytes)
      }
      talk.end()
      for (const session of traffic.end('quic')) void [session.outcome, session.clientHello?.ja4]
    }),
    { numRuns: 300 },
  )
})
