import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import {
  CLASS_IN,
  type DnsMessagePlan,
  dnsQueryPlan,
  type DnsRecord,
  formatIp,
  parseIp,
  RECORD_TYPE,
  writeDnsMessage,
} from '#wire'
import { Traffic } from '../testing/traffic.ts'
import type { DnsTransaction } from './dns-transaction.ts'

const A = RECORD_TYPE.A

function address(name: string, text: string, ttlSeconds: number = 300): DnsRecord {
  return { name, type: A, class: CLASS_IN, ttlSeconds, data: { address: parseIp(text)! } }
}

function alias(name: string, target: string): DnsRecord {
  return { name, type: RECORD_TYPE.CNAME, class: CLASS_IN, ttlSeconds: 60, data: { target } }
}

const query = (id: number, name: string, type: number = A): Buffer => writeDnsMessage(dnsQueryPlan(id, name, type))

function answer(id: number, name: string, plan: Partial<DnsMessagePlan> = {}, type: number = A): Buffer {
  return writeDnsMessage({ id, flags: 0x8180, questions: [{ name, type, class: CLASS_IN }], ...plan })
}

const prefixed = (message: Buffer): Buffer =>
  Buffer.concat([Buffer.from([message.length >> 8, message.length & 255]), message])

function shown({ question, queries, answers, transport }: DnsTransaction): readonly unknown[] {
  return [
    transport,
    question?.name,
    question?.typeName,
    queries.map(({ frame }) => frame),
    answers.map(({ frame, responseCodeName, addresses }) => [frame, responseCodeName, addresses.map(formatIp).join()]),
  ]
}

test('a query and its answer', () => {
  const traffic = new Traffic()
  const opt = { udpPayloadBytes: 1232, extendedCode: 0, version: 0, dnssecOk: true, options: [] }
  const asked = writeDnsMessage({ ...dnsQueryPlan(7, 'WWW.Shop.test', A), edns: opt })
  const records = [
    alias('www.shop.test', 'cdn.test'),
    address('cdn.test', '192.0.2.5'),
    address('cdn.test', '192.0.2.6', 30),
  ]
  const blocked = [{ number: 15, bytes: Buffer.from('\x00\x0fby policy', 'latin1') }]
  const told = answer(7, 'www.shop.test', { answers: records, flags: 0x85a0, edns: { ...opt, options: blocked } })
  traffic.udp({ serverPort: 53 }).client(asked).server(told).end()
  const [transaction, ...others] = traffic.end('dns')
  assert.deepEqual(others, [])
  assert.deepEqual(shown(transaction), ['udp', 'www.shop.test', 'A', [1], [[2, 'NOERROR', '192.0.2.5,192.0.2.6']]])
  const [first] = transaction.answers
  assert.deepEqual([first.canonicalNames, first.smallestTtlSeconds, first.answerCount], [['cdn.test'], 30, 3])
  assert.deepEqual(first.extendedErrors, [{ code: 15, text: 'by policy' }])
  assert.deepEqual(
    [first.authoritative, first.authenticData, first.truncated, first.fromOtherAddress],
    [true, true, false, false],
  )
  assert.deepEqual([transaction.dnssecWanted, transaction.udpPayloadBytes, transaction.latencyNs], [true, 1232, 1e6])
})

test('repetitions, in the same flow and in another', () => {
  const traffic = new Traffic()
  traffic.udp({ serverPort: 53 }).client(query(1, 'a.test')).client(query(1, 'a.test')).end()
  traffic
    .udp({ serverPort: 53, clientPort: 40_001, server: '198.51.100.2' })
    .client(query(2, 'a.test'))
    .server(answer(2, 'a.test'))
  traffic.udp({ serverPort: 53, clientPort: 40_002, client: '192.0.2.9' }).client(query(3, 'a.test')).end()
  const [first, second, third] = traffic.end('dns')
  assert.deepEqual([first.queryCount, first.retriedAs?.frame, first.answers], [2, 4, []])
  assert.deepEqual([second.retryOf.map(({ frame }) => frame), second.answers.length], [[1], 1])
  assert.deepEqual(third.retryOf, [])
})

test('an answer from elsewhere belongs to the query all the same', () => {
  const traffic = new Traffic()
  const asked = traffic.udp({ serverPort: 53 }).client(query(9, 'a.test'))
  traffic
    .udp({ serverPort: 53, server: '203.0.113.1' })
    .server(answer(9, 'a.test', { answers: [address('a.test', '10.0.0.1')] }))
  asked.server(answer(9, 'a.test', { answers: [address('a.test', '192.0.2.1')] }))
  const [transaction, ...others] = traffic.end('dns')
  assert.deepEqual(others, [])
  assert.deepEqual(
    transaction.answers.map(({ fromOtherAddress, from }) => [fromOtherAddress, formatIp(from.address)]),
    [
      [true, '203.0.113.1'],
      [false, '198.51.100.1'],
    ],
  )
  assert.equal(transaction.answersDiffer, true)
})

test('answers that load balancers shuffle do not differ', () => {
  const traffic = new Traffic()
  const both = [address('a.test', '192.0.2.1'), address('a.test', '192.0.2.2')]
  const talk = traffic.udp({ serverPort: 53 }).client(query(9, 'a.test'))
  talk.server(answer(9, 'a.test', { answers: both })).server(answer(9, 'a.test', { answers: both.toReversed() }))
  assert.deepEqual(
    traffic.end('dns').map(({ answersDiffer, answerCount }) => [answersDiffer, answerCount]),
    [[false, 2]],
  )
})

test('what is cut off is asked again over TCP, or is not', () => {
  const traffic = new Traffic()
  for (const name of ['a.test', 'b.test']) {
    traffic
      .udp({ serverPort: 53 })
      .client(query(5, name))
      .server(answer(5, name, { flags: 0x8380 }))
  }
  const whole = prefixed(answer(6, 'a.test', { answers: [address('a.test', '192.0.2.1')] }))
  const talk = traffic.tcp({ serverPort: 53 }).client(prefixed(query(6, 'a.test')))
  for (const byte of whole) talk.server([byte] as unknown as Uint8Array)
  talk.end()
  const [cut, never, retry] = traffic.end('dns')
  assert.deepEqual([cut.tcpRetryFlow, cut.answers[0].truncated], [2, true])
  assert.deepEqual([never.tcpRetryFlow, never.retriedAs], [undefined, undefined])
  assert.deepEqual([retry.transport, retry.answers.length, retry.retryOf.length], ['tcp', 1, 1])
})

test('an answer that repeats another question, or none', () => {
  const traffic = new Traffic()
  traffic.udp({ serverPort: 53 }).client(query(1, 'a.test')).server(answer(1, 'b.test')).end()
  traffic
    .udp({ serverPort: 53, clientPort: 40_001 })
    .client(query(2, 'a.test'))
    .server(answer(2, '', { questions: [], flags: 0x8181 }))
  const seen = traffic
    .end('dns')
    .map(({ answers }) => answers.map(({ otherQuestion, responseCodeName }) => [otherQuestion, responseCodeName]))
  assert.deepEqual(seen, [[[true, 'NOERROR']], [[false, 'FORMERR']]])
})

test('who asks is told by the message, not by the ports', () => {
  const traffic = new Traffic()
  const talk = traffic.udp({ serverPort: 53, clientPort: 53, client: '198.51.100.1', server: '192.0.2.1' })
  talk.server(query(1, 'a.test')).client(answer(1, 'a.test'))
  const [{ client, server, answers }] = traffic.end('dns')
  assert.deepEqual(
    [formatIp(client.address), formatIp(server.address), answers.length],
    ['192.0.2.1', '198.51.100.1', 1],
  )
})

test('damage is told once, what is cut by the capture is none', () => {
  const question = '00018180000100010000000001610000010001'
  const loop = Buffer.from('0001818000010001000000000161c00c0001000100', 'hex')
  const loopingOwner = Buffer.from(`${question}c01300010001000000000004c0000201`, 'hex')
  const loopingData = Buffer.from(`${question}c00c000200010000000000040162c01f`, 'hex')
  const cases: readonly (readonly [bytes: Buffer, wireBytes: number, faults: readonly string[]])[] = [
    [loop, loop.length, ['dns-compression-loop']],
    [loopingOwner, loopingOwner.length, ['dns-compression-loop']],
    [loopingData, loopingData.length, ['dns-compression-loop']],
    [query(1, 'a.test').subarray(0, 15), 15, ['dns-truncated-message']],
    [query(1, 'a.test').subarray(0, 15), 30, []],
    [Buffer.concat([answer(1, 'a.test'), Buffer.alloc(3)]), answer(1, 'a.test').length + 3, ['dns-trailing-bytes']],
  ]
  for (const [bytes, wireBytes, faults] of cases) {
    const traffic = new Traffic()
    traffic.udp({ serverPort: 53 }).say(1, bytes, wireBytes).end()
    assert.deepEqual(
      traffic.end('fault').map(({ fault }) => fault),
      faults,
      bytes.toString('hex'),
    )
  }
})

test('mDNS is silent without fault, and what is forgotten is given out in order', () => {
  const traffic = new Traffic()
  traffic.udp({ serverPort: 5353, server: '224.0.0.251' }).client(query(0, '_http._tcp.local', RECORD_TYPE.PTR))
  const talk = traffic.udp({ serverPort: 53 }).client(query(1, 'a.test'))
  traffic.timeNs += 31e9
  talk.client(query(2, 'b.test')).server(answer(1, 'a.test'))
  assert.deepEqual(traffic.transactions.filter(({ kind }) => kind === 'dns').length, 2)
  const seen = traffic.end('dns')
  assert.deepEqual(
    seen.map(({ isMulticast, id, queryCount, answerCount }) => [isMulticast, id, queryCount, answerCount]),
    [
      [true, 0, 1, 0],
      [false, 1, 1, 0],
      [false, 2, 1, 0],
      [false, 1, 0, 1],
    ],
  )
})

test('a flood of queries with one port and id stays bounded', () => {
  const traffic = new Traffic()
  const talk = traffic.udp({ serverPort: 53 })
  for (let count = 0; count < 20_000; count++) talk.client(query(1, `${count}.test`))
  const early = traffic.transactions.filter(({ kind }) => kind === 'dns').length
  assert.ok(early >= 20_000 - 16_384)
  assert.equal(traffic.end('dns').length, 20_000)
})

test('no bytes make it throw', () => {
  const seed = fc.constantFrom(
    query(1, 'a.test'),
    answer(1, 'a.test', { answers: [alias('a.test', 'b.test'), address('b.test', '192.0.2.1')] }),
  )
  const change = fc.record({ at: fc.nat(80), value: fc.nat(255) })
  fc.assert(
    fc.property(
      fc.array(fc.tuple(seed, fc.array(change, { maxLength: 4 }), fc.nat(1)), { maxLength: 10 }),
      (messages) => {
        const traffic = new Traffic()
        const udp = traffic.udp({ serverPort: 53 })
        const tcp = traffic.tcp({ serverPort: 53 })
        for (const [message, changes, direction] of messages) {
          const bytes = Buffer.from(message)
          for (const { at, value } of changes) if (at < bytes.length) bytes[at] = value
          udp.say(direction === 0 ? 0 : 1, bytes)
          tcp.say(direction === 0 ? 0 : 1, prefixed(bytes))
        }
        for (const transaction of traffic.end('dns')) shown(transaction)
      },
    ),
    { numRuns: 1000 },
  )
})
