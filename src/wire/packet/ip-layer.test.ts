import assert from 'node:assert/strict'
import test from 'node:test'
import { formatIp } from '../ip.ts'
import { faultNames } from './fault.ts'
import { EXTENSION_HEADER } from './ip-layer.ts'
import { ETHER_TYPE, PROTOCOL } from './numbers.ts'
import type { Packet } from './packet.ts'
import {
  authenticationExtension,
  ethernet,
  type Extension,
  fragmentExtension,
  ipv4,
  type Ipv4Header,
  ipv6,
  type Ipv6Header,
  optionsExtension,
  routingExtension,
  udp,
} from './testing/index.ts'
import { readFrame } from './testing/read-frame.ts'

const DATAGRAM = udp({ sourcePort: 4000, destinationPort: 53, payload: 'q'.repeat(40) })

function v4(header: Partial<Ipv4Header>, change: (packet: Buffer) => void = () => {}): Buffer {
  const packet = ipv4({ source: '192.0.2.1', destination: '198.51.100.2', ...header }, DATAGRAM)
  change(packet)
  return ethernet(packet, { type: ETHER_TYPE.ipv4 })
}

function v6(header: Partial<Ipv6Header>, change: (packet: Buffer) => void = () => {}): Buffer {
  const packet = ipv6({ source: '2001:db8::1', destination: 'ff02::fb', ...header }, DATAGRAM)
  change(packet)
  return ethernet(packet, { type: ETHER_TYPE.ipv6 })
}

/** What is asserted of a frame: the IP version, what IP carries, the fragment state, the destination port, the faults. */
type Seen = readonly [version: number, protocol: number, fragment: number, port: number, faults: readonly string[]]

const seen = (packet: Packet): Seen => [
  packet.ipVersion,
  packet.protocol,
  packet.fragment,
  packet.destinationPort,
  faultNames(packet.faults),
]

const WHOLE_V4: Seen = [4, 17, 0, 53, []]
const WHOLE_V6: Seen = [6, 17, 0, 53, []]

/** One row of the table above `Packet` each; `outer` and `deep` differ where the second is given. */
const FRAMES: readonly (readonly [why: string, frame: Buffer, outer: Seen, deep?: Seen])[] = [
  ['IPv4', v4({}), WHOLE_V4],
  ['IPv4 with options', v4({ options: Buffer.alloc(40, 1) }), WHOLE_V4],
  ['another version', v4({}, (packet) => (packet[0] = 0x55)), [0, -1, 0, -1, ['ipVersion']]],
  ['IPv6 announced as IPv4', v4({}, (packet) => (packet[0] = 0x65)), [0, -1, 0, -1, ['ipVersion']]],
  ['header length 4', v4({}, (packet) => (packet[0] = 0x44)), [4, 17, 0, -1, ['ipHeaderLength']]],
  ['header length 0', v4({}, (packet) => (packet[0] = 0x40)), [4, 17, 0, -1, ['ipHeaderLength']]],
  ['header beyond the packet', v4({ length: 59 }, (packet) => (packet[0] = 0x4f)), [4, 17, 0, -1, ['ipLength']]],
  ['length below the header', v4({ length: 19 }), [4, 17, 0, -1, ['ipLength']]],
  ['length above the frame', v4({ length: 5000 }), [4, 17, 0, -1, ['ipLength']], [4, 17, 0, 53, ['ipLength']]],
  ['no length', v4({ length: 0 }), [4, 17, 0, -1, ['ipLength']], WHOLE_V4],
  ['first fragment', v4({ moreFragments: true }), [4, 17, 1, 53, []]],
  ['later fragment', v4({ moreFragments: true, fragmentOffsetBytes: 8 }), [4, 17, 2, -1, []]],
  ['last fragment', v4({ fragmentOffsetBytes: 65_528 }), [4, 17, 2, -1, []]],
  ['IPv6', v6({}), WHOLE_V6],
  ['IPv4 announced as IPv6', v6({}, (packet) => (packet[0] = 0x45)), [0, -1, 0, -1, ['ipVersion']]],
  ['IPv6 length above the frame', v6({ length: 5000 }), [6, -1, 0, -1, ['ipLength']], [6, 17, 0, 53, ['ipLength']]],
  // The kernel looks for headers behind the end of the packet; its payload is not there.
  ['IPv6 without length', v6({ length: 0 }), [6, 17, 0, 53, ['udpLength']], WHOLE_V6],
]

test('hostile IP headers: what both views make of them', () => {
  for (const [why, frame, outer, deep = outer] of FRAMES) {
    assert.deepEqual(seen(readFrame(frame, 'outer')), outer, `${why}, outer view`)
    assert.deepEqual(seen(readFrame(frame, 'deep')), deep, `${why}, deep view`)
  }
})

const HOP = optionsExtension(PROTOCOL.hopByHop)
const DESTINATION = optionsExtension(PROTOCOL.destinationOptions, 24)
const six: readonly Extension[] = [
  HOP,
  DESTINATION,
  routingExtension(4),
  fragmentExtension(0, false),
  authenticationExtension(),
  DESTINATION,
]

const CHAINS: readonly (readonly [why: string, extensions: readonly Extension[], outer: Seen, deep?: Seen])[] = [
  ['hop-by-hop', [HOP], WHOLE_V6],
  ['hop-by-hop at the wrong place', [DESTINATION, HOP], WHOLE_V6],
  // An authentication header is what the packet carries, to the kernel's filters.
  ['six headers of every kind', six, [6, 51, 0, -1, []], WHOLE_V6],
  ['seven headers', [...six, HOP], [6, 51, 0, -1, ['ipv6Chain']], [6, -1, 0, -1, ['ipv6Chain']]],
  ['seven headers without authentication', Array.from({ length: 7 }, () => HOP), [6, -1, 0, -1, ['ipv6Chain']]],
  [
    'a later fragment behind authentication',
    [authenticationExtension(), fragmentExtension(8, true)],
    [6, 51, 2, -1, []],
    [6, 17, 2, -1, []],
  ],
  [
    'a later fragment in a whole one',
    [fragmentExtension(0, false), fragmentExtension(8, true)],
    [6, 17, 0, -1, []],
    [6, 17, 2, -1, []],
  ],
  ['a fragment that is whole', [fragmentExtension(0, false)], WHOLE_V6],
  ['first fragment', [fragmentExtension(0, true)], [6, 17, 1, 53, []]],
  ['later fragment', [fragmentExtension(8, true)], [6, 17, 2, -1, []]],
  ['last fragment behind options', [HOP, fragmentExtension(65_528, false)], [6, 17, 2, -1, []]],
  ['later fragment before options', [fragmentExtension(8, false), DESTINATION], [6, -1, 2, -1, []]],
  ['a fragment in a first fragment', [fragmentExtension(0, true), fragmentExtension(0, false)], [6, 17, 1, 53, []]],
]

test('IPv6 extension headers', () => {
  for (const [why, extensions, outer, deep = outer] of CHAINS) {
    assert.deepEqual(seen(readFrame(v6({ extensions }), 'outer')), outer, `${why}, outer view`)
    assert.deepEqual(seen(readFrame(v6({ extensions }), 'deep')), deep, `${why}, deep view`)
  }
  const packet = readFrame(v6({ extensions: six }))
  assert.equal(
    packet.extensionHeaders,
    Object.values(EXTENSION_HEADER).reduce((bits, bit) => bits | bit),
  )
  assert.deepEqual([packet.ipHeaderBytes, packet.routingType], [40 + 8 + 24 + 8 + 8 + 24 + 24, 4])
})

test('a chain of IPv6 headers that is cut off, by its sender or by the capture', () => {
  const frame = v6({ extensions: [HOP, fragmentExtension(0, false)] })
  const cases: readonly (readonly [why: string, bytes: number, length: number, seen: Seen])[] = [
    ['the sender, before the first', 54 + 1, 1, [6, -1, 0, -1, ['ipv6Chain']]],
    ['the sender, inside the second', 54 + 8 + 3, 11, [6, -1, 0, -1, ['ipv6Chain']]],
    ['the sender, behind what leads on', 54 + 8 + 4, 12, [6, 17, 0, -1, ['ipv6Chain', 'transportCut']]],
  ]
  for (const [why, bytes, length, expected] of cases) {
    const cut = Buffer.from(frame.subarray(0, bytes))
    cut.writeUInt16BE(length, 14 + 4)
    for (const view of ['outer', 'deep'] as const) assert.deepEqual(seen(readFrame(cut, view)), expected, why)
  }
})

test('values of the IP header', () => {
  const four = readFrame(v4({ id: 0xbeef, timeToLive: 7, trafficClass: 0xb9, dontFragment: true }))
  assert.deepEqual(
    [four.ipBytes, four.timeToLive, four.trafficClass, four.uint16(four.ipStart + 4)],
    [68, 7, 0xb9, 0xbeef],
  )
  assert.deepEqual([formatIp(four.source!), formatIp(four.destination!)], ['192.0.2.1', '198.51.100.2'])
  assert.deepEqual([...four.addresses], [0, 0, 0xffff, 0xc000_0201, 0, 0, 0xffff, 0xc633_6402])
  const six = readFrame(v6({ timeToLive: 255, trafficClass: 0x7f, flow: 0xabcde }))
  assert.deepEqual([six.ipBytes, six.timeToLive, six.trafficClass], [88, 255, 0x7f])
  assert.deepEqual([formatIp(six.source!), formatIp(six.destination!)], ['2001:db8::1', 'ff02::fb'])
  assert.deepEqual([...six.addresses], [0x2001_0db8, 0, 0, 1, 0xff02_0000, 0, 0, 0xfb])
  // A mapped address over IPv6 is the IPv4 address, as everywhere in the language.
  assert.equal(readFrame(v6({ source: (0xffffn << 32n) + 0xc000_0201n })).source, 0xc000_0201)
  const none = readFrame(Buffer.alloc(60))
  assert.deepEqual([none.ipBytes, none.timeToLive, none.trafficClass, none.source], [-1, -1, -1, undefined])
})

test('one object reads one frame after the other', () => {
  const packet = readFrame(v6({ extensions: six }))
  const frame = ethernet(Buffer.alloc(50), { type: 0x88cc })
  packet.read(frame, 0, frame.length, 1)
  const fresh = readFrame(frame)
  for (const key of Object.keys(fresh) as (keyof Packet)[]) {
    const isPosition = ['bytes', 'frameStart', 'frameEnd', 'frameWireEnd', 'boundEnd', 'boundWireEnd'].includes(key)
    const isScratch = ['addresses', 'nextStart', 'ipHeaderBytes', 'ipEnd', 'ipWireEnd', 'ethernetStart'].includes(key)
    if (!isPosition && !isScratch) assert.deepEqual(packet[key], fresh[key], key)
  }
})
