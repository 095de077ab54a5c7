import assert from 'node:assert/strict'
import test from 'node:test'
import { ETHER_TYPE, formatIp, parseIp, PROTOCOL } from '#wire'
import { ethernet, gre, icmp, icmpv6, ipv4, ipv6, tcp, TCP_FLAG, udp, words } from '../../wire/packet/testing/index.ts'
import type { ArpSeen, IcmpError } from './contract.ts'
import { analyseCapture, captureOf, type TimedFrame } from './testing/dialogue.ts'

const V4 = { source: '10.0.0.1', destination: '10.0.0.2' } as const
const V6 = { source: '2001:db8::1', destination: '2001:db8::2' } as const
const BACK = { source: V4.destination, destination: V4.source } as const
const REQUEST = tcp({ sourcePort: 40_000, destinationPort: 443, flags: TCP_FLAG.syn, sequence: 7 })
const ANSWER = tcp({
  sourcePort: 443,
  destinationPort: 40_000,
  flags: TCP_FLAG.syn | TCP_FLAG.ack,
  acknowledgement: 8,
})

function frames(...packets: readonly Buffer[]): TimedFrame[] {
  return packets.map((bytes, index) => ({ bytes, micros: index * 1000 }))
}

const analyse = (...packets: readonly Buffer[]) => analyseCapture(captureOf(frames(...packets)))

function vxlan(id: number, inner: Buffer): Buffer {
  const header = Buffer.alloc(8)
  header[0] = 8
  header.writeUInt32BE(id << 8, 4)
  const payload = Buffer.concat([header, inner])
  return ethernet(
    ipv4(
      { source: '172.16.0.1', destination: '172.16.0.2' },
      udp({ sourcePort: 5555, destinationPort: 4789, payload }),
    ),
  )
}

test('the same addresses in other VLANs and tunnels are other flows', () => {
  const inGre = (packet: Buffer, back: boolean): Buffer => {
    const ends = { source: '172.16.0.1', destination: '172.16.0.2' } as const
    const outer = back ? { source: ends.destination, destination: ends.source } : ends
    return ethernet(ipv4(outer, gre({ type: ETHER_TYPE.ipv4 }, packet)))
  }
  const { flows } = analyse(
    ethernet(ipv4(V4, REQUEST)),
    ethernet(ipv4(V4, REQUEST), { vlans: [100] }),
    ethernet(ipv4(BACK, ANSWER), { vlans: [100] }),
    ethernet(ipv4(V4, REQUEST), { vlans: [5, 100] }),
    vxlan(77, ethernet(ipv4(V4, REQUEST))),
    vxlan(78, ethernet(ipv4(V4, REQUEST))),
    inGre(ipv4(V4, REQUEST), false),
    inGre(ipv4(BACK, ANSWER), true),
  )
  assert.deepEqual(
    flows.map(({ ends, sides }) => [ends.vlan, ends.innerVlan, ends.tunnel?.kind, ends.tunnel?.id, sides[1].packets]),
    [
      [undefined, undefined, undefined, undefined, 0],
      [100, undefined, undefined, undefined, 1],
      [5, 100, undefined, undefined, 0],
      [undefined, undefined, 'vxlan', 77, 0],
      [undefined, undefined, 'vxlan', 78, 0],
      [undefined, undefined, 'gre', undefined, 1],
    ],
  )
  assert.deepEqual(flows[5].ends.tunnel?.ends?.map(formatIp), ['172.16.0.1', '172.16.0.2'])
})

test('addresses of IPv6, also equal in their lower bits to others', () => {
  const { flows } = analyse(
    ethernet(ipv6(V6, REQUEST)),
    ethernet(ipv6({ source: V6.destination, destination: V6.source }, ANSWER)),
    ethernet(ipv6({ ...V6, source: '2001:db8:0:1::1' }, REQUEST)),
    ethernet(ipv4({ source: '0.0.0.0', destination: '0.0.0.1' }, REQUEST)),
  )
  assert.deepEqual(
    flows.map(({ ends, sides }) => [formatIp(ends.client), formatIp(ends.server), sides[1].packets]),
    [
      [V6.source, V6.destination, 1],
      ['2001:db8:0:1::1', V6.destination, 0],
      ['0.0.0.0', '0.0.0.1', 0],
    ],
  )
})

test('pings are told apart by their identifier; other protocols by their addresses', () => {
  const ping = (type: number, id: number): Buffer => ipv4(type === 8 ? V4 : BACK, icmp({ type, rest: id * 65_536 + 1 }))
  const { flows } = analyse(...[ping(8, 1), ping(0, 1), ping(8, 2)].map((packet) => ethernet(packet)))
  assert.deepEqual(
    flows.map(({ ends, sides }) => [ends.protocol, ends.clientPort, sides[0].packets, sides[1].packets]),
    [
      [PROTOCOL.icmp, 1, 1, 1],
      [PROTOCOL.icmp, 2, 1, 0],
    ],
  )
})

test('ICMP errors say which flow they are about, and who had sent', () => {
  const errors: IcmpError[] = []
  const quoted = ipv4(V4, REQUEST)
  const router = '10.0.9.9'
  const capture = captureOf(
    frames(
      ethernet(quoted),
      ethernet(
        ipv4(
          { source: router, destination: V4.source },
          icmp({ type: 3, code: 4, rest: 1400, payload: quoted.subarray(0, 28) }),
        ),
      ),
      ethernet(
        ipv4(
          { source: router, destination: V4.source },
          icmp({ type: 3, code: 1, payload: ipv4(BACK, udp({ sourcePort: 1, destinationPort: 2 })) }),
        ),
      ),
      ethernet(ipv6(V6, icmpv6({ type: 2, rest: 1280, payload: ipv6(V6, REQUEST) }))),
    ),
  )
  analyseCapture(capture, { sink: { onIcmpError: (error) => errors.push(error) } })
  assert.deepEqual(
    errors.map(({ frame, type, code, flow, direction, mtuBytes, quoted: about }) => [
      frame,
      type,
      code,
      flow,
      direction,
      mtuBytes,
      about?.protocol,
      about?.destinationPort,
      about?.tcpSequence,
    ]),
    [
      [2, 3, 4, 0, 0, 1400, PROTOCOL.tcp, 443, 7],
      [3, 3, 1, undefined, undefined, undefined, PROTOCOL.udp, 2, undefined],
      [4, 2, 0, undefined, undefined, 1280, PROTOCOL.tcp, 443, 7],
    ],
  )
  assert.equal(formatIp(errors[0].source), router)
})

test('ARP', () => {
  const seen: ArpSeen[] = []
  const arp = Buffer.concat([
    words(1, 0x0800, 0x0604, 2),
    Buffer.from('020000000001c0000201020000000002c0000202', 'hex'),
  ])
  const capture = captureOf(frames(ethernet(arp, { type: ETHER_TYPE.arp, source: '0a:00:00:00:00:09' })))
  analyseCapture(capture, { sink: { onArp: (one) => seen.push(one) } })
  assert.deepEqual(seen, [
    {
      frame: 1,
      timeNs: 0,
      opcode: 2,
      senderMac: '020000000001',
      sender: parseIp('192.0.2.1'),
      targetMac: '020000000002',
      target: parseIp('192.0.2.2'),
      frameSource: '0a0000000009',
      vlan: undefined,
    },
  ])
})

test('beyond the limit flows that are over or silent are given out, and their ports are remembered', () => {
  const syn = (port: number, sequence: number): Buffer =>
    ethernet(ipv4(V4, tcp({ sourcePort: port, destinationPort: 80, flags: TCP_FLAG.syn, sequence })))
  const packets = Array.from({ length: 300 }, (_, index) => syn(1000 + index, 1))
  const { flows, verdicts } = analyseCapture(captureOf(frames(...packets, syn(1000, 1), syn(1001, 99))), {
    flowLimit: 32,
  })
  assert.equal(flows.length, 302)
  assert.equal(new Set(flows.map(({ ends }) => ends.id)).size, 302)
  assert.ok(flows.filter(({ isForgotten }) => isForgotten).length >= 302 - 32)
  assert.deepEqual(
    verdicts.slice(-2).map(({ tcpFlags }) => tcpFlags !== 0),
    [false, true],
  )
  assert.equal(flows[301].reusedPorts, true)
})
