import assert from 'node:assert/strict'
import test from 'node:test'
import { missingOpenssl, TestChain } from '../../detect/protocols/testing/test-chain.ts'
import { recordTls } from '../../detect/protocols/testing/tls-recording.ts'
import { dnsAnswer, dnsQuery, ethernet, ipv4, tcp, TCP_FLAG } from '../../wire/packet/testing/index.ts'
import { analyzeBytes } from '../capture/analysis/analyze-capture.ts'
import { FINDING_KINDS } from './index.ts'
import { SEVERITIES } from './finding.ts'
import { CLIENT, type Connection, SERVER, Story } from './testing/dialogue.ts'

const GET = 'GET /report HTTP/1.1\r\nHost: app.test\r\n\r\n'
const DONE = 'HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ndone'
const { ack, psh } = TCP_FLAG
const LARGE = Buffer.alloc(1448, 'x')
const RESOLVER = { ...SERVER, address: '192.0.2.53', port: 53 }

const opened = (): Connection => new Story().connection().open()
const status = (line: string): Story =>
  opened().ask(GET).answer(`HTTP/1.1 ${line}\r\nContent-Length: 0\r\n\r\n`).close().end()

function retransmitted(connection: Connection, payload: Buffer | string, times: number): Connection {
  for (let turn = 0; turn < times; turn++)
    connection.wait(300 * 2 ** turn).segment(0, psh + ack, payload, { sequence: -payload.length })
  return connection
}

function ports(count: number, sources: readonly string[] = [CLIENT.address]): Story {
  const story = new Story()
  for (let port = 1; port <= count; port++) {
    for (const address of sources) {
      story
        .connection({ ...CLIENT, address, port: 40_000 + port }, { ...SERVER, port }, 1)
        .syn()
        .wait(1)
        .segment(1, TCP_FLAG.rst + ack)
    }
  }
  return story
}

function synFlood(flags: number = TCP_FLAG.syn): Story {
  const story = new Story()
  for (let source = 0; source < 600; source++) {
    story
      .connection({ ...CLIENT, address: `203.0.${source >> 8}.${source & 255}` }, SERVER, 1)
      .segment(0, flags)
      .wait(1)
  }
  return story
}

/** A story, and the kind that its first finding has to be of. */
const CASES: readonly (readonly [name: string, story: () => Story, kind: string | undefined])[] = [
  ['a good request', () => opened().ask(GET).answer(DONE).close().end(), undefined],
  [
    'a good request far away',
    () => new Story().connection(CLIENT, SERVER, 120).open().ask(GET).answer(DONE).close().end(),
    undefined,
  ],
  [
    'an answer to nobody: SYN three times',
    () => new Story().connection().syn().wait(1000).synAgain().wait(2000).synAgain().end(),
    'tcp-syn-unanswered',
  ],
  [
    'a single SYN at the end of a capture says nothing',
    () =>
      opened()
        .ask(GET)
        .answer(DONE)
        .close()
        .end()
        .connection({ ...CLIENT, port: 50_001 })
        .syn()
        .end(),
    undefined,
  ],
  [
    'a reset to SYN',
    () =>
      new Story()
        .connection()
        .syn()
        .wait(5)
        .segment(1, TCP_FLAG.rst + ack)
        .end(),
    'tcp-syn-refused',
  ],
  [
    'a connection that took two SYN',
    () =>
      new Story()
        .connection()
        .syn()
        .wait(1000)
        .synAgain()
        .wait(10)
        .segment(1, TCP_FLAG.syn + ack)
        .segment(0, ack)
        .ask(GET)
        .answer(DONE)
        .close()
        .end(),
    'tcp-connect-delayed',
  ],
  ['an answer after three seconds', () => opened().ask(GET).answer(DONE, 3000).close().end(), 'slow-server'],
  [
    'half a second over a long way is no fault of the server',
    () => new Story().connection(CLIENT, SERVER, 100).open().ask(GET).answer(DONE, 500).close().end(),
    undefined,
  ],
  [
    'a round trip of 600 ms',
    () => new Story().connection(CLIENT, SERVER, 600).open().ask(GET).answer(DONE).close().end(),
    'high-rtt',
  ],
  [
    'a request in two parts with a pause',
    () => opened().ask(GET.slice(0, 20)).wait(4000).ask(GET.slice(20)).answer(DONE).close().end(),
    'slow-client',
  ],
  ['500', () => status('500 Oh No'), 'http-5xx'],
  ['404', () => status('404 Not Found'), 'http-4xx'],
  [
    'an answer that is cut',
    () =>
      opened()
        .ask(GET)
        .answer('HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\nshort')
        .segment(1, TCP_FLAG.fin + ack)
        .segment(0, TCP_FLAG.fin + ack)
        .end(),
    'http-response-cut',
  ],
  [
    'a reset in the middle of an answer',
    () => opened().ask(GET).answer('HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\nshort').reset(1).end(),
    'tcp-reset-by-server',
  ],
  [
    'the same with the TTL of somebody else',
    () => opened().ask(GET).answer('HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\nshort').reset(1, 101).end(),
    'tcp-reset-by-middlebox',
  ],
  [
    'a client that resets when it has what it wanted',
    () => opened().ask(GET).answer(DONE).wait(20).reset(0).end(),
    undefined,
  ],
  [
    'two ways to divide a request',
    () =>
      opened()
        .ask('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n')
        .answer(DONE)
        .close()
        .end(),
    'http-smuggling-like',
  ],
  [
    'TLS to a web port',
    () =>
      opened()
        .ask('\x16\x03\x01\x00\x05\x01\x00\x00\x01\x03')
        .answer('HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n')
        .close()
        .end(),
    'wrong-protocol-on-port',
  ],
  [
    'an answer of which only the beginning was kept',
    () =>
      new Story(100)
        .connection()
        .open()
        .ask('GET / HTTP/1.1\r\nHost: a\r\n\r\n')
        .answer(DONE.repeat(3))
        .wait(3000)
        .close()
        .end(),
    'capture-snapped',
  ],
  [
    'large segments that never arrive, the first of all',
    () => {
      const missingBytes = LARGE.length + 'rest'.length
      const begun = opened()
        .segment(0, psh + ack, LARGE)
        .segment(0, psh + ack, 'rest')
        .segment(1, ack, '', { missingBytes, window: 502 })
      for (let turn = 0; turn < 4; turn++)
        begun.wait(300 * 2 ** turn).segment(0, psh + ack, LARGE, { sequence: -missingBytes })
      return begun.end()
    },
    'path-mtu-black-hole',
  ],
  [
    'large segments that never arrive, seen by the receiver',
    () =>
      opened()
        .segment(0, psh + ack, 'rest', { sequence: LARGE.length })
        .segment(1, ack)
        .end()
        .wait(3000)
        .udp(CLIENT, RESOLVER, dnsQuery(7, 'www.test'))
        .udp(RESOLVER, CLIENT, dnsAnswer(7, 'www.test', 1, [Buffer.from([192, 0, 2, 1])])),
    'path-mtu-black-hole',
  ],
  [
    'large segments that never arrive',
    () =>
      retransmitted(
        opened()
          .ask('x'.repeat(200))
          .segment(0, psh + ack, LARGE),
        LARGE,
        4,
      ).end(),
    'path-mtu-black-hole',
  ],
  [
    'a connection on which nothing arrives any more',
    () =>
      retransmitted(
        opened()
          .ask(GET)
          .answer(DONE)
          .segment(0, psh + ack, 'again'),
        'again',
        4,
      ).end(),
    'tcp-connection-stalled',
  ],
  [
    'a window that stays closed',
    () =>
      opened()
        .ask(GET)
        .wait(1)
        .segment(1, psh + ack, LARGE)
        .segment(0, ack, '', { window: 0 })
        .wait(2500)
        .segment(0, ack, '', { window: 900 })
        .answer('rest')
        .close()
        .end(),
    'tcp-zero-window',
  ],
  ['many ports of one host', () => ports(60), 'scan-ports'],
  ['many SYN from many hosts', synFlood, 'flood-syn'],
  [
    'all flags at once from many hosts',
    () => synFlood(TCP_FLAG.syn + TCP_FLAG.fin + TCP_FLAG.rst + psh + ack),
    'flood-syn',
  ],
  [
    'a question nobody answers',
    () =>
      new Story()
        .udp(CLIENT, RESOLVER, dnsQuery(7, 'www.test'))
        .wait(2000)
        .udp(CLIENT, RESOLVER, dnsQuery(7, 'www.test'))
        .wait(2000),
    'dns-unanswered',
  ],
  [
    'a good answer of the resolver',
    () =>
      new Story()
        .udp(CLIENT, RESOLVER, dnsQuery(7, 'www.test'))
        .wait(9)
        .udp(RESOLVER, CLIENT, dnsAnswer(7, 'www.test', 1, [Buffer.from([192, 0, 2, 1])])),
    undefined,
  ],
  [
    'a firewall that says so',
    () => {
      const quoted = ipv4(
        { source: CLIENT.address, destination: SERVER.address },
        tcp({ sourcePort: CLIENT.port, destinationPort: SERVER.port, sequence: 1000 }),
      )
      return new Story()
        .connection()
        .syn()
        .end()
        .wait(3)
        .icmpError('192.0.2.1', CLIENT.address, 3, 13, quoted)
        .wait(2000)
    },
    'icmp-administratively-prohibited',
  ],
  [
    'only one side of a connection',
    () => {
      const story = new Story()
      const side = (flags: number, sequence: number, acknowledgement: number, payload: string): void => {
        story.frame(
          ethernet(
            ipv4(
              { source: CLIENT.address, destination: SERVER.address },
              tcp({ sourcePort: 5000, destinationPort: 80, flags, sequence, acknowledgement, payload }),
            ),
          ),
        )
        story.wait(10)
      }
      side(TCP_FLAG.syn, 1, 0, '')
      side(ack, 2, 100, '')
      side(psh + ack, 2, 100, GET)
      side(ack, 2 + GET.length, 900, '')
      return story
    },
    'capture-one-sided',
  ],
]

for (const [name, story, kind] of CASES) {
  test(name, async () => {
    const { findings } = await analyzeBytes(story().file())
    assert.equal(findings[0]?.kind, kind, findings.map((finding) => `${finding.kind}: ${finding.text}`).join('\n'))
    for (const { frames, text, next } of findings) assert.ok(frames.length > 0 && text.endsWith('.') && next !== '')
  })
}

test('who has closed may reset the last word of a session, and nothing more', { skip: missingOpenssl() }, async () => {
  const chain = new TestChain()
  const { cert, key } = chain.leaf(['app.test'])
  const { pieces } = await recordTls({ cert, key }, { rejectUnauthorized: false, servername: 'app.test' })
  chain.remove()
  const kinds = async (rest: string | Buffer): Promise<string[]> => {
    const connection = new Story().connection(CLIENT, { ...SERVER, port: 443 }).open()
    for (const [side, bytes] of pieces) connection.segment(side, psh + ack, bytes).segment(side === 0 ? 1 : 0, ack)
    connection
      .segment(0, TCP_FLAG.fin + ack)
      .segment(1, psh + ack, rest)
      .segment(0, TCP_FLAG.rst, '', { missingBytes: rest.length })
    const { findings } = await analyzeBytes(connection.end().file())
    return findings.map(({ kind }) => kind)
  }
  assert.deepEqual(await kinds('\x17\x03\x03\x00\x13'.padEnd(24, 'x')), [])
  assert.deepEqual(await kinds(LARGE), ['tcp-reset-by-client'])
})

test('symptoms are left out where their cause was found', async () => {
  for (const sources of [['192.0.2.1'], ['192.0.2.1', '192.0.2.2', '192.0.2.3']]) {
    const { findings } = await analyzeBytes(ports(60, sources).file())
    assert.deepEqual(
      findings.map(({ kind }) => kind),
      sources.map(() => 'scan-ports'),
    )
  }
})

test('every kind is named as documented, and no two explain each other', () => {
  for (const [kind, { severity, explains = [], meaning, next }] of FINDING_KINDS) {
    assert.match(kind, /^[a-z0-9]+(?:-[a-z0-9]+)+$/)
    assert.ok(SEVERITIES.includes(severity) && meaning.endsWith('.') && next.length > 20, kind)
    for (const symptom of explains) {
      assert.ok(FINDING_KINDS.has(symptom), `${kind} explains ${symptom}, which does not exist`)
      assert.ok(
        FINDING_KINDS.get(symptom)?.explains?.includes(kind) !== true,
        `${kind} and ${symptom} explain each other`,
      )
    }
  }
  assert.ok(FINDING_KINDS.size >= 40)
})
