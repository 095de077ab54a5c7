import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { after, before, describe, test } from 'node:test'
import { connect as connectTls, type ConnectionOptions, type TLSSocket } from 'node:tls'
import { TidegateError } from '#kernel'
import { formatIp } from '#wire'
import { CertificateStore } from './certificates.ts'
import { ANSWER, limitsOf, Recorder } from './testing/recorder.ts'
import { missingOpenssl, type TestCertificate, TestCertificates } from './testing/test-certificates.ts'

const skip = missingOpenssl() ?? false
/** A listener that answers every HTTP/1 connection and records what it was told. */
async function talk(port: number, ...segments: readonly (string | Buffer)[]): Promise<string> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true })
  socket.on('error', () => {})
  const answer = received(socket)
  for (const segment of segments) {
    socket.write(segment, 'latin1')
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  return answer
}

async function received(socket: Socket): Promise<string> {
  let text = ''
  socket.on('data', (bytes: Buffer) => {
    text += bytes.toString('latin1')
    if (text.endsWith('ok')) socket.end()
  })
  await new Promise((resolve) => socket.once('close', resolve))
  return text
}

const REQUEST = 'GET / HTTP/1.1\r\nhost: a\r\n\r\n'
const PROXY = 'PROXY TCP4 192.0.2.7 198.51.100.9 1234 443\r\n'

describe('a plain listener', () => {
  test('hands over connections with their facts, drains and closes', async () => {
    const recorder = new Recorder()
    await recorder.start({})
    const socket = connect({ port: recorder.port, host: '127.0.0.1' })
    socket.write(REQUEST)
    await once(socket, 'data')
    const facts = recorder.facts[0]
    assert.equal(formatIp(facts.remoteAddress), '127.0.0.1')
    assert.equal(facts.remotePort, socket.localPort)
    assert.equal(facts.localPort, recorder.port)
    assert.equal(facts.tls, undefined)
    const drained = recorder.listener!.drain()
    assert.equal(recorder.listener!.openConnections, 1)
    socket.write(REQUEST)
    await once(socket, 'data')
    socket.end()
    await drained
  })

  test('close destroys what is open', async () => {
    const recorder = new Recorder()
    await recorder.start({})
    const socket = connect({ port: recorder.port, host: '127.0.0.1' })
    socket.write(REQUEST)
    await once(socket, 'data')
    socket.on('error', () => {})
    await Promise.all([recorder.listener!.close(), new Promise((resolve) => socket.once('close', resolve))])
  })

  test('closes the oldest of an address that keeps back its request heads', async () => {
    const recorder = new Recorder()
    await recorder.start({}, { limits: limitsOf({ headsPerAddress: 2 }) })
    const slow = Array.from({ length: 4 }, () => connect({ port: recorder.port, host: '127.0.0.1' }))
    const closed = slow.slice(0, 2).map((socket) => once(socket, 'close'))
    for (const socket of slow) {
      await once(socket, 'connect')
      socket.on('error', () => {})
      socket.resume()
    }
    await Promise.all(closed)
    assert.deepEqual(
      recorder.faults.map((one) => one.fault),
      ['heads-per-address', 'heads-per-address'],
    )
    assert.ok(!slow[2].destroyed && !slow[3].destroyed)
    assert.equal(await talk(recorder.port, REQUEST), ANSWER)
    for (const socket of slow) socket.destroy()
    await recorder.listener!.close()
  })

  test('refuses connections over its limit', async () => {
    const recorder = new Recorder()
    await recorder.start({}, { limits: limitsOf({ connections: 1 }) })
    const first = connect({ port: recorder.port, host: '127.0.0.1' })
    first.write(REQUEST)
    await once(first, 'data')
    assert.equal(await talk(recorder.port, REQUEST), '')
    assert.deepEqual(
      recorder.faults.map((one) => one.fault),
      ['connection-limit'],
    )
    assert.equal(formatIp(recorder.faults[0].facts.remoteAddress), '127.0.0.1')
    first.destroy()
    await recorder.listener!.close()
  })

  test('names address and remedy when the port is in use', async () => {
    const recorder = new Recorder()
    await recorder.start({})
    const failure = new Recorder().start({ port: recorder.port })
    await assert.rejects(failure, (error) => {
      assert.ok(error instanceof TidegateError)
      assert.equal(error.code, 'ERR_LISTEN_FAILED')
      assert.match(error.message, new RegExp(`127.0.0.1:${recorder.port}: the port is in use`))
      assert.match(error.remedy ?? '', /another port/)
      return true
    })
    await recorder.listener!.close()
  })

  test('shares its port where the system balances', { skip: process.platform !== 'linux' }, async () => {
    const [one, other] = [new Recorder(), new Recorder()]
    await one.start({}, { reusePort: true })
    await other.start({ port: one.port }, { reusePort: true })
    for (let i = 0; i < 40; i++) assert.equal(await talk(one.port, REQUEST), ANSWER)
    assert.equal(one.facts.length + other.facts.length, 40)
    assert.ok(one.facts.length > 0 && other.facts.length > 0)
    await Promise.all([one.listener!.close(), other.listener!.close()])
  })
})

describe('a listener behind a PROXY protocol', () => {
  const recorder = new Recorder()
  before(() => recorder.start({ proxyProtocol: true }))
  after(() => recorder.listener!.close())

  const cases: readonly (readonly [
    name: string,
    segments: readonly string[],
    answer: string,
    fault: string | undefined,
  ])[] = [
    ['one segment', [PROXY + REQUEST], ANSWER, undefined],
    ['the header cut in two', [PROXY.slice(0, 9), PROXY.slice(9) + REQUEST], ANSWER, undefined],
    ['single bytes', [...PROXY, REQUEST], ANSWER, undefined],
    ['no header', [REQUEST], '', 'proxy-header-missing'],
    ['a malformed header', ['PROXY TCP4 1.2.3.4 5.6.7.8 x 1\r\n'], '', 'proxy-header-malformed'],
  ]
  for (const [name, segments, answer, fault] of cases) {
    test(`reads ${name}`, async () => {
      recorder.facts.length = 0
      recorder.faults.length = 0
      assert.equal(await talk(recorder.port, ...segments), answer)
      assert.equal(recorder.faults[0]?.fault, fault)
      if (fault !== undefined) return
      const facts = recorder.facts[0]
      assert.equal(formatIp(facts.remoteAddress), '192.0.2.7')
      assert.equal(facts.remotePort, 1234)
      assert.equal(formatIp(facts.localAddress), '198.51.100.9')
      assert.equal(facts.localPort, 443)
      assert.equal(formatIp(facts.peerAddress), '127.0.0.1')
    })
  }
})

describe('a TLS listener', { skip }, () => {
  const certificates = new TestCertificates()
  const recorder = new Recorder()
  let store: CertificateStore
  let first: TestCertificate
  let second: TestCertificate

  before(async () => {
    first = certificates.make({ names: ['first.test', '*.first.test'] })
    second = certificates.make({ names: ['second.test'], key: 'rsa' })
    store = new CertificateStore([first, second], Buffer.alloc(48, 3))
    await recorder.start({ tls: true }, { certificates: store, tlsHandshakeMs: 700 })
  })
  after(async () => {
    await recorder.listener!.close()
    certificates.remove()
  })

  async function handshake(options: ConnectionOptions): Promise<TLSSocket> {
    recorder.facts.length = 0
    recorder.faults.length = 0
    const socket = connectTls({ port: recorder.port, host: '127.0.0.1', rejectUnauthorized: false, ...options })
    socket.on('error', () => {})
    await once(socket, 'secureConnect')
    return socket
  }

  const names: readonly (readonly [asked: string, common: string])[] = [
    ['first.test', 'first.test'],
    ['A.First.TEST', 'first.test'],
    ['a.b.first.test', 'first.test'],
    ['second.test', 'second.test'],
    ['unknown.test', 'first.test'],
    ['', 'first.test'],
  ]
  for (const [asked, common] of names) {
    test(`answers the name "${asked}" with the certificate of ${common}`, async () => {
      const socket = await handshake({ servername: asked, ALPNProtocols: ['http/1.1'] })
      assert.equal(socket.getPeerCertificate().subject.CN, common)
      socket.write(REQUEST)
      assert.equal(await received(socket), ANSWER)
    })
  }

  test('says what the handshake showed', async () => {
    const socket = await handshake({ servername: 'A.first.test', ALPNProtocols: ['http/1.1'] })
    socket.write(REQUEST)
    await received(socket)
    const { tls } = recorder.facts[0]
    assert.match(tls?.ja4 ?? '', /^t13d\d{4}h1_[0-9a-f]{12}_[0-9a-f]{12}$/)
    assert.deepEqual(
      { ...tls, ja4: '', handshakeMs: 0 },
      {
        version: 'TLSv1.3',
        cipher: 'TLS_AES_128_GCM_SHA256',
        sni: 'a.first.test',
        alpn: 'http/1.1',
        ja4: '',
        handshakeMs: 0,
        resumed: false,
      },
    )
  })

  for (const maxVersion of ['TLSv1.2', 'TLSv1.3'] as const) {
    test(`resumes ${maxVersion} sessions on another listener with the same ticket keys`, async () => {
      const socket = await handshake({ servername: 'second.test', ALPNProtocols: ['http/1.1'], maxVersion })
      let session: Buffer | undefined = socket.getSession()
      socket.on('session', (ticket: Buffer) => (session = ticket))
      socket.write(REQUEST)
      await received(socket)
      const other = new Recorder()
      await other.start({ tls: true }, { certificates: new CertificateStore([first, second], Buffer.alloc(48, 3)) })
      const again = connectTls({
        port: other.port,
        host: '127.0.0.1',
        rejectUnauthorized: false,
        servername: 'second.test',
        ALPNProtocols: ['http/1.1'],
        maxVersion,
        session: session!,
      })
      again.write(REQUEST)
      assert.equal(await received(again), ANSWER)
      assert.equal(other.facts[0].tls?.resumed, true)
      await other.listener!.close()
    })
  }

  test('reload swaps certificates and keeps open connections', async () => {
    const socket = await handshake({ servername: 'second.test', ALPNProtocols: ['http/1.1'] })
    const third = certificates.make({ names: ['second.test'] })
    store.reload([first, third])
    const fresh = await handshake({ servername: 'second.test', ALPNProtocols: ['http/1.1'] })
    assert.notEqual(fresh.getPeerCertificate().fingerprint256, socket.getPeerCertificate().fingerprint256)
    fresh.destroy()
    socket.write(REQUEST)
    assert.equal(await received(socket), ANSWER)
    store.reload([first, second])
  })

  test('tells a plain HTTP client to use https', async () => {
    recorder.faults.length = 0
    assert.match(await talk(recorder.port, REQUEST), /^HTTP\/1.1 400 [^]*This port speaks TLS/)
    assert.deepEqual(
      recorder.faults.map((one) => one.fault),
      ['plain-http-on-tls-port'],
    )
  })

  test('closes what is no ClientHello', async () => {
    recorder.faults.length = 0
    assert.equal(await talk(recorder.port, Buffer.from([22, 3, 1, 0, 5, 2, 0, 0, 1, 0])), '')
    assert.deepEqual(
      recorder.faults.map((one) => one.fault),
      ['tls-hello-malformed'],
    )
  })

  test('closes a connection that does not finish its handshake in time', async () => {
    recorder.faults.length = 0
    assert.equal(await talk(recorder.port, Buffer.from([22, 3, 1])), '')
    assert.deepEqual(
      recorder.faults.map((one) => one.fault),
      ['tls-handshake-timeout'],
    )
  })

  test('does not wait for a client that closes during the handshake', async () => {
    recorder.faults.length = 0
    const socket = connectTls({
      port: recorder.port,
      host: '127.0.0.1',
      servername: 'first.test',
      rejectUnauthorized: true,
    })
    await new Promise((resolve) => socket.once('error', resolve))
    const raw = connect({ port: recorder.port, host: '127.0.0.1', allowHalfOpen: true })
    raw.end(Buffer.from([22, 3, 1]))
    await new Promise((resolve) => raw.resume().once('end', resolve))
    raw.destroy()
    assert.deepEqual(
      recorder.faults.filter((one) => one.fault === 'tls-handshake-timeout'),
      [],
    )
  })

  test('says in words why a handshake failed, with the JA4 of the client', async () => {
    recorder.faults.length = 0
    const socket = connectTls({
      port: recorder.port,
      host: '127.0.0.1',
      servername: 'first.test',
      ALPNProtocols: ['spdy'],
    })
    await new Promise((resolve) => socket.once('error', resolve))
    await new Promise((resolve) => setTimeout(resolve, 20))
    assert.match(recorder.faults[0].detail, /ALPN/)
    assert.equal(recorder.faults[0].hello?.sni, 'first.test')
    assert.match(recorder.faults[0].hello?.ja4 ?? '', /^t13d/)
  })

  test('reads a PROXY header before the handshake', async () => {
    const behind = new Recorder()
    await behind.start({ tls: true, proxyProtocol: true }, { certificates: store })
    const raw = connect({ port: behind.port, host: '127.0.0.1' })
    raw.write(PROXY)
    const socket = connectTls({
      socket: raw,
      rejectUnauthorized: false,
      servername: 'first.test',
      ALPNProtocols: ['http/1.1'],
    })
    socket.write(REQUEST)
    assert.equal(await received(socket), ANSWER)
    assert.equal(formatIp(behind.facts[0].remoteAddress), '192.0.2.7')
    assert.equal(behind.facts[0].tls?.sni, 'first.test')
    await behind.listener!.close()
  })
})
