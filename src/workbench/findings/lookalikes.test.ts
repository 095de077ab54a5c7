import assert from 'node:assert/strict'
import test from 'node:test'
import { ethernet, ipv4, TCP_FLAG, udp, words } from '../../wire/packet/testing/index.ts'
import { analyzeBytes } from '../capture/analysis/analyze-capture.ts'
import type { Finding } from './index.ts'
import { CLIENT, type Connection, SERVER, Story } from './testing/dialogue.ts'

const GET = 'GET /report HTTP/1.1\r\nHost: app.test\r\n\r\n'
const DONE = 'HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ndone'
const BEGUN = 'HTTP/1.1 200 OK\r\nContent-Length: 400\r\n\r\nthe tide'
const HELLO = Buffer.from('160303000401000000', 'hex')
const UNKNOWN_MESSAGE = Buffer.from('160303000455555555', 'hex')
const { ack, psh, rst } = TCP_FLAG

const to = (port: number, clientPort: number = 50_000, story: Story = new Story()): Connection =>
  story.connection({ ...CLIENT, port: clientPort }, { ...SERVER, port })

/** Connections that are taken and left alone, and others that are not taken. */
function overfull(): Story {
  const story = new Story()
  for (const port of [50_001, 50_002]) to(80, port, story).open().ask(GET)
  const late = to(80, 50_003, story).syn()
  return late.wait(1000).synAgain().wait(2000).synAgain().wait(2000).end()
}

/** Heads in drips, of which the server has enough in the end. */
function drips(): Story {
  const story = new Story()
  const connections = Array.from({ length: 30 }, (_, number) => to(80, 50_000 + number, story).open())
  for (const line of ['GET / HTTP/1.1\r\n', 'a: 1\r\n', 'b: 2\r\n', 'c: 3\r\n']) {
    for (const connection of connections) connection.ask(line)
    story.wait(1500)
  }
  for (const connection of connections) connection.answer('HTTP/1.1 408 Too Late\r\nContent-Length: 0\r\n\r\n').close()
  return story
}

function events(): Story {
  const connection = to(80).open().ask(GET).answer('HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n')
  for (let turn = 0; turn < 6; turn++) connection.answer('data: tide\n\n', 900)
  return connection.close().end()
}

/** The capture begins behind the handshake. */
function stalledInTheMiddle(): Story {
  const connection = to(5432)
    .ask('one')
    .answer('1')
    .ask('two')
    .answer('2')
    .segment(0, psh + ack, 'three')
  for (let turn = 0; turn < 5; turn++) connection.wait(300 * 2 ** turn).segment(0, psh + ack, 'three', { sequence: -5 })
  return connection.end()
}

/** Two queues of one card: acknowledgements were taken down before what they acknowledge. */
function lateToTheFile(): Story {
  const connection = to(5432).open().ask('all')
  for (let turn = 0; turn < 30; turn++)
    connection.segment(0, ack, '', { missingBytes: -100 }).segment(1, ack, 'x'.repeat(100))
  return connection.close().end()
}

/** RTP of a call begins as a Version Negotiation of QUIC does, when its numbers do. */
function call(): Story {
  const story = new Story()
  const [here, there] = [
    { ...CLIENT, port: 40_000 },
    { ...SERVER, port: 40_002 },
  ]
  for (let number = 0; number < 20; number++) {
    const payload = Buffer.concat([Buffer.from([0x80, 0, 0, number]), Buffer.alloc(168, number)])
    story.udp(here, there, payload).udp(there, here, payload).wait(20)
  }
  return story
}

const BROADCAST = Buffer.alloc(6, 0xff)
const ASKER = Buffer.from('02000000aa01', 'hex')

/** A server of DHCP asks whether the address is free before it offers it, again and again. */
function offered(): Story {
  const address = Buffer.from([192, 0, 2, 77])
  const question = Buffer.concat([
    words(1, 0x0800, 0x0604, 1),
    ASKER,
    Buffer.from([192, 0, 2, 1]),
    Buffer.alloc(6),
    address,
  ])
  const story = new Story()
  for (let turn = 0; turn < 3; turn++)
    story.frame(Buffer.concat([BROADCAST, ASKER, words(0x0806), question])).wait(1000)
  const offer = Buffer.alloc(244)
  offer[0] = 2
  address.copy(offer, 16)
  Buffer.from('6382536335010200', 'hex').copy(offer, 236)
  const datagram = udp({ sourcePort: 67, destinationPort: 68, payload: offer })
  return story.frame(ethernet(ipv4({ source: '192.0.2.1', destination: '192.0.2.77' }, datagram)))
}

/** Who is flooded from forged addresses tells many hosts that nothing listens there. */
function complaints(): Story {
  const story = new Story()
  for (let host = 1; host < 60; host++) {
    const address = `203.0.113.${host}`
    const quoted = ipv4(
      { source: address, destination: CLIENT.address },
      udp({ sourcePort: 9, destinationPort: 7, payload: Buffer.alloc(8) }),
    )
    story.icmpError(CLIENT.address, address, 3, 3, quoted)
  }
  return story
}

/** A story that looks like another; its first finding, or that it has none; and how the text says it. */
const CASES: readonly (readonly [name: string, story: () => Story, kind: string | undefined, text?: RegExp])[] = [
  ['a queue that is full, and tells nobody', overfull, 'tcp-listen-queue-full', /accepted 2 connections .* 1 further/],
  ['heads in drips that were answered at last', drips, 'flood-slow-requests'],
  ['events as they come', events, undefined],
  [
    'the rest of an answer that never came',
    () =>
      to(80)
        .open()
        .ask(GET)
        .answer(BEGUN)
        .wait(3000)
        .segment(0, TCP_FLAG.fin + ack)
        .wait(10)
        .segment(1, ack)
        .end(),
    'slow-server',
    /8 of 400 bytes/,
  ],
  [
    'a greeting that takes its time',
    () => to(25).open().answer('220 mail ESMTP\r\n', 4000).ask('QUIT\r\n').answer('221 bye\r\n').close().end(),
    'slow-server',
    /to greet the client/,
  ],
  [
    'an answer that takes its time where one waits on purpose',
    () =>
      to(6379)
        .open()
        .ask('*1\r\n$4\r\nPING\r\n')
        .answer('+PONG\r\n')
        .ask('*3\r\n$5\r\nBLPOP\r\n')
        .answer('*0\r\n', 2000)
        .close()
        .end(),
    'slow-server',
  ],
  ['HTTP on a port for TLS', () => to(8443).open().ask(GET).answer(DONE).close().end(), 'wrong-protocol-on-port'],
  [
    'the same, with a fault of its own',
    () =>
      to(8443)
        .open()
        .ask(GET)
        .answer(DONE)
        .ask(GET)
        .segment(1, psh + ack, BEGUN)
        .wait(5)
        .segment(1, rst + ack)
        .end(),
    'tcp-reset-by-server',
  ],
  [
    'a server of HTTP/2 before a client of HTTP/1',
    () => to(80).open().ask(GET).answer(Buffer.from('000006040000000000000300000064', 'hex')).close().end(),
    'wrong-protocol-on-port',
    /speaks http2/,
  ],
  [
    'a record of TLS that holds no message',
    () => to(443).open().ask(HELLO).answer(UNKNOWN_MESSAGE).close().end(),
    'tls-malformed',
  ],
  ['a connection whose beginning is not in the file', stalledInTheMiddle, 'tcp-connection-stalled'],
  ['acknowledgements before what they are for', lateToTheFile, undefined],
  ['a call', call, undefined],
  ['a question that nobody is to answer', offered, undefined],
  ['errors to many hosts', complaints, 'icmp-port-unreachable'],
]

for (const [name, story, kind, text = /\.$/] of CASES) {
  test(name, async () => {
    const { findings } = await analyzeBytes(story().file())
    assert.equal(findings[0]?.kind, kind, findings.map((finding) => `${finding.kind}: ${finding.text}`).join('\n'))
    if (kind !== undefined) assert.match(findings[0].text, text)
  })
}

const severityOf = async (story: Story): Promise<Finding['severity'] | undefined> =>
  (await analyzeBytes(story.file())).findings[0]?.severity

test('what both sides agree on, or what may be meant, is told in a low voice', async () => {
  const slow = (port: number, question: string, answer: string): Story =>
    to(port).open().ask(question).answer(answer).ask('x\r\n').answer('y\r\n', 2000).close().end()
  assert.equal(await severityOf(to(8443).open().ask(GET).answer(DONE).close().end()), 'low')
  assert.equal(await severityOf(slow(6379, '*1\r\n$4\r\nPING\r\n', '+PONG\r\n')), 'low')
  assert.equal(await severityOf(slow(7001, 'who are you?\r\n', 'I am\r\n')), 'medium')
})
