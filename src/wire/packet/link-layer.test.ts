import assert from 'node:assert/strict'
import test from 'node:test'
import { LINK_TYPE } from '../pcap/link-type.ts'
import { faultNames } from './fault.ts'
import { Packet } from './packet.ts'
import { ethernet, ipv4, ipv6, udp, words } from './testing/index.ts'
import { payloadOf, readFrame } from './testing/read-frame.ts'

const DATAGRAM = udp({ sourcePort: 4000, destinationPort: 53, payload: 'question' })
const V4 = ipv4({ source: '192.0.2.1', destination: '192.0.2.2' }, DATAGRAM)
const V6 = ipv6({ source: '2001:db8::1', destination: '2001:db8::2' }, DATAGRAM)
const PAYLOAD = Buffer.from('question').toString('hex')
const SNAP = Buffer.from('aaaa03000000', 'hex')
const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex')
const join = (...parts: readonly Buffer[]): Buffer => Buffer.concat(parts)
/** A control header of 22 bytes and more behind frame control, for IEEE 802.11. */
const wireless = (control: string, rest: string = ''): Buffer => join(hex(control), Buffer.alloc(22), hex(rest))

/** Every way in which a link carries IP. */
const CARRIED: readonly (readonly [why: string, linkType: number, frame: Buffer])[] = [
  ['Ethernet', LINK_TYPE.ethernet, ethernet(V4)],
  ['Ethernet, IPv6', LINK_TYPE.ethernet, ethernet(V6)],
  ['one VLAN tag', LINK_TYPE.ethernet, ethernet(V4, { vlans: [100] })],
  ['two VLAN tags', LINK_TYPE.ethernet, ethernet(V6, { vlans: [100, 7] })],
  [
    'QinQ before it was standard',
    LINK_TYPE.ethernet,
    ethernet(join(words(5, 0x8100, 6, 0x0800), V4), { type: 0x9100 }),
  ],
  ['LLC with SNAP', LINK_TYPE.ethernet, ethernet(join(SNAP, words(0x0800), V4), { type: 8 + V4.length })],
  ['SNAP of bridges', LINK_TYPE.ethernet, ethernet(join(hex('aaaa03 0000f8 0800'), V4), { type: 8 + V4.length })],
  ['LLC of IP', LINK_TYPE.ethernet, ethernet(join(hex('060603'), V4), { type: 3 + V4.length })],
  ['MPLS', LINK_TYPE.ethernet, ethernet(join(hex('00010040 00020140'), V4), { type: 0x8847 })],
  ['MPLS, IPv6', LINK_TYPE.ethernet, ethernet(join(hex('00020140'), V6), { type: 0x8848 })],
  ['Ethernet over MPLS', LINK_TYPE.ethernet, ethernet(join(hex('00020140 00000000'), ethernet(V4)), { type: 0x8847 })],
  ['PPPoE', LINK_TYPE.ethernet, ethernet(join(hex('1100 0007 0026 0021'), V4), { type: 0x8864 })],
  ['PPPoE in a VLAN', LINK_TYPE.ethernet, ethernet(join(hex('1100 0007 0026 0057'), V6), { type: 0x8864, vlans: [9] })],
  ['PPPoE without Ethernet', LINK_TYPE.pppoe, join(hex('1100 0007 0026 0021'), V4)],
  ['raw', LINK_TYPE.raw, V4],
  ['raw, IPv6', LINK_TYPE.raw, V6],
  ['raw of BSD', LINK_TYPE.rawBsd, V6],
  ['raw of OpenBSD', LINK_TYPE.rawOpenBsd, V4],
  ['IPv4', LINK_TYPE.rawIpv4, V4],
  ['IPv6', LINK_TYPE.rawIpv6, V6],
  ['null, little-endian', LINK_TYPE.null, join(hex('02000000'), V4)],
  ['null, big-endian', LINK_TYPE.null, join(hex('00000002'), V4)],
  ...['0a', '18', '1c', '1e'].map((family): [string, number, Buffer] => [
    `null, IPv6 as ${family}`,
    LINK_TYPE.null,
    join(hex(`${family}000000`), V6),
  ]),
  ['loop', LINK_TYPE.loop, join(hex('00000018'), V6)],
  ['Linux cooked', LINK_TYPE.linuxCooked, join(hex('0000 0001 0006 020000000001 0000 0800'), V4)],
  ['Linux cooked with a tag', LINK_TYPE.linuxCooked, join(hex('0000 0001 0006 020000000001 0000 8100 0005 86dd'), V6)],
  [
    'Linux cooked with LLC',
    LINK_TYPE.linuxCooked,
    join(hex('0000 0001 0006 020000000001 0000 0004'), SNAP, words(0x0800), V4),
  ],
  ['Linux cooked 2', LINK_TYPE.linuxCooked2, join(hex('86dd 0000 00000003 0001 00 06 0200000000010000'), V6)],
  ['PPP', LINK_TYPE.ppp, join(hex('ff03 0021'), V4)],
  ['PPP without address', LINK_TYPE.ppp, join(hex('0057'), V6)],
  ['PPP with a short number', LINK_TYPE.pppHdlc, join(hex('ff03 21'), V4)],
  ['PPP with direction', LINK_TYPE.pppWithDirection, join(hex('01 ff03 0021'), V4)],
  ['Cisco HDLC', LINK_TYPE.ciscoHdlc, join(hex('0f00 0800'), V4)],
  ['802.11 data', LINK_TYPE.ieee80211, join(wireless('0802'), SNAP, words(0x0800), V4)],
  ['802.11 with four addresses', LINK_TYPE.ieee80211, join(wireless('0803', '000000000000'), SNAP, words(0x0800), V4)],
  ['802.11 with quality of service', LINK_TYPE.ieee80211, join(wireless('8802', '0000'), SNAP, words(0x86dd), V6)],
  [
    '802.11 with high throughput',
    LINK_TYPE.ieee80211,
    join(wireless('8882', '0000 00000000'), SNAP, words(0x0800), V4),
  ],
  ['802.11 aggregate', LINK_TYPE.ieee80211, join(wireless('8802', '8000'), Buffer.alloc(14), SNAP, words(0x0800), V4)],
  ['radiotap', LINK_TYPE.ieee80211Radiotap, join(hex('0000 0800 00000000'), wireless('0802'), SNAP, words(0x0800), V4)],
  [
    'radiotap with clock, flags, more words and padding',
    LINK_TYPE.ieee80211Radiotap,
    join(
      hex('0000 1900 03000080 00000000 00000000 0102030405060708 20'),
      wireless('8802', '0000'),
      Buffer.alloc(2),
      SNAP,
      words(0x0800),
      V4,
    ),
  ],
  [
    'nflog',
    LINK_TYPE.nflog,
    join(hex('02000000 0800 0100 08000300 0900 0a00 64726f7000000000'), nflogPacket(V4, true)),
  ],
  ['nflog, big-endian', LINK_TYPE.nflog, join(hex('0a000000 0008 0001 08000300'), nflogPacket(V6, false))],
  ['pktap', LINK_TYPE.applePktap, join(hex('10000000 00000000 01000000 00000000'), ethernet(V4))],
]

function nflogPacket(packet: Buffer, littleEndian: boolean): Buffer {
  const head = Buffer.alloc(4)
  if (littleEndian) head.writeUInt32LE(packet.length + 4 + 0x9_0000)
  else head.writeUInt32BE((packet.length + 4) * 0x1_0000 + 9)
  return Buffer.concat([head, packet])
}

test('IP is found behind every link type', () => {
  for (const [why, linkType, frame] of CARRIED) {
    const packet = readFrame(frame, 'deep', linkType)
    assert.equal(payloadOf(packet), PAYLOAD, why)
    assert.deepEqual([packet.sourcePort, packet.destinationPort, packet.faults], [4000, 53, 0], why)
  }
})

test('a frame that ends early has no packet, and says so', () => {
  for (const [why, linkType, frame] of CARRIED) {
    const ipAt = frame.indexOf(frame.includes(V4) ? V4 : V6)
    for (let length = 0; length < ipAt + 20; length++) {
      const packet = readFrame(frame.subarray(0, length), 'deep', linkType)
      assert.equal(packet.ipVersion, 0, `${why}, ${length} bytes`)
    }
    const whole = new Packet('deep')
    whole.read(frame, 0, Math.max(0, ipAt - 1), linkType, frame.length)
    // The capture is to blame, not the sender.
    assert.equal(whole.isMalformed, false, `${why}: ${faultNames(whole.faults).join()}`)
  }
})

test('what is no IP is left alone', () => {
  const cases: readonly (readonly [why: string, linkType: number, frame: Buffer])[] = [
    ['spanning tree', LINK_TYPE.ethernet, ethernet(join(hex('424203'), Buffer.alloc(40)), { type: 38 })],
    ['a vendor of SNAP', LINK_TYPE.ethernet, ethernet(join(hex('aaaa0300000c2000'), V4), { type: 60 })],
    ['LLDP', LINK_TYPE.ethernet, ethernet(Buffer.alloc(50), { type: 0x88cc })],
    ['a beacon', LINK_TYPE.ieee80211, join(hex('8000'), Buffer.alloc(60))],
    ['encrypted', LINK_TYPE.ieee80211, join(wireless('0842'), SNAP, words(0x0800), V4)],
    ['no data', LINK_TYPE.ieee80211, join(wireless('4802'), SNAP, words(0x0800), V4)],
    [
      'a later fragment of 802.11',
      LINK_TYPE.ieee80211,
      join(hex('0802'), Buffer.alloc(20), hex('0100'), SNAP, words(0x0800), V4),
    ],
    ['an acknowledgement of 802.11', LINK_TYPE.ieee80211, hex('d400 0000 020000000001')],
    ['PPP control', LINK_TYPE.ppp, hex('ff03 c021 01010008')],
    ['netlink', LINK_TYPE.linuxCooked, hex('0004 0338 0000 0000000000000000 0000 00000000')],
  ]
  for (const [why, linkType, frame] of cases) {
    const packet = readFrame(frame, 'deep', linkType)
    assert.deepEqual([packet.ipVersion, faultNames(packet.faults)], [0, []], why)
  }
})

test('VLAN tags: the outermost and the next; how many are followed depends on the view', () => {
  const two = readFrame(ethernet(V4, { vlans: [0xe064, 0x0007] }))
  assert.deepEqual([two.vlanCount, two.vlanTag, two.innerVlanTag, two.etherType], [2, 0xe064, 7, 0x88a8])
  const three = ethernet(V4, { vlans: [1, 2, 3] })
  assert.deepEqual(faultNames(readFrame(three, 'outer').faults), ['linkDepth'])
  assert.deepEqual([readFrame(three, 'outer').ipVersion, readFrame(three, 'deep').ipVersion], [0, 4])
  const nine = readFrame(ethernet(V4, { vlans: [1, 2, 3, 4, 5, 6, 7, 8, 9] }))
  assert.deepEqual([faultNames(nine.faults), nine.ipVersion], [['linkDepth'], 0])
})

test('the outer view follows no shims', () => {
  for (const [why, linkType, frame] of CARRIED.slice(4, 13)) {
    assert.equal(readFrame(frame, 'outer', linkType).ipVersion, 0, why)
  }
})

test('a frame check sequence is no part of the frame', () => {
  const checked = join(ethernet(V4, { vlans: [] }), hex('deadbeef'))
  const packet = new Packet('deep')
  packet.read(checked, 0, checked.length, LINK_TYPE.ethernet, checked.length, 4)
  assert.equal(packet.frameBytes, checked.length - 4)
  // A packet whose length is not said ends where the frame does.
  const unsaid = ethernet(
    ipv4(
      { source: '192.0.2.1', destination: '192.0.2.2', length: 0 },
      udp({ sourcePort: 1, destinationPort: 2, payload: 'x'.repeat(60) }),
    ),
  )
  const withSequence = join(unsaid, hex('deadbeef'))
  packet.read(withSequence, 0, withSequence.length, LINK_TYPE.ethernet, withSequence.length, 4)
  assert.equal(packet.payloadBytes, 60)
  const radiotap = join(hex('0000 0900 02000000 10'), wireless('0802'), SNAP, words(0x0800), V4, hex('deadbeef'))
  assert.equal(readFrame(radiotap, 'deep', LINK_TYPE.ieee80211Radiotap).boundWireEnd, 7 + radiotap.length - 4)
})

test('ARP and unknown links', () => {
  const arp = hex('0001 0800 06 04 0002 020000000001 c0000201 020000000002 c0000202')
  const packet = readFrame(ethernet(arp, { type: 0x0806 }))
  assert.deepEqual([packet.arpStart, packet.ipVersion, packet.faults], [7 + 14, 0, 0])
  assert.equal(packet.uint32(packet.arpStart + 14), 0xc000_0201)
  assert.deepEqual(faultNames(readFrame(V4, 'deep', 147).faults), ['linkType'])
  assert.equal(readFrame(V4, 'deep', 147).isMalformed, false)
})
