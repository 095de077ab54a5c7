import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { FIELD_BY_NAME, FIELDS, type FieldValue } from '#fields'
import { compilePredicate, parseExpression } from '#rules'
import { CLASS_IN, dnsQueryPlan, LINK_TYPE, Packet, parseIp, RECORD_TYPE, writeDnsMessage } from '#wire'
import { ethernet, ipv4, tcp, udp } from '../../../wire/packet/testing/index.ts'
import { helloMessage } from '../../../wire/quic/testing/client-hello.ts'
import { cryptoFrame, sealInitial, versionNegotiation } from '../../../wire/quic/testing/seal-initial.ts'
import { CAPTURE_READERS } from './capture-readers.ts'

const V4 = { source: '192.0.2.1', destination: '198.51.100.2' } as const
const QUIC_ID = Buffer.from('8394c8f03e515708', 'hex')
const HELLO = helloMessage('Shop.test', 'h2')
const HELLO_RECORD = Buffer.concat([Buffer.from([22, 3, 1, HELLO.length >> 8, HELLO.length & 255]), HELLO])
const SERVER_HELLO = Buffer.from(`160303002c020000280303${'11'.repeat(32)}00c02f000000`, 'hex')

const overUdp = (serverPort: number, payload: Buffer, answers: boolean): Buffer => {
  const ports = answers
    ? { sourcePort: serverPort, destinationPort: 4000 }
    : { sourcePort: 4000, destinationPort: serverPort }
  return ethernet(ipv4(V4, udp({ ...ports, payload })))
}

const overTcp = (serverPort: number, payload: Buffer | string): Buffer =>
  ethernet(ipv4(V4, tcp({ sourcePort: 4000, destinationPort: serverPort, payload })))

const QUERY = writeDnsMessage(dnsQueryPlan(7, 'Shop.TEST', RECORD_TYPE.AAAA))
const ANSWER = writeDnsMessage({
  id: 7,
  flags: 0x85a0,
  questions: [{ name: 'shop.test', type: RECORD_TYPE.A, class: CLASS_IN }],
  answers: [
    { name: 'shop.test', type: RECORD_TYPE.CNAME, class: CLASS_IN, ttlSeconds: 60, data: { target: 'cdn.test' } },
    {
      name: 'cdn.test',
      type: RECORD_TYPE.A,
      class: CLASS_IN,
      ttlSeconds: 30,
      data: { address: parseIp('192.0.2.7')! },
    },
  ],
})
const REQUEST = [
  'POST /a/%2e%2e/b.PHP?x=1&y=a%20b HTTP/1.1',
  'Host: Shop.test:8080',
  'User-Agent: probe/1',
  'Referer: http://a/',
  'Cookie: a=1; b=2',
  'Content-Type: application/JSON; charset=utf-8',
  'Content-Length: 2',
  '',
  '{}',
].join('\r\n')

const FRAMES = {
  query: overUdp(53, QUERY, false),
  answer: overUdp(53, ANSWER, true),
  dnsTcp: overTcp(53, Buffer.concat([Buffer.from([0, QUERY.length]), QUERY])),
  mdns: overUdp(5353, QUERY, false),
  hello: overTcp(8443, HELLO_RECORD),
  serverHello: overTcp(443, SERVER_HELLO),
  alert: overTcp(443, Buffer.from('15030300020230', 'hex')),
  hidden: overTcp(443, Buffer.from(`1703030013${'00'.repeat(19)}`, 'hex')),
  quic: overUdp(
    443,
    sealInitial({ keyId: QUIC_ID, destinationId: QUIC_ID, frames: cryptoFrame(0, HELLO), paddedBytes: 1100 }),
    false,
  ),
  negotiation: overUdp(443, versionNegotiation(QUIC_ID, QUIC_ID, [1]), true),
  request: overTcp(8080, REQUEST),
  cut: overTcp(80, REQUEST.slice(0, 70)),
  response: overTcp(4000, 'HTTP/1.1 404 Not Found\r\nContent-Type: text/HTML\r\nX-A: 1\r\nx-a: 2\r\n\r\n'),
  ssh: overTcp(22, 'SSH-2.0-OpenSSH\r\n'),
  empty: overTcp(80, ''),
} as const

type FrameName = keyof typeof FRAMES

function read(frame: Buffer): Packet {
  const packet = new Packet('deep')
  packet.read(frame, 0, frame.length, LINK_TYPE.ethernet)
  packet.seconds = 1_795_000_000
  return packet
}

const value = (name: string, packet: Packet): FieldValue | undefined => CAPTURE_READERS.read[name](packet)

test('every field of captures has a reader, and every reader a field', () => {
  const names = FIELDS.filter(({ points }) => points.includes('capture')).map(({ name }) => name)
  assert.deepEqual(Object.keys(CAPTURE_READERS.read).sort(), names.sort())
})

test('fields are read from the message that begins in the packet', () => {
  const cases: readonly (readonly [frame: FrameName, values: Readonly<Record<string, unknown>>])[] = [
    [
      'query',
      {
        'dns.id': 7,
        'dns.qname': 'shop.test',
        'dns.qtype': 'AAAA',
        'dns.flags.response': false,
        'dns.flags.recdesired': true,
      },
    ],
    ['query', { 'dns.response.code': undefined, 'dns.resolved_ips': undefined, 'dns.flags.authoritative': undefined }],
    [
      'answer',
      { 'dns.response.code': 0, 'dns.flags.authoritative': true, 'dns.flags.recavail': true, 'dns.count.answers': 2 },
    ],
    ['answer', { 'dns.resolved_ips': [parseIp('192.0.2.7')], 'dns.cname_chain': ['cdn.test'], 'dns.response.ttl': 30 }],
    [
      'answer',
      {
        'dns.flags.authenticated': true,
        'dns.flags.truncated': false,
        'dns.flags.checkdisable': false,
        'dns.flags.opcode': 0,
      },
    ],
    ['dnsTcp', { 'dns.qname': 'shop.test' }],
    ['mdns', { 'dns.qname': 'shop.test' }],
    [
      'hello',
      { ssl: true, 'tls.sni': 'shop.test', 'tls.alpn': 'h2', 'tls.handshake.type': 1, 'tls.version': undefined },
    ],
    [
      'serverHello',
      {
        ssl: true,
        'tls.version': 'TLSv1.2',
        'tls.cipher': 'TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256',
        'tls.handshake.type': 2,
      },
    ],
    ['alert', { 'tls.alert.level': 2, 'tls.alert.description': 48, 'tls.handshake.type': undefined }],
    ['hidden', { ssl: true, 'tls.alert.description': undefined, 'tls.handshake.type': undefined }],
    ['quic', { 'quic.version': 1, 'tls.sni': 'shop.test', 'tls.alpn': 'h2', ssl: false }],
    ['negotiation', { 'quic.version': 0, 'tls.sni': undefined }],
    [
      'request',
      { 'http.request.method': 'POST', 'http.host': 'shop.test', 'raw.http.request.uri.path': '/a/%2e%2e/b.PHP' },
    ],
    [
      'request',
      {
        'http.request.uri.path': '/b.PHP',
        'http.request.uri.path.extension': 'php',
        'http.request.uri.query': 'x=1&y=a%20b',
      },
    ],
    ['request', { 'http.request.full_uri': 'http://shop.test/b.PHP?x=1&y=a%20b', 'http.request.version': 'HTTP/1.1' }],
    [
      'request',
      { 'http.request.body.size': 2, 'http.request.body.mime': 'application/json', 'http.user_agent': 'probe/1' },
    ],
    ['request', { 'http.cookie': 'a=1; b=2', 'http.request.cookies.names': ['a', 'b'], 'http.referer': 'http://a/' }],
    ['request', { 'http.request.timestamp.sec': 1_795_000_000, 'http.request.header_order': 'sixteen digits' }],
    ['request', { 'http.response.code': undefined, 'dns.qname': undefined, ssl: false }],
    ['cut', { 'http.request.method': 'POST', 'http.host': 'shop.test' }],
    ['response', { 'http.response.code': 404, 'http.response.mime': 'text/html', 'http.request.method': undefined }],
    ['ssh', { 'http.request.method': undefined, ssl: false }],
    ['empty', { 'http.request.method': undefined, ssl: false }],
  ]
  for (const [name, values] of cases) {
    const packet = read(FRAMES[name])
    for (const [field, expected] of Object.entries(values)) {
      if (field === 'http.request.header_order') assert.match(String(value(field, packet)), /^[\da-f]{16}$/)
      else assert.deepEqual(value(field, packet), expected, `${name}: ${field}`)
    }
  }
  assert.match(String(value('tls.ja4', read(FRAMES.hello))), /^t13d0205h2_/)
  assert.match(String(value('tls.ja4', read(FRAMES.quic))), /^q13d0205h2_/)
  assert.match(String(value('tls.ja3', read(FRAMES.hello))), /^[\da-f]{32}$/)
})

test('expressions select packets by what they say', () => {
  const cases: readonly (readonly [expression: string, frames: readonly FrameName[]])[] = [
    ['dns.qname == "shop.test"', ['query', 'answer', 'dnsTcp', 'mdns']],
    ['any(dns.resolved_ips[*] in {192.0.2.0/24}) and dns.response.code == 0', ['answer']],
    ['any(dns.cname_chain[*] contains "cdn")', ['answer']],
    ['tls.sni == "shop.test" and tls.handshake.type == 1', ['hello']],
    ['tls.sni eq "shop.test"', ['hello', 'quic']],
    ['ssl', ['hello', 'serverHello', 'alert', 'hidden']],
    ['tls.alert.description in {40..50}', ['alert']],
    ['http.request.uri.args["y"][0] == "a b"', ['request', 'cut']],
    ['any(http.request.headers["user-agent"][*] == "probe/1")', ['request']],
    ['http.response.headers["x-a"][1] == "2"', ['response']],
    ['http.host contains "shop" and tcp.dstport == 80', ['cut']],
    ['http.request.cookies["b"][0] == "2"', ['request']],
    ['quic.version in {0 1}', ['quic', 'negotiation']],
  ]
  for (const [text, expected] of cases) {
    const parsed = parseExpression(text, { fields: FIELD_BY_NAME })
    if (!parsed.ok) assert.fail(`${text}: ${parsed.error.message}`)
    const predicate = compilePredicate<Packet>(parsed.expression, { readers: CAPTURE_READERS, lists: new Map() })
    const selected = (Object.keys(FRAMES) as FrameName[]).filter((name) => predicate(read(FRAMES[name])))
    assert.deepEqual(selected, expected, text)
  }
})

test('what was read of one packet is not told of the next', () => {
  const packet = new Packet('deep')
  const frame = Buffer.alloc(2000)
  for (const [frameNumber, name] of (['query', 'answer', 'query'] as const).entries()) {
    const bytes = FRAMES[name]
    bytes.copy(frame)
    packet.read(frame, 0, bytes.length, LINK_TYPE.ethernet)
    packet.frameNumber = frameNumber + 1
    assert.deepEqual(
      [value('dns.flags.response', packet), value('dns.qtype', packet)],
      name === 'query' ? [false, 'AAAA'] : [true, 'A'],
    )
  }
})

test('no reader throws, or sees what is not in the frame', () => {
  const change = fc.record({ at: fc.integer({ min: 40, max: 200 }), value: fc.nat(255) })
  const frames = fc.constantFrom(...Object.values(FRAMES))
  fc.assert(
    fc.property(frames, fc.array(change, { maxLength: 4 }), fc.nat(150), (seed, changes, cut) => {
      const frame = Buffer.from(seed.subarray(0, Math.max(1, seed.length - (cut > 100 ? cut : 0))))
      for (const { at, value: byte } of changes) if (at < frame.length) frame[at] = byte
      const seen = [0x00, 0xff].map((filler) => {
        const packet = new Packet('deep')
        const around = Buffer.alloc(300, filler)
        packet.read(Buffer.concat([around, frame, around]), 300, 300 + frame.length, LINK_TYPE.ethernet)
        return Object.fromEntries(Object.keys(CAPTURE_READERS.read).map((name) => [name, value(name, packet)]))
      })
      assert.deepEqual(seen[0], seen[1])
    }),
    { numRuns: 1500 },
  )
})
