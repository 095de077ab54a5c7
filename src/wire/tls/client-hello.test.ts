import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { before, describe, test } from 'node:test'
import { connect, type ConnectionOptions } from 'node:tls'
import * as fc from 'fast-check'
import { type ClientHello, readClientHello } from './client-hello.ts'
import { buildHello, inRecords } from './hello-builder.ts'

/** The first bytes of a real TLS client. */
async function capture(options: ConnectionOptions): Promise<Buffer> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = address !== null && typeof address === 'object' ? address.port : 0
  const client = connect({ port, host: '127.0.0.1', ...options })
  client.on('error', () => {})
  const [socket] = await once(server, 'connection')
  const [bytes] = await once(socket, 'data')
  client.destroy()
  socket.destroy()
  server.close()
  return bytes
}

function complete(bytes: Buffer): ClientHello {
  const result = readClientHello(bytes)
  assert.equal(result.state, 'complete')
  return result.hello
}

describe('the ClientHello of a real client', () => {
  let bytes: Buffer
  before(async () => {
    bytes = await capture({
      servername: 'Shop.Test',
      ALPNProtocols: ['h2', 'http/1.1'],
      ciphers: 'TLS_AES_128_GCM_SHA256',
    })
  })

  test('says what it was told to say', () => {
    const hello = complete(bytes)
    assert.equal(hello.serverName, 'shop.test')
    assert.deepEqual(hello.alpn, ['h2', 'http/1.1'])
    assert.ok(hello.supportedVersions.includes(0x0304))
    assert.ok(hello.ciphers.includes(0x1301))
    assert.ok(hello.signatureAlgorithms.includes(0x0403))
    assert.equal(hello.legacyVersion, 0x0303)
  })

  test('is read from any beginning only when it is whole, and asks for no more than it needs', () => {
    for (let length = 0; length < bytes.length; length++) {
      const result = readClientHello(bytes.subarray(0, length))
      assert.equal(result.state, 'incomplete')
      if (result.state === 'incomplete') assert.ok(result.needBytes > length && result.needBytes <= bytes.length)
    }
  })

  test('is the same over many records', () => {
    const message = bytes.subarray(5)
    for (const size of [40, 100, 511]) assert.deepEqual(complete(inRecords(message, size)), complete(bytes))
  })

  test('with any byte changed or cut never throws', () => {
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.nat(255), fc.nat(bytes.length), (at, value, length) => {
        const changed = Buffer.from(bytes)
        changed[at] = value
        readClientHello(changed.subarray(0, length))
        readClientHello(changed)
      }),
      { numRuns: 3000 },
    )
  })
})

const MALFORMED: readonly (readonly [name: string, bytes: Buffer, reason: RegExp])[] = [
  ['HTTP', Buffer.from('GET / HTTP/1.1\r\n\r\n'), /no handshake/],
  ['an alert', Buffer.from([21, 3, 1, 0, 2, 2, 40]), /no handshake/],
  ['an empty record', Buffer.from([22, 3, 1, 0, 0]), /impossible length/],
  ['a record of 64 KiB', Buffer.from([22, 3, 1, 255, 255]), /impossible length/],
  ['SSL 2 version bytes', Buffer.from([22, 2, 0, 0, 5, 1, 0, 0, 1, 0]), /no TLS handshake/],
  ['a ServerHello', inRecords(Buffer.from([2, 0, 0, 1, 0]), 100), /no ClientHello/],
  ['a message of 1 MiB', inRecords(Buffer.from([1, 16, 0, 0, 0]), 100), /longer than 64 KiB/],
  ['one-byte records', inRecords(Buffer.concat([Buffer.from([1, 0, 1, 0]), Buffer.alloc(256)]), 1), /too many records/],
  ['a body of 5 bytes', inRecords(Buffer.from([1, 0, 0, 5, 3, 3, 0, 0, 0]), 100), /cut off/],
]

for (const [name, bytes, reason] of MALFORMED) {
  test(`${name} is no ClientHello`, () => {
    const result = readClientHello(bytes)
    assert.equal(result.state, 'malformed')
    if (result.state === 'malformed') assert.match(result.detail, reason)
  })
}

test('random bytes behind a record header never throw', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 400 }), (noise) => {
      readClientHello(Buffer.from(noise))
      readClientHello(
        inRecords(Buffer.concat([Buffer.from([1, 0, noise.length >> 8, noise.length & 255]), noise]), 16_384),
      )
    }),
    { numRuns: 3000 },
  )
})

test('a hello without extensions is complete', () => {
  const hello = complete(buildHello({ ciphers: [0x002f], extensions: undefined }))
  assert.deepEqual(hello.ciphers, [0x002f])
  assert.equal(hello.hasServerName, false)
})
