import assert from 'node:assert/strict'
import test from 'node:test'
import { formatIp } from '../ip.ts'
import { ETHER_TYPE, PROTOCOL } from './numbers.ts'
import { ethernet, gre, ipv4, ipv6, segment, type Segment, tcp, udp } from './testing/index.ts'
import { payloadOf, readFrame } from './testing/read-frame.ts'
import { TUNNEL, type TunnelKind } from './tunnel.ts'

const OUTER4 = { source: '198.51.100.1', destination: '198.51.100.2' } as const
const OUTER6 = { source: '2001:db8::a', destination: '2001:db8::b' } as const
const CONTENT = tcp({ sourcePort: 4000, destinationPort: 443, payload: 'inside' })
const INNER4 = ipv4({ source: '10.0.0.1', destination: '10.0.0.2' }, CONTENT)
const INNER6 = ipv6({ source: 'fd00::1', destination: 'fd00::2' }, CONTENT)
const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex')
const through = (port: number, ...payload: readonly Buffer[]): Segment =>
  udp({ sourcePort: 50_000, destinationPort: port, payload: Buffer.concat(payload) })
const VXLAN = hex('08000000 00123400')
const ppp = (packet: Buffer): Buffer => Buffer.concat([hex('ff03 0021'), packet])

const TUNNELS: readonly (readonly [why: string, content: Segment, kind: TunnelKind, id: number])[] = [
  ['IP in IP', segment(PROTOCOL.ipv4, INNER4), 'ipip', -1],
  ['GRE', gre({ type: ETHER_TYPE.ipv4 }, INNER4), 'gre', -1],
  [
    'GRE, IPv6, key and number',
    gre({ type: ETHER_TYPE.ipv6, key: 0xffff_0001, sequence: 9 }, INNER6),
    'gre',
    0xffff_0001,
  ],
  [
    'GRE with a checksum',
    segment(PROTOCOL.gre, Buffer.concat([hex('a000 0800 1234 0000 00000007'), INNER4])),
    'gre',
    7,
  ],
  ['GRE, Ethernet', gre({ type: ETHER_TYPE.transparentEthernet, key: 5 }, ethernet(INNER4)), 'gre', 5],
  ['GRE, MPLS', gre({ type: ETHER_TYPE.mpls }, Buffer.concat([hex('00020140'), INNER6])), 'gre', -1],
  [
    'PPTP',
    segment(PROTOCOL.gre, Buffer.concat([hex('3081 880b 0044 0009 00000001 00000002'), ppp(INNER4)])),
    'gre',
    0x0044_0009,
  ],
  ['ERSPAN I', gre({ type: ETHER_TYPE.erspan2 }, ethernet(INNER4)), 'erspan', -1],
  [
    'ERSPAN II',
    gre({ type: ETHER_TYPE.erspan2, sequence: 1 }, Buffer.concat([Buffer.alloc(8), ethernet(INNER4)])),
    'erspan',
    -1,
  ],
  [
    'ERSPAN III',
    gre({ type: ETHER_TYPE.erspan3, sequence: 1 }, Buffer.concat([Buffer.alloc(12), ethernet(INNER6)])),
    'erspan',
    -1,
  ],
  [
    'ERSPAN III of a platform',
    gre(
      { type: ETHER_TYPE.erspan3, sequence: 1 },
      Buffer.concat([Buffer.alloc(11), hex('01'), Buffer.alloc(8), ethernet(INNER6)]),
    ),
    'erspan',
    -1,
  ],
  ['VXLAN', through(4789, VXLAN, ethernet(INNER4, { vlans: [3] })), 'vxlan', 0x1234],
  ['VXLAN of Linux', through(8472, VXLAN, ethernet(INNER6)), 'vxlan', 0x1234],
  ['Geneve', through(6081, hex('0000 6558 00000a00'), ethernet(INNER4)), 'geneve', 10],
  ['Geneve with options and IP', through(6081, hex('0240 86dd 00000b00 0102 80 01 00000000'), INNER6), 'geneve', 11],
  ['GTP-U', through(2152, hex('30ff 0042 00000009'), INNER4), 'gtpU', 9],
  ['GTP-U with a number', through(2152, hex('32ff 0046 80000001 0001 00 00'), INNER6), 'gtpU', 0x8000_0001],
  [
    'GTP-U with extension headers',
    through(2152, hex('34ff 0050 00000001 0000 00 85 01 1009 85 02 000000000000 00'), INNER4),
    'gtpU',
    1,
  ],
]

test('fields show the packet inside, and the outer path is remembered', () => {
  for (const [why, content, kind, id] of TUNNELS) {
    for (const outer of [ipv4(OUTER4, content), ipv6(OUTER6, content)]) {
      const packet = readFrame(ethernet(outer, { vlans: [77] }))
      assert.equal(payloadOf(packet), Buffer.from('inside').toString('hex'), why)
      assert.match(formatIp(packet.source!), /^(10\.0\.0\.1|fd00::1)$/, why)
      assert.deepEqual([packet.tunnelDepth, packet.tunnelKinds[0], packet.tunnelId], [1, TUNNEL[kind], id], why)
      assert.deepEqual([packet.outerStarts[0], packet.vlanTag, packet.faults], [7 + 18, 77, 0], why)
      const outside = readFrame(ethernet(outer), 'outer')
      assert.deepEqual([outside.tunnelDepth, outside.protocol], [0, content.protocol], why)
    }
  }
})

test('6in4 and 4in6', () => {
  const six = readFrame(ethernet(ipv4(OUTER4, segment(PROTOCOL.ipv6, INNER6))))
  assert.deepEqual([six.ipVersion, six.tunnelKinds[0]], [6, TUNNEL.sixInFour])
  const four = readFrame(ethernet(ipv6(OUTER6, segment(PROTOCOL.ipv4, INNER4))))
  assert.deepEqual([four.ipVersion, four.tunnelKinds[0]], [4, TUNNEL.ipip])
})

test('tunnels in tunnels, down to the eighth', () => {
  let nested = INNER4
  for (let depth = 1; depth <= 9; depth++) {
    nested = ipv4({ ...OUTER4, id: depth }, segment(PROTOCOL.ipv4, nested))
    const packet = readFrame(ethernet(nested))
    assert.equal(packet.tunnelDepth, Math.min(depth, 8))
    assert.equal(packet.destinationPort, depth <= 8 ? 443 : -1)
    const ids = [...packet.outerStarts.subarray(0, packet.tunnelDepth)].map((start) => packet.uint16(start + 4))
    assert.deepEqual(
      ids,
      Array.from({ length: packet.tunnelDepth }, (_, index) => depth - index),
    )
  }
})

test('what only looks like a tunnel is the packet itself', () => {
  const cases: readonly (readonly [why: string, content: Segment])[] = [
    ['a port of VXLAN, other bytes', through(4789, Buffer.from('not a tunnel at all, just some text'))],
    ['a port of VXLAN, ARP inside', through(4789, VXLAN, ethernet(Buffer.alloc(28), { type: ETHER_TYPE.arp }))],
    ['a port of VXLAN, cut', through(4789, VXLAN, ethernet(INNER4).subarray(0, 33))],
    ['a port of GTP, an echo', through(2152, hex('32 01 0004 00000000 0000 00 00'))],
    ['a port of GTP, endless extensions', through(2152, hex('34ff 0042 00000009 0000 00 85'), Buffer.alloc(40))],
    ['Geneve of another version', through(6081, hex('4000 0800 00000a00'), INNER4)],
    ['GRE with source routes', segment(PROTOCOL.gre, Buffer.concat([hex('4000 0800 00000000'), INNER4]))],
    ['GRE of an unknown version', segment(PROTOCOL.gre, Buffer.concat([hex('0002 0800'), INNER4]))],
    ['GRE that ends in its header', segment(PROTOCOL.gre, hex('3000 0800 0000'))],
    ['IP in IP with another version', segment(PROTOCOL.ipv4, INNER6)],
    ['IP in IP, cut', segment(PROTOCOL.ipv4, INNER4.subarray(0, 19))],
  ]
  for (const [why, content] of cases) {
    const packet = readFrame(ethernet(ipv4(OUTER4, content)))
    assert.deepEqual([packet.tunnelDepth, packet.protocol, packet.faults], [0, content.protocol, 0], why)
    assert.equal(formatIp(packet.source!), OUTER4.source, why)
    assert.deepEqual([packet.boundEnd, packet.boundWireEnd], [packet.frameEnd, packet.frameWireEnd], why)
  }
})

test('the inner packet ends with the outer one at the latest', () => {
  const longer = ipv4({ source: '10.0.0.1', destination: '10.0.0.2', length: INNER4.length + 20 }, CONTENT)
  const frame = Buffer.concat([ethernet(ipv4(OUTER4, segment(PROTOCOL.ipv4, longer))), Buffer.alloc(100, 0xee)])
  const packet = readFrame(frame)
  assert.deepEqual([packet.payloadBytes, packet.isMalformed], [6, true])
})

test('of a tunnel whose packet was fragmented the first fragment shows the inner packet', () => {
  const outer = ipv4({ ...OUTER4, moreFragments: true }, through(4789, VXLAN))
  const inner = ethernet(ipv4({ source: '10.0.0.1', destination: '10.0.0.2', length: 1400 }, CONTENT))
  const first = Buffer.concat([outer, inner])
  first.writeUInt16BE(first.length, 2)
  const packet = readFrame(ethernet(first))
  assert.deepEqual([packet.tunnelDepth, packet.destinationPort, packet.payloadBytes, packet.faults], [1, 443, 1360, 0])
  const later = ipv4({ ...OUTER4, fragmentOffsetBytes: 80 }, segment(PROTOCOL.ipv4, INNER4))
  assert.deepEqual([readFrame(ethernet(later)).tunnelDepth, readFrame(ethernet(later)).fragment], [0, 2])
})
