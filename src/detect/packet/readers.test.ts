import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { FIELD_BY_NAME, FIELDS, type FieldValue } from '#fields'
import { compilePredicate, parseExpression } from '#rules'
import { LINK_TYPE, Packet, parseIp, type PacketView } from '#wire'
import {
  dnsAnswer,
  ethernet,
  fragmentExtension,
  gre,
  icmp,
  icmpv6,
  ipv4,
  ipv6,
  optionsExtension,
  RECORD_TYPE,
  routingExtension,
  synOptions,
  tcp,
  tcpOptions,
  TCP_FLAG,
  udp,
  words,
} from '../../wire/packet/testing/index.ts'
import { PACKET_READERS } from './readers.ts'

const V4 = { source: '192.0.2.1', destination: '198.51.100.2' } as const
const V6 = { source: '2001:db8::1', destination: '2001:db8::2' } as const
const RECORDS = Array.from({ length: 60 }, (_, index) => Buffer.alloc(16, index))
const ANSWER = dnsAnswer(0x1234, 'amplify.test', RECORD_TYPE.aaaa, RECORDS)
const SYN = tcp({
  sourcePort: 40_000,
  destinationPort: 443,
  flags: TCP_FLAG.syn,
  sequence: 0xdead_beef,
  window: 29_200,
  options: synOptions(1400, 9),
})
const arp = Buffer.concat([words(1, 0x0800, 0x0604, 2), Buffer.from('020000000001c0000201020000000002c0000202', 'hex')])

const FRAMES = {
  answer: ethernet(
    ipv4(
      { ...V4, id: 0xbeef, timeToLive: 250, trafficClass: 0xb9, options: Buffer.from('94040000', 'hex') },
      udp({ sourcePort: 53, destinationPort: 3333, payload: ANSWER }),
    ),
  ),
  syn: ethernet(ipv6({ ...V6, flow: 0xbeef, extensions: [optionsExtension(0), routingExtension(4)] }, SYN), {
    vlans: [0xa064, 7],
  }),
  later: ethernet(
    ipv4(
      { ...V4, moreFragments: true, fragmentOffsetBytes: 1480 },
      udp({ sourcePort: 53, destinationPort: 53, payload: 'x' }),
    ),
  ),
  first: ethernet(
    ipv6(
      { ...V6, extensions: [fragmentExtension(0, true)] },
      udp({ sourcePort: 53, destinationPort: 53, payload: 'x' }),
    ),
  ),
  ping: ethernet(ipv4({ ...V4, dontFragment: true }, icmp({ type: 8, code: 0, payload: 'ping' }))),
  tooBig: ethernet(ipv6(V6, icmpv6({ type: 2, code: 1, rest: 1280 }))),
  tunnel: ethernet(
    ipv4(V4, gre({ type: 0x0800, key: 42 }, ipv4({ source: '10.0.0.1', destination: '10.0.0.2' }, SYN))),
  ),
  arp: ethernet(arp, { type: 0x0806, source: '0a:0B:00:00:00:01' }),
  odd: ethernet(ipv4({ ...V4, length: 21 }, SYN)),
} as const

type FrameName = keyof typeof FRAMES

function read(frame: Buffer, view: PacketView, linkType: number = LINK_TYPE.ethernet): Packet {
  const packet = new Packet(view)
  packet.read(frame, 0, frame.length, linkType)
  return packet
}

const value = (name: string, packet: Packet): FieldValue | undefined => PACKET_READERS.read[name](packet)

test('every field of packets has a reader, and every reader a field', () => {
  // What messages of layer 7 say, the readers of captures add.
  const ofPackets = FIELDS.filter(
    ({ name, points }) =>
      points.includes('capture') && !points.includes('http-edge') && !/^(?:dns|tls|quic)\./.test(name),
  )
  const ofConnections = ['ip.src', 'ip.dst', 'tcp.srcport', 'tcp.dstport']
  const names = [...ofConnections, ...ofPackets.map(({ name }) => name)]
  assert.deepEqual(Object.keys(PACKET_READERS.read).sort(), names.sort())
})

test('fields are read from the frame', () => {
  const cases: readonly (readonly [frame: FrameName, values: Readonly<Record<string, FieldValue | undefined>>])[] = [
    [
      'answer',
      {
        'ip.src': parseIp(V4.source)!,
        'ip.version': 4,
        'ip.proto': 17,
        'ip.hdr_len': 24,
        'ip.id': 0xbeef,
        'ip.ttl': 250,
        'ip.dsfield': 0xb9,
        'ip.dsfield.dscp': 46,
        'ip.dsfield.ecn': 1,
        'ip.options': '\x94\x04\x00\x00',
        'ip.flags.df': false,
        'ip.frag': 0,
        'udp.length': ANSWER.length + 8,
        'l4.srcport': 53,
        'l4.payload.len': ANSWER.length,
        'frame.len': 14 + 24 + 8 + ANSWER.length,
        'tcp.srcport': undefined,
        'tcp.flags.syn': undefined,
        'ipv6.flow': undefined,
        'icmp.type': undefined,
        'vlan.id': undefined,
        'packet.malformed': false,
      },
    ],
    [
      'syn',
      {
        'ip.dst': parseIp(V6.destination)!,
        'ip.len': 40 + 8 + 8 + 40,
        'ip.proto': 6,
        'ip.hdr_len': undefined,
        'ip.id': undefined,
        'ip.options': undefined,
        'ipv6.flow': 0xbeef,
        'ipv6.nxt': 0,
        'ipv6.hopopts': true,
        'ipv6.routing': true,
        'ipv6.routing.type': 4,
        'ipv6.fraghdr': false,
        'ipv6.dstopts': false,
        'vlan.id': 100,
        'vlan.priority': 5,
        'vlan.inner_id': 7,
        'eth.type': 0x88a8,
        'tcp.flags': 2,
        'tcp.flags.syn': true,
        'tcp.flags.ack': false,
        'tcp.seq': 0xdead_beef,
        'tcp.ack': 0,
        'tcp.window': 29_200,
        'tcp.hdr_len': 40,
        'tcp.len': 0,
        'tcp.options': synOptions(1400, 9).toString('latin1'),
        'tcp.options.mss': 1400,
        'tcp.options.wscale': 9,
        'tcp.options.sack_perm': true,
        'tcp.options.timestamp': true,
        'tcp.options.timestamp.tsval': 0x0102_0304,
        'tcp.options.timestamp.tsecr': 0,
        'l4.payload': '',
        'udp.dstport': undefined,
      },
    ],
    [
      'later',
      { 'ip.frag': 2, 'ip.frag_offset': 185, 'ip.flags.mf': true, 'udp.srcport': undefined, 'l4.payload': undefined },
    ],
    ['first', { 'ip.frag': 1, 'ip.frag_offset': 0, 'ip.flags.mf': undefined, 'udp.srcport': 53, 'ipv6.fraghdr': true }],
    ['ping', { 'icmp.type': 8, 'icmp.code': 0, 'ip.flags.df': true, 'icmpv6.type': undefined, 'l4.payload': 'ping' }],
    ['tooBig', { 'icmpv6.type': 2, 'icmpv6.code': 1, 'icmp.type': undefined }],
    [
      'arp',
      {
        'arp.opcode': 2,
        'arp.src.proto_ipv4': parseIp('192.0.2.1')!,
        'arp.dst.proto_ipv4': parseIp('192.0.2.2')!,
        'eth.src': '0a:0b:00:00:00:01',
        'eth.dst': '02:00:00:00:00:02',
        'ip.src': undefined,
        'ip.frag': undefined,
      },
    ],
    ['odd', { 'packet.malformed': true, 'ip.len': 21, 'tcp.flags': undefined }],
  ]
  for (const [name, values] of cases) {
    const packet = read(FRAMES[name], 'deep')
    for (const [field, expected] of Object.entries(values))
      assert.equal(value(field, packet), expected, `${name}: ${field}`)
  }
})

test('the deep view shows the packet in the tunnel, the outer view the one around it', () => {
  const deep = read(FRAMES.tunnel, 'deep')
  const outer = read(FRAMES.tunnel, 'outer')
  const shared = { 'gre.proto': 0x0800, 'gre.key': 42, 'gre.flags.version': 0 }
  for (const [field, expected] of Object.entries(shared)) {
    assert.deepEqual([value(field, deep), value(field, outer)], [expected, expected], field)
  }
  const differing: readonly (readonly [field: string, deep: FieldValue | undefined, outer: FieldValue | undefined])[] =
    [
      ['ip.src', parseIp('10.0.0.1')!, parseIp(V4.source)!],
      ['ip.proto', 6, 47],
      ['tcp.dstport', 443, undefined],
      ['outer.ip.src', parseIp(V4.source)!, undefined],
      ['outer.ip.dst', parseIp(V4.destination)!, undefined],
      ['tunnel.depth', 1, 0],
      ['tunnel.kind', 'gre', undefined],
      ['tunnel.id', 42, undefined],
    ]
  for (const [field, inDeep, inOuter] of differing) {
    assert.deepEqual([value(field, deep), value(field, outer)], [inDeep, inOuter], field)
  }
  const overIpv6 = read(ethernet(ipv6(V6, gre({ type: 0x0800 }, FRAMES.ping.subarray(14)))), 'deep')
  assert.deepEqual(
    [value('outer.ip.src', overIpv6), value('outer.ip.dst', overIpv6)],
    [parseIp(V6.source), parseIp(V6.destination)],
  )
})

test('expressions select packets', () => {
  const cases: readonly (readonly [expression: string, frames: readonly FrameName[]])[] = [
    ['udp.srcport == 53 and ip.len > 1000', ['answer']],
    ['udp.srcport == 53 and ip.len > 1KiB and not ip.src in {10.0.0.0/8}', ['answer']],
    // Nothing is known of the ports of a later fragment: a comparison with them is false.
    ['not (udp.srcport == 53)', ['syn', 'later', 'ping', 'tooBig', 'tunnel', 'arp', 'odd']],
    ['udp.srcport != 53', []],
    ['tcp.flags.syn and not tcp.flags.ack and tcp.options.mss < 1460', ['syn', 'tunnel']],
    ['tcp.flags & 0x12', ['syn', 'tunnel']],
    ['ip.frag == 2', ['later']],
    ['ip.proto in {1 58}', ['ping', 'tooBig']],
    ['bit_slice(l4.payload, 0, 16) == 0x1234', ['answer']],
    ['starts_with(l4.payload, "pi") or l4.payload contains "\\x07amplify"', ['answer', 'ping']],
    ['ip.dst in {2001:db8::/32}', ['syn', 'first', 'tooBig']],
    ['eth.src == "0a:0b:00:00:00:01"', ['arp']],
    ['packet.malformed', ['odd']],
    ['gre.key == 42 and tunnel.depth > 0', ['tunnel']],
  ]
  for (const [text, expected] of cases) {
    const parsed = parseExpression(text, { fields: FIELD_BY_NAME })
    if (!parsed.ok) assert.fail(`${text}: ${parsed.error.message}`)
    const predicate = compilePredicate<Packet>(parsed.expression, { readers: PACKET_READERS, lists: new Map() })
    const selected = (Object.keys(FRAMES) as FrameName[]).filter((name) => predicate(read(FRAMES[name], 'deep')))
    assert.deepEqual(selected, expected, text)
  }
})

test('options that are not whole are not said to be missing', () => {
  const options = tcpOptions([4])
  const packet = ipv4(V4, tcp({ sourcePort: 1, destinationPort: 2, options }))
  const whole = read(packet, 'outer', LINK_TYPE.raw)
  assert.deepEqual([value('tcp.options.sack_perm', whole), value('tcp.options.timestamp', whole)], [true, false])
  const cut = new Packet('outer')
  cut.read(packet, 0, packet.length - 1, LINK_TYPE.raw, packet.length)
  assert.deepEqual([value('tcp.options.sack_perm', cut), value('tcp.options.timestamp', cut)], [undefined, undefined])
})

test('no reader throws, or sees what is not in the frame', () => {
  const change = fc.record({ at: fc.nat(100), value: fc.nat(255) })
  const frames = fc.constantFrom(...Object.values(FRAMES).map((frame) => frame.subarray(0, 200)))
  const views = fc.constantFrom<PacketView>('outer', 'deep')
  fc.assert(
    fc.property(frames, fc.array(change, { maxLength: 4 }), fc.nat(100), views, (seed, changes, cut, view) => {
      const frame = Buffer.from(seed.subarray(0, Math.max(0, seed.length - cut)))
      for (const { at, value: byte } of changes) if (at < frame.length) frame[at] = byte
      const seen = [0x00, 0xff].map((filler) => {
        const packet = new Packet(view)
        const around = Buffer.alloc(100, filler)
        packet.read(Buffer.concat([around, frame, around]), 100, 100 + frame.length, LINK_TYPE.ethernet)
        return Object.fromEntries(Object.keys(PACKET_READERS.read).map((name) => [name, value(name, packet)]))
      })
      assert.deepEqual(seen[0], seen[1])
    }),
    { numRuns: 2000 },
  )
})
