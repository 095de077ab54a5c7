import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { CryptoStream } from './crypto-stream.ts'
import { readInitialFrames } from './frames.ts'
import { type QuicLongHeader, readQuicHeader } from './header.ts'
import { headerMask, initialKeys, openInitial } from './initial-protection.ts'
import { closeFrame, cryptoFrame, retryPacket, sealInitial, versionNegotiation } from './testing/seal-initial.ts'
import { QUIC_V1, QUIC_V2 } from './version.ts'

const ID = Buffer.from('8394c8f03e515708', 'hex')
const EMPTY = Buffer.alloc(0)

test('keys of Initial packets are those of RFC 9001 appendix A.1 and RFC 9369 appendix A.1', () => {
  const cases: readonly (readonly [number, 'client' | 'server', key: string, iv: string, headerProtection: string])[] =
    [
      [
        QUIC_V1,
        'client',
        '1f369613dd76d5467730efcbe3b1a22d',
        'fa044b2f42a3fd3b46fb255c',
        '9f50449e04a0e810283a1e9933adedd2',
      ],
      [
        QUIC_V1,
        'server',
        'cf3a5331653c364c88f0f379b6067e37',
        '0ac1493ca1905853b0bba03e',
        'c206b8d9b9f0f37644430b490eeaa314',
      ],
      [
        QUIC_V2,
        'client',
        '8b1a0bc121284290a29e0971b5cd045d',
        '91f73e2351d8fa91660e909f',
        '45b95e15235d6f45a6b19cbcb0294ba9',
      ],
      [
        QUIC_V2,
        'server',
        '82db637861d55e1d011f19ea71d5d2a7',
        'dd13c276499c0249d3310652',
        'edf6d05c83121201b436e16877593c3a',
      ],
    ]
  for (const [version, side, ...expected] of cases) {
    const { key, iv, headerProtection } = initialKeys(version, ID, side)!
    assert.deepEqual(
      [key, iv, headerProtection].map((bytes) => bytes.toString('hex')),
      expected,
    )
  }
  // RFC 9001 appendix A.2.
  const sample = Buffer.from('d1b1c98dd7689fb8ec11d242b123dc9b', 'hex')
  assert.equal(headerMask(initialKeys(QUIC_V1, ID, 'client')!, sample).toString('hex', 0, 5), '437b9aec36')
  assert.equal(initialKeys(0x1a2a3a4a, ID, 'client'), undefined)
})

function framesOf(contents: Buffer): unknown[] {
  const seen: unknown[] = []
  const whole = readInitialFrames(contents, {
    onCrypto: (offset, bytes) => seen.push([offset, bytes.toString('latin1')]),
    onClose: (errorCode, reason) => seen.push({ errorCode, reason }),
  })
  return whole ? seen : [...seen, 'broken']
}

test('what was sealed opens, in a datagram with another packet', () => {
  const ack = Buffer.from([0x02, 5, 0, 1, 0, 1, 1, 0x01])
  const frames = Buffer.concat([ack, cryptoFrame(5, Buffer.from('hello')), closeFrame(0x128, 'no')])
  for (const version of [QUIC_V1, QUIC_V2]) {
    for (const side of ['client', 'server'] as const) {
      const plan = { version, side, keyId: ID, destinationId: ID, token: Buffer.alloc(70), frames, paddedBytes: 900 }
      const packet = sealInitial({ ...plan, packetNumber: 700 })
      const datagram = Buffer.concat([Buffer.alloc(3), packet, sealInitial(plan)])
      const header = readQuicHeader(datagram, 3, datagram.length) as QuicLongHeader
      assert.deepEqual([header.type, header.version, header.tokenBytes], ['initial', version, 70])
      assert.equal(header.end, 3 + packet.length)
      const contents = openInitial(datagram, header, initialKeys(version, ID, side)!)
      assert.deepEqual(framesOf(contents!), [[5, 'hello'], { errorCode: 0x128, reason: 'no' }])
      assert.equal(openInitial(datagram, header, initialKeys(version, EMPTY, side)!), undefined)
    }
  }
})

test('headers', () => {
  const negotiation = versionNegotiation(ID, EMPTY, [QUIC_V1, 0x1a2a3a4a])
  assert.deepEqual(readQuicHeader(negotiation, 0, negotiation.length), {
    form: 'version-negotiation',
    destinationId: ID,
    sourceId: EMPTY,
    versions: [QUIC_V1, 0x1a2a3a4a],
  })
  const retry = readQuicHeader(retryPacket(EMPTY, ID, ID), 0, 40) as QuicLongHeader
  assert.deepEqual([retry.type, retry.packetNumberAt], ['retry', -1])
  assert.equal(readQuicHeader(Buffer.from([0x40, 1]), 0, 2).form, 'short')
  assert.equal(readQuicHeader(Buffer.from([0x00, 1]), 0, 2).form, 'malformed')
  const unknown = Buffer.from(`c0ff00123415${'00'.repeat(21)}00`, 'hex')
  assert.equal((readQuicHeader(unknown, 0, unknown.length) as QuicLongHeader).type, undefined)
  const tooLong = Buffer.from(`c00000000115${'00'.repeat(21)}00`, 'hex')
  assert.equal(readQuicHeader(tooLong, 0, tooLong.length).form, 'malformed')
})

test('pieces of the handshake in any order make the same whole', () => {
  const message = Buffer.from(Array.from({ length: 300 }, (_, index) => index & 255))
  const cuts = fc.array(fc.record({ at: fc.nat(299), length: fc.nat(80) }), { minLength: 1, maxLength: 20 })
  fc.assert(
    fc.property(cuts, (pieces) => {
      const stream = new CryptoStream()
      const seen = new Uint8Array(301)
      for (const { at, length } of pieces) {
        assert.ok(stream.add(at, message.subarray(at, at + length)))
        seen.fill(1, at, Math.min(300, at + length))
      }
      const whole = seen.indexOf(0)
      assert.equal(stream.wholeBytes, whole)
      assert.deepEqual(stream.whole, message.subarray(0, whole))
    }),
  )
  assert.equal(new CryptoStream().add(65_536, Buffer.from([1])), false)
  const holes = new CryptoStream()
  const added = Array.from({ length: 300 }, (_, index) => holes.add(index * 2, Buffer.from([1])))
  assert.deepEqual([added[100], added[299]], [true, false])
})

test('no bytes make it throw', () => {
  const packet = sealInitial({ keyId: ID, destinationId: ID, frames: cryptoFrame(0, ID), paddedBytes: 60 })
  const keys = initialKeys(QUIC_V1, ID, 'client')!
  const change = fc.record({ at: fc.nat(packet.length - 1), value: fc.nat(255) })
  fc.assert(
    fc.property(fc.array(change, { maxLength: 5 }), fc.nat(packet.length), (changes, cut) => {
      const hostile = Buffer.from(packet.subarray(0, packet.length - cut))
      for (const { at, value } of changes) if (at < hostile.length) hostile[at] = value
      const header = readQuicHeader(hostile, 0, hostile.length)
      if (header.form === 'long') openInitial(hostile, header, keys)
    }),
    { numRuns: 2000 },
  )
  fc.assert(fc.property(fc.uint8Array({ maxLength: 100 }), (random) => void framesOf(Buffer.from(random))))
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 100 }),
      (random) => void readQuicHeader(Buffer.from(random), 0, random.length),
    ),
  )
})
