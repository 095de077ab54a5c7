import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer, type Server, type Socket } from 'node:net'
import { after, before, describe, test } from 'node:test'
import { createServer as createTlsServer } from 'node:tls'
import { TidegateError } from '#kernel'
import { createDialer, type Dialer, type DialFailure, type DialTarget } from './dial.ts'
import { missingOpenssl, type TestCertificate, TestCertificates } from './testing/test-certificates.ts'

const skip = missingOpenssl() ?? false

function outcome(dialer: Dialer): Promise<Socket | DialFailure> {
  return new Promise((resolve) => dialer.dial({ onDialed: resolve, onDialFailed: resolve }))
}

async function listening(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  return address !== null && typeof address === 'object' ? address.port : 0
}

const target = (port: number, rest: Partial<DialTarget> = {}): DialTarget => ({
  host: '127.0.0.1',
  port,
  secure: false,
  verify: true,
  connectTimeoutMs: 500,
  ...rest,
})

async function failure(rest: DialTarget): Promise<DialFailure> {
  const result = await outcome(createDialer(rest))
  assert.ok('kind' in result, 'connected')
  return result
}

async function greeting(dialer: Dialer): Promise<string> {
  const socket = await outcome(dialer)
  assert.ok(!('kind' in socket), 'kind' in socket ? socket.detail : '')
  const [bytes] = await once(socket, 'data')
  // Tickets follow the handshake and are handed out a turn later.
  await new Promise((resolve) => setTimeout(resolve, 20))
  socket.destroy()
  return String(bytes)
}

describe('dialling a plain origin', () => {
  const server = createServer((socket) => socket.on('error', () => {}).pipe(socket))
  let port = 0
  before(async () => {
    port = await listening(server)
  })
  after(() => server.close())

  test('connects, reading into the buffer that was given', async () => {
    const buffer = Buffer.alloc(64)
    const socket = await new Promise<Socket>((resolve, reject) => {
      const seen = (bytesRead: number): boolean => {
        assert.equal(buffer.toString('latin1', 0, bytesRead), 'hello')
        socket.destroy()
        return true
      }
      createDialer(target(port)).dial({ onDialed: resolve, onDialFailed: reject }, { buffer, callback: seen })
    })
    socket.write('hello')
    await once(socket, 'close')
  })

  test('prefers no address family: localhost works', async () => {
    const result = await outcome(createDialer(target(port, { host: 'localhost' })))
    assert.ok(!('kind' in result))
    result.destroy()
  })

  test('destroying the socket gives up without a word', async () => {
    let calls = 0
    const count = (): void => void calls++
    const socket = createDialer(target(port)).dial({ onDialed: count, onDialFailed: count })
    socket.destroy()
    await new Promise((resolve) => setTimeout(resolve, 50))
    assert.equal(calls, 0)
  })

  test('says that nothing listens', async () => {
    const closed = createServer()
    const free = await listening(closed)
    closed.close()
    assert.deepEqual(await failure(target(free)), {
      kind: 'refused',
      detail: `127.0.0.1:${free} refused the connection: nothing listens there`,
    })
  })

  test('says that a name does not exist', async () => {
    assert.equal((await failure(target(80, { host: 'no-such-host.invalid' }))).kind, 'dns')
  })
})

describe('dialling a TLS origin', { skip }, () => {
  const certificates = new TestCertificates()
  const authority = certificates.make({ names: ['Test authority'] })
  const servers: Server[] = []
  after(() => {
    for (const server of servers) server.close()
    certificates.remove()
  })

  async function origin(certificate: TestCertificate): Promise<number> {
    const options = {
      cert: readFileSync(certificate.certFile),
      key: readFileSync(certificate.keyFile),
      ALPNProtocols: ['http/1.1'],
    }
    const server = createTlsServer(options, (socket) => {
      socket.on('error', () => {})
      socket.write(`${String(socket.servername)} ${String(socket.alpnProtocol)} ${String(socket.isSessionReused())}\n`)
    })
    servers.push(server)
    return listening(server)
  }

  test('verifies against the authorities file, sends the name, and resumes', async () => {
    const certificate = certificates.make({ names: ['origin.test'], issuer: authority })
    const port = await origin(certificate)
    const dialer = createDialer(target(port, { secure: true, caFile: authority.certFile, serverName: 'origin.test' }))
    assert.equal(await greeting(dialer), 'origin.test http/1.1 false\n')
    assert.equal(await greeting(dialer), 'origin.test http/1.1 true\n')
  })

  test('verifies an address without sending it as a name', async () => {
    const port = await origin(certificates.make({ names: ['IP:127.0.0.1'], issuer: authority }))
    const dialer = createDialer(target(port, { secure: true, caFile: authority.certFile }))
    assert.equal(await greeting(dialer), 'false http/1.1 false\n')
  })

  const refused: readonly (readonly [
    name: string,
    names: readonly string[],
    issued: boolean,
    rest: Partial<DialTarget>,
    reason: RegExp,
  ])[] = [
    ['an unknown authority', ['IP:127.0.0.1'], true, {}, /failed verification/],
    ['a self-signed certificate', ['IP:127.0.0.1'], false, {}, /self-signed; name it in `ca`/],
    [
      'another name',
      ['other.test'],
      true,
      { caFile: authority.certFile, serverName: 'origin.test' },
      /is not for origin.test/,
    ],
  ]
  for (const [name, names, issued, rest, reason] of refused) {
    test(`refuses ${name} in words, unless verification is off`, async () => {
      const port = await origin(certificates.make({ names, ...(issued ? { issuer: authority } : {}) }))
      const { kind, detail } = await failure(target(port, { secure: true, ...rest }))
      assert.equal(kind, 'tls')
      assert.match(detail, reason)
      assert.match(await greeting(createDialer(target(port, { secure: true, verify: false, ...rest }))), /http/)
    })
  }

  test('refuses an expired certificate in words', async () => {
    const expired = certificates.make({ names: ['IP:127.0.0.1'], days: -1 })
    const port = await origin(expired)
    const { detail } = await failure(target(port, { secure: true, caFile: expired.certFile }))
    assert.match(detail, /has expired/)
  })

  test('says that an origin does not speak TLS, or says nothing at all', async () => {
    const plain = createServer((socket) => socket.on('error', () => {}).end('HTTP/1.1 400 Bad Request\r\n\r\n'))
    const silent = createServer((socket) => socket.on('error', () => {}))
    servers.push(plain, silent)
    assert.match((await failure(target(await listening(plain), { secure: true }))).detail, /does not speak TLS/)
    assert.equal((await failure(target(await listening(silent), { secure: true }))).kind, 'timeout')
  })

  test('names an authorities file that cannot be used', () => {
    assert.throws(
      () => createDialer(target(1, { secure: true, caFile: '/nowhere/ca.pem' })),
      (error) =>
        error instanceof TidegateError &&
        error.code === 'ERR_CERTIFICATE_INVALID' &&
        error.message.includes('/nowhere/ca.pem'),
    )
  })
})
