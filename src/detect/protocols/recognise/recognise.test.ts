import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import type { ProtocolName } from '../contract.ts'
import { Traffic } from '../testing/traffic.ts'

type Case = readonly [port: number, from: 0 | 1, bytes: string, content: ProtocolName | undefined, mismatch: boolean]

const hex = (text: string): string => Buffer.from(text, 'hex').toString('latin1')

const STREAMS: readonly Case[] = [
  [80, 0, 'GET / HTTP/1.1\r\n', 'http', false],
  [443, 0, 'GET / HTTP/1.1\r\n', 'http', true],
  [8000, 0, 'PROPFIND / HTTP/1.1\r\n', 'http', false],
  [80, 0, 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'http2', false],
  [443, 0, hex('16030100050100000100'), 'tls', false],
  [80, 0, hex('16030100050100000100'), 'tls', true],
  [80, 1, 'SSH-2.0-OpenSSH_9.2p1\r\n', 'ssh', true],
  [22, 1, 'SSH-2.0-OpenSSH_9.2p1\r\n', 'ssh', false],
  [25, 1, '220 mail.test ESMTP Postfix\r\n', 'smtp', false],
  [21, 1, '220 (vsFTPd 3.0.3)\r\n', 'ftp', false],
  [2121, 1, '220-ProFTPD Server\r\n', 'ftp', false],
  [143, 1, '* OK IMAP4rev1 ready\r\n', 'imap', false],
  [110, 1, '+OK ready\r\n', 'pop3', false],
  [3306, 1, hex('4a0000000a382e302e333600'), 'mysql', false],
  [5432, 0, hex('0000000804d2162f'), 'postgresql', false],
  [6379, 0, '*1\r\n$4\r\nPING\r\n', 'redis', false],
  [1883, 0, hex('101000044d5154540402003c0004'), 'mqtt', false],
  [389, 0, hex('300c020101600702010304008000'), 'ldap', false],
  [445, 0, hex('00000045ff534d4272000000'), 'smb', false],
  [3389, 0, hex('030000130ee000000000000100080003000000'), 'rdp', false],
  [179, 0, `${'\xff'.repeat(16)}\x00\x1d\x01`, 'bgp', false],
  [1080, 0, hex('050100'), 'socks', false],
  [6881, 0, '\x13BitTorrent protocol', 'bittorrent', false],
  [5900, 1, 'RFB 003.008\n', 'vnc', false],
  [23, 1, hex('fffd18fffd20'), 'telnet', false],
  [5222, 0, "<?xml version='1.0'?><stream:stream>", 'xmpp', false],
  [80, 0, 'PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\nGET / HTTP/1.1\r\n', 'http', false],
  [443, 0, `${hex('0d0a0d0a000d0a515549540a20000000')}GET / HTTP/1.1\r\n`, 'http', true],
]

test('streams are known by their first bytes, however they are cut', () => {
  for (const [port, from, text, content, mismatch] of STREAMS) {
    for (const size of [1000, 1]) {
      const traffic = new Traffic()
      const talk = traffic.tcp({ serverPort: port })
      for (let at = 0; at < text.length; at += size) talk.say(from, text.slice(at, at + size))
      const guesses = traffic.end('protocol')
      // A SOCKS greeting is told by the length of its segment.
      if (size === 1 && content === 'socks') continue
      assert.deepEqual(
        guesses.map((guess) => [guess.content, guess.mismatch, guess.from]),
        [[content, mismatch, from === 0 ? 'client' : 'server']],
        `${JSON.stringify(text)} in pieces of ${size}`,
      )
    }
  }
})

test('what servers say of themselves', () => {
  const traffic = new Traffic()
  traffic.tcp({ serverPort: 22 }).server('SSH-2.0-OpenSSH_9.2p1\r\nmore')
  traffic.tcp({ serverPort: 25 }).server(`220 ${'x'.repeat(400)} ESMTP`)
  const [ssh, smtp] = traffic.end('protocol')
  assert.deepEqual([ssh.banner, smtp.banner?.length], ['SSH-2.0-OpenSSH_9.2p1', 256])
})

test('a stream that is like nothing is given up once', () => {
  const traffic = new Traffic()
  const talk = traffic.tcp({ serverPort: 80 })
  for (let count = 0; count < 10; count++) talk.client('\x01\x02\x03\x04nothing that is known here')
  talk.end()
  assert.deepEqual(talk.wanted, [false, true])
  assert.deepEqual(
    traffic.end('protocol').map(({ content, port, mismatch }) => [content, port, mismatch]),
    [[undefined, 'http', false]],
  )
})

test('what asks may be the end that the ports make the server', () => {
  const traffic = new Traffic()
  traffic
    .tcp({ serverPort: 40_000, clientPort: 80 })
    .server('GET / HTTP/1.1\r\nHost: a\r\n\r\n')
    .client('HTTP/1.1 204 No Content\r\n\r\n')
  const [{ client, server, outcome }] = traffic.end('http')
  assert.deepEqual([client.port, server.port, outcome], [40_000, 80, 'answered'])
})

test('TLS after words in the clear', () => {
  const hello = hex('16030100050100000100')
  const traffic = new Traffic()
  traffic
    .tcp({ serverPort: 25 })
    .server('220 mail ESMTP\r\n')
    .client('EHLO a\r\n')
    .server('250 STARTTLS\r\n')
    .client('STARTTLS\r\n')
    .server('220 go\r\n')
    .client(hello)
    .end()
  const connect = 'CONNECT shop.test:443 HTTP/1.1\r\nHost: shop.test:443\r\n\r\n'
  traffic.tcp({ serverPort: 3128 }).client(connect).server('HTTP/1.1 200 OK\r\n\r\n').client(hello).end()
  assert.deepEqual(
    traffic.end('tls').map(({ flow }) => flow),
    [0, 1],
  )
  assert.deepEqual(
    traffic.end('http').map(({ outcome }) => outcome),
    ['tunnel'],
  )
})

const DATAGRAMS: readonly (readonly [
  port: number,
  bytes: string,
  content: ProtocolName | undefined,
  mismatch: boolean,
])[] = [
  [53, '00010100000100000000000001610474657374000001000100', 'dns', false],
  [9999, '000101000001000000000000016104746573740000010001', 'dns', false],
  [9999, '00010100000100000000000001610474657374000001000100', undefined, false],
  [123, `23${'00'.repeat(47)}`, 'ntp', false],
  [3478, `000100002112a442${'00'.repeat(12)}`, 'stun', false],
  [443, `16fefd${'00'.repeat(20)}`, 'dtls', false],
  [53, `000100002112a442${'00'.repeat(12)}`, 'dns', false],
  [51820, `01000000${'aa'.repeat(144)}`, 'wireguard', false],
  [1900, Buffer.from('M-SEARCH * HTTP/1.1\r\n').toString('hex'), 'ssdp', false],
  [2055, `0005${'00'.repeat(22)}`, 'netflow', false],
  [6343, `00000005${'00'.repeat(24)}`, 'sflow', false],
  [514, Buffer.from('<13>hello').toString('hex'), 'syslog', false],
  [443, `40${'00'.repeat(20)}`, undefined, false],
  [4242, '00', undefined, false],
]

test('datagrams are known by their first', () => {
  for (const [port, bytes, content, mismatch] of DATAGRAMS) {
    const traffic = new Traffic()
    traffic.udp({ serverPort: port }).client(Buffer.from(bytes, 'hex')).end()
    const seen = traffic.end('protocol').map((guess) => [guess.content, guess.mismatch])
    assert.deepEqual(seen, [[content, mismatch]], `${port} ${bytes}`)
  }
})

test('no bytes make it throw, over TCP or UDP, on any port', () => {
  const bytes = fc.oneof(
    fc.uint8Array({ minLength: 1, maxLength: 80 }),
    fc.constantFrom(...STREAMS.map(([, , text]) => Buffer.from(text, 'latin1'))),
    fc.constantFrom(...DATAGRAMS.map(([, text]) => Buffer.from(text, 'hex'))),
  )
  const piece = fc.tuple(bytes, fc.constantFrom(0 as const, 1 as const), fc.nat(80))
  const port = fc.constantFrom(53, 80, 443, 25, 5353, 9999, 6343, 123)
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 6 }), port, (pieces, serverPort) => {
      const traffic = new Traffic()
      const tcp = traffic.tcp({ serverPort })
      const udp = traffic.udp({ serverPort })
      for (const [text, direction, cut] of pieces) {
        const part = text.subarray(0, Math.max(1, text.length - (cut > 60 ? cut : 0)))
        tcp.say(direction, part)
        udp.say(direction, part)
      }
      tcp.end()
      udp.end()
      assert.ok(traffic.end('protocol').length <= 2)
    }),
    { numRuns: 3000 },
  )
})
