import assert from 'node:assert/strict'
import test from 'node:test'
import { parseIp, PROTOCOL } from '#wire'
import { TCP_FLAG as CONTROL } from '../../wire/packet/testing/index.ts'
import { analyse, CLIENT, HANDSHAKE, SERVER, type Step } from './testing/dialogue.ts'

const MS = 1_000_000
const SYN = CONTROL.syn
const RESET = CONTROL.rst | CONTROL.ack

const FIN = CONTROL.fin | CONTROL.ack

test('a whole connection: ends, handshake, sizes, thinking, close', () => {
  const { flows } = analyse([
    ...HANDSHAKE,
    ['c', 1, 1, 100],
    ['s', 1, 101, 0],
    ['s', 1, 101, 1000, { afterMicros: 400_000 }],
    ['c', 101, 1001, 0],
    ['s', 1001, 101, 0, { control: FIN }],
    ['c', 101, 1002, 0, { control: FIN }],
    ['s', 1002, 102, 0],
  ])
  assert.equal(flows.length, 1)
  const [{ ends, sides, handshake, close, closedBy, last, longestSilenceNs, silenceEnd, isForgotten }] = flows
  const [client, server] = sides
  assert.deepEqual(
    [ends.protocol, ends.client, ends.clientPort, ends.server, ends.serverPort, ends.vlan, ends.tunnel],
    [PROTOCOL.tcp, parseIp(CLIENT), 40_000, parseIp(SERVER), 80, undefined, undefined],
  )
  assert.deepEqual([close, closedBy, isForgotten, last.frame], ['fin', 1, false, 10])
  assert.deepEqual([client.packets, server.packets], [5, 5])
  assert.deepEqual([client.payloadBytes, server.payloadBytes, server.bytes], [100, 1000, 5 * 40 + 20 + 1000])
  assert.deepEqual([handshake.syn?.frame, handshake.synAck?.frame, handshake.ack?.frame], [1, 2, 3])
  assert.deepEqual([handshake.serverSideNs, handshake.clientSideNs], [10 * MS, 10 * MS])
  assert.deepEqual([server.thinkTimes.count, server.thinkTimes.maxNs], [1, 410 * MS])
  assert.deepEqual([server.slowestAnswer?.frame, longestSilenceNs, silenceEnd?.frame], [6, 400 * MS, 6])
  assert.deepEqual([client.maximumSegmentBytes, client.sackPermitted, client.timestamps], [1460, true, true])
  assert.deepEqual([client.roundTrips.count, client.roundTrips.minNs, client.outstandingBytes], [3, 10 * MS, 0])
  assert.deepEqual([server.largestPayloadBytes, server.largestAcknowledgedBytes], [1000, 1000])
})

test('how connections end', () => {
  const cases: readonly (readonly [close: string, by: number | undefined, steps: readonly Step[]])[] = [
    ['unanswered', undefined, [['c', 0, 0, 0, { control: SYN }]]],
    [
      'refused',
      1,
      [
        ['c', 0, 0, 0, { control: SYN }],
        ['s', 0, 1, 0, { control: RESET }],
      ],
    ],
    ['reset', 0, [...HANDSHAKE, ['c', 1, 1, 0, { control: RESET }]]],
    ['half-closed', 0, [...HANDSHAKE, ['c', 1, 1, 0, { control: FIN }], ['s', 1, 2, 100]]],
    ['open', undefined, [...HANDSHAKE, ['c', 1, 1, 5]]],
  ]
  for (const [close, by, steps] of cases) {
    const [flow] = analyse(steps).flows
    assert.deepEqual([flow.close, flow.closedBy], [close, by], close)
  }
})

test('a reset that does not fit its sender', () => {
  const { flows } = analyse([
    ...HANDSHAKE,
    ['c', 1, 1, 100, { ipId: 10 }],
    ['s', 1, 101, 0, { ipId: 500, timeToLive: 60 }],
    ['s', 51, 101, 0, { control: CONTROL.rst, ipId: 40_000, timeToLive: 250, afterMicros: 5_000_000, window: 7 }],
    ['s', 1, 101, 300, { ipId: 501, timeToLive: 60 }],
  ])
  const { reset } = flows[0]
  assert.deepEqual(reset, {
    frame: 6,
    timeNs: reset?.timeNs,
    direction: 1,
    timeToLive: 250,
    usualTimeToLive: 60,
    ipId: 40_000,
    previousIpId: 500,
    window: 7,
    sequenceOffset: 50,
    silenceNs: 5000 * MS,
    segmentsAfter: 1,
    count: 1,
  })
})

test('who serves is told by ports when the beginning is not in the capture', () => {
  const [flow] = analyse([
    ['s', 1, 1, 100],
    ['c', 1, 101, 0],
  ]).flows
  assert.deepEqual([flow.ends.serverPort, flow.sides[1].payloadBytes, flow.handshake.syn], [80, 100, undefined])
})

test('a window that is closed for a while, and one that is closed at the end', () => {
  const [flow] = analyse([
    ...HANDSHAKE,
    ['c', 1, 1, 100],
    ['s', 1, 101, 0, { window: 0 }],
    ['s', 1, 101, 0, { window: 800, afterMicros: 300_000 }],
    ['s', 1, 101, 0, { window: 0, afterMicros: 100_000 }],
    ['c', 100, 1, 0, { afterMicros: 2_000_000 }],
  ]).flows
  const [, server] = flow.sides
  assert.deepEqual([server.zeroWindowNs, server.longestZeroWindowNs], [2300 * MS, 2000 * MS])
  assert.deepEqual([server.smallestWindowBytes, server.largestWindowBytes], [0, 800])
  assert.equal(flow.sides[0].unansweredKeepAlives, 1)
})
