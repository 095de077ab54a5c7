import assert from 'node:assert/strict'
import test from 'node:test'
import { ETHER_TYPE, PROTOCOL } from '#wire'
import { ethernet, fragmentExtension, gre, ipv4, ipv6, segment, udp } from '../../wire/packet/testing/index.ts'
import type { FragmentFault } from './contract.ts'
import { type Analysed, analyseCapture, captureOf } from './testing/dialogue.ts'

const V4 = { source: '192.0.2.1', destination: '192.0.2.2' } as const
const V6 = { source: '2001:db8::1', destination: '2001:db8::2' } as const
const PAYLOAD = Buffer.from(Array.from({ length: 1200 }, (_, index) => index & 0xff))
const DATAGRAM = ipv4(V4, udp({ sourcePort: 5000, destinationPort: 6000, payload: PAYLOAD }))
const BODY = DATAGRAM.subarray(20)

interface Received extends Analysed {
  readonly datagrams: readonly string[]
  readonly faults: readonly FragmentFault[]
}

function receive(packets: readonly Buffer[], millisBetween: number = 1): Received {
  const datagrams: string[] = []
  const faults: FragmentFault[] = []
  const frames = packets.map((packet, index) => ({ bytes: ethernet(packet), micros: index * millisBetween * 1000 }))
  const analysed = analyseCapture(captureOf(frames), {
    sink: { onFragmentFault: (fault) => faults.push(fault) },
    dissectors: {
      stream: () => undefined,
      datagram: () => ({
        datagram: (_direction, bytes, start, end) => datagrams.push(bytes.toString('latin1', start, end)) > 0,
        end: () => {},
      }),
    },
  })
  return { ...analysed, datagrams, faults }
}

function part(
  start: number,
  end: number,
  body: Buffer = BODY,
  protocol: number = PROTOCOL.udp,
  id: number = 9,
): Buffer {
  const moreFragments = end < body.length
  return ipv4({ ...V4, id, moreFragments, fragmentOffsetBytes: start }, segment(protocol, body.subarray(start, end)))
}

function part6(start: number, end: number): Buffer {
  const body = ipv6(V6, udp({ sourcePort: 5000, destinationPort: 6000, payload: PAYLOAD })).subarray(40)
  const extensions = [fragmentExtension(start, end < body.length)]
  return ipv6({ ...V6, extensions }, segment(PROTOCOL.udp, body.subarray(start, end)))
}

test('a datagram in fragments, in any order, is read when it is whole', () => {
  const whole = PAYLOAD.toString('latin1')
  for (const packets of [
    [part(0, 480), part(480, 960), part(960, 1208)],
    [part(960, 1208), part(0, 480), part(480, 960)],
    [part6(480, 1208), part6(0, 480)],
  ]) {
    const { datagrams, flows, verdicts, faults } = receive(packets)
    assert.deepEqual(datagrams, [whole])
    assert.deepEqual([flows.length, flows[0].ends.serverPort, flows[0].sides[0].packets], [1, 6000, 1])
    assert.deepEqual(
      verdicts.map(({ flow }) => flow),
      packets.map((_, index) => (index === packets.length - 1 ? 0 : -1)),
    )
    assert.deepEqual(faults, [])
  }
})

test('a tunnel whose packets are fragmented, with fragments inside', () => {
  const tunnelled = gre({ type: ETHER_TYPE.ipv4 }, part(0, 600)).bytes
  const other = gre({ type: ETHER_TYPE.ipv4 }, part(600, 1208)).bytes
  const { datagrams } = receive([
    part(0, 400, tunnelled, PROTOCOL.gre, 1),
    part(400, tunnelled.length, tunnelled, PROTOCOL.gre, 1),
    part(0, other.length, other, PROTOCOL.gre, 2),
  ])
  assert.deepEqual(datagrams, [PAYLOAD.toString('latin1')])
})

test('what is odd about fragments is told', () => {
  const wrong = Buffer.from(BODY).fill('!')
  const cases: readonly (readonly [packets: readonly Buffer[], kinds: readonly string[], datagrams: number])[] = [
    [[part(0, 480), part(0, 480), part(480, 1208)], [], 1],
    [[part(0, 480), part(240, 960), part(480, 1208)], ['overlap'], 1],
    [[part(0, 480), part(240, 960, wrong), part(480, 1208)], ['overlap-conflict'], 1],
    [[part(0, 480), part(960, 1208)], ['incomplete'], 0],
    [[part(65_528, 65_600, Buffer.alloc(66_000))], ['oversized'], 0],
    [[part(0, 16, BODY.subarray(0, 24)), part(16, 24, BODY.subarray(0, 24))], [], 1],
    [[part(0, 16, Buffer.alloc(40), PROTOCOL.tcp), part(16, 40, Buffer.alloc(40), PROTOCOL.tcp)], ['tiny'], 0],
  ]
  for (const [packets, kinds, count] of cases) {
    const { faults, datagrams } = receive(packets)
    assert.deepEqual([faults.map(({ kind }) => kind), datagrams.length], [kinds, count])
  }
  const [fault] = receive([part(0, 480), part(240, 960, wrong)]).faults
  assert.deepEqual([fault.frame, fault.frames, fault.protocol], [2, [1, 2], PROTOCOL.udp])
})

test('fragments of a datagram long ago do not complete it', () => {
  const { datagrams, faults } = receive([part(0, 480), part(480, 1208)], 31_000)
  assert.deepEqual([datagrams, faults.map(({ kind }) => kind)], [[], ['incomplete', 'incomplete']])
})

test('fragments that never end hold little', () => {
  const packets = Array.from({ length: 6000 }, (_, id) => part(0, 480, BODY, PROTOCOL.udp, id))
  const { faults, datagrams } = receive(packets, 0)
  assert.deepEqual([faults.length, datagrams.length], [6000, 0])
})
