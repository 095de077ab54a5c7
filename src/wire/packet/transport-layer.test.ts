import assert from 'node:assert/strict'
import test from 'node:test'
import { formatIp } from '../ip.ts'
import { ipChecksum, transportChecksum } from './checksum.ts'
import { faultNames } from './fault.ts'
import { PROTOCOL } from './numbers.ts'
import { Packet } from './packet.ts'
import { readQuoted } from './quoted.ts'
import {
  ethernet,
  icmp,
  icmpv6,
  ipv4,
  ipv6,
  segment,
  type Segment,
  synOptions,
  tcp,
  TCP_FLAG,
  udp,
  words,
} from './testing/index.ts'
import { payloadOf, readFrame } from './testing/read-frame.ts'

const V4 = { source: '192.0.2.1', destination: '192.0.2.2' } as const
const V6 = { source: '2001:db8::1', destination: '2001:db8::2' } as const
const PORTS = { sourcePort: 4000, destinationPort: 53 } as const
const hex = (text: string): string => Buffer.from(text).toString('hex')

function changed(content: Segment, change: (bytes: Buffer) => void): Segment {
  const bytes = Buffer.from(content.bytes)
  change(bytes)
  return { ...content, bytes, checksumAt: -1 }
}

/** Transport (0 when its header is not whole or not known), payload, its length on the wire, faults. */
type Seen = readonly [transport: number, payload: string | undefined, payloadBytes: number, faults: readonly string[]]

const seen = (packet: Packet): Seen => [
  packet.transport,
  payloadOf(packet),
  packet.payloadBytes,
  faultNames(packet.faults),
]

const CONTENTS: readonly (readonly [why: string, content: Segment, seen: Seen])[] = [
  ['TCP', tcp({ ...PORTS, payload: 'data' }), [6, hex('data'), 4, []]],
  ['TCP with options', tcp({ ...PORTS, options: synOptions(), payload: 'd' }), [6, hex('d'), 1, []]],
  ['TCP without data: padding is none', tcp(PORTS), [6, '', 0, []]],
  [
    'a TCP header of 16 bytes',
    changed(tcp({ ...PORTS, payload: 'data' }), (bytes) => (bytes[12] = 0x40)),
    [6, undefined, -1, ['tcpHeaderLength']],
  ],
  [
    'a TCP header beyond the packet',
    changed(tcp({ ...PORTS, payload: 'data' }), (bytes) => (bytes[12] = 0x70)),
    [6, undefined, -1, ['tcpHeaderLength']],
  ],
  [
    'a TCP option beyond the header',
    tcp({ ...PORTS, options: Buffer.from([2, 5, 0, 0]), payload: 'd' }),
    [6, hex('d'), 1, ['tcpOption']],
  ],
  ['a TCP option of length 1', tcp({ ...PORTS, options: Buffer.from([1, 9, 1, 0]) }), [6, '', 0, ['tcpOption']]],
  ['a TCP option without length', tcp({ ...PORTS, options: Buffer.from([1, 1, 1, 9]) }), [6, '', 0, ['tcpOption']]],
  ['rubbish behind the last TCP option', tcp({ ...PORTS, options: Buffer.from([1, 0, 9, 1]) }), [6, '', 0, []]],
  ['UDP', udp({ ...PORTS, payload: 'data' }), [17, hex('data'), 4, []]],
  ['UDP that says less than is there', udp({ ...PORTS, payload: 'data', length: 10 }), [17, hex('da'), 2, []]],
  ['UDP that says more', udp({ ...PORTS, payload: 'data', length: 13 }), [17, hex('data'), 4, ['udpLength']]],
  [
    'UDP that says less than its header',
    udp({ ...PORTS, payload: 'data', length: 7 }),
    [17, undefined, -1, ['udpLength']],
  ],
  [
    'UDP-Lite',
    segment(PROTOCOL.udpLite, Buffer.concat([words(4000, 53, 8, 0), Buffer.from('data')])),
    [136, hex('data'), 4, []],
  ],
  [
    'SCTP',
    segment(PROTOCOL.sctp, Buffer.concat([words(4000, 53, 0, 1, 0, 0), Buffer.from('data')])),
    [132, hex('data'), 4, []],
  ],
  ['GRE that carries nothing known', segment(PROTOCOL.gre, words(0, 0x1234, 5)), [47, '000012340005', 6, []]],
  ['ESP', segment(50, 'data'), [0, hex('data'), 4, []]],
  ['no next header', segment(PROTOCOL.noNext, 'data'), [0, hex('data'), 4, []]],
]

test('headers behind IP and their payload, in both versions', () => {
  for (const [why, content, expected] of CONTENTS) {
    for (const packet of [ipv4(V4, content), ipv6(V6, content)]) {
      for (const view of ['outer', 'deep'] as const) {
        assert.deepEqual(seen(readFrame(ethernet(packet), view)), expected, `${why}, ${view}`)
      }
    }
  }
})

test('ICMP belongs to its own version of IP', () => {
  const four = icmp({ type: 8, code: 1, payload: 'ping' })
  const six = icmpv6({ type: 128, code: 1, payload: 'ping' })
  assert.deepEqual(seen(readFrame(ethernet(ipv4(V4, four)))), [1, hex('ping'), 4, []])
  assert.deepEqual(seen(readFrame(ethernet(ipv6(V6, six)))), [58, hex('ping'), 4, []])
  assert.equal(readFrame(ethernet(ipv6(V6, four))).transport, 0)
  assert.equal(readFrame(ethernet(ipv4(V4, six))).transport, 0)
})

test('a jumbogram and a segment before the card divided it say no length', () => {
  const packet = ipv6({ ...V6, length: 0 }, udp({ ...PORTS, payload: 'data', length: 0 }))
  const frame = ethernet(Buffer.concat([packet, Buffer.alloc(30)]))
  assert.deepEqual(seen(readFrame(frame)), [17, `${hex('data')}${'00'.repeat(30)}`, 34, []])
  assert.deepEqual(seen(readFrame(frame, 'outer')), [17, undefined, -1, ['udpLength']])
})

test('headers that the sender cut off: ports are known in the deep view, and only with their own bytes', () => {
  const cases: readonly (readonly [why: string, content: Segment, headerBytes: number])[] = [
    ['TCP', tcp({ ...PORTS, flags: TCP_FLAG.syn }), 20],
    ['UDP', udp(PORTS), 8],
    ['SCTP', segment(PROTOCOL.sctp, words(4000, 53, 0, 1, 0, 0)), 12],
    ['ICMP', icmp({ type: 8 }), 8],
  ]
  for (const [why, content, headerBytes] of cases) {
    for (let kept = 0; kept < headerBytes; kept++) {
      const packet = ipv4(V4, segment(content.protocol, content.bytes.subarray(0, kept)))
      const deep = readFrame(packet, 'deep', 101)
      assert.deepEqual(seen(deep), [0, undefined, -1, ['transportCut']], `${why}, ${kept} bytes`)
      assert.equal(deep.sourcePort, kept >= 4 && why !== 'ICMP' ? 4000 : -1, `${why}, ${kept} bytes`)
      const outer = readFrame(packet, 'outer', 101)
      assert.deepEqual([...seen(outer), outer.sourcePort], [0, undefined, -1, ['transportCut'], -1], why)
    }
  }
})

test('the outer view looks for headers up to the end of the frame', () => {
  const short = ipv4({ ...V4, length: 22 }, tcp({ ...PORTS, flags: TCP_FLAG.syn }))
  assert.deepEqual([readFrame(ethernet(short), 'outer').tcpFlags, readFrame(ethernet(short), 'deep').tcpFlags], [2, -1])
})

test('what the capture cut off is not the sender’s fault, and lengths are those on the wire', () => {
  const frame = ethernet(ipv4(V4, tcp({ ...PORTS, payload: 'x'.repeat(1000) })))
  const packet = new Packet('deep')
  packet.read(frame, 0, 96, 1, frame.length)
  assert.deepEqual([packet.payloadBytes, packet.payloadEnd - packet.payloadStart, packet.faults], [1000, 42, 0])
  for (let kept = 0; kept < frame.length; kept++) {
    packet.read(frame, 0, kept, 1, frame.length)
    assert.equal(packet.isMalformed, false, `${kept} bytes`)
    assert.equal(packet.frameBytes, frame.length)
  }
})

test('values of the TCP header', () => {
  const flags = TCP_FLAG.ae + TCP_FLAG.cwr + TCP_FLAG.ece + TCP_FLAG.fin
  const content = tcp({ ...PORTS, flags, sequence: 0xffff_fffe, acknowledgement: 0x8000_0000, window: 0xfedc })
  const packet = readFrame(ethernet(ipv6(V6, content)))
  assert.deepEqual(
    [packet.tcpFlags, packet.tcpSequence, packet.tcpAcknowledgement, packet.tcpWindow, packet.tcpHeaderBytes],
    [0x1c1, 0xffff_fffe, 0x8000_0000, 0xfedc, 20],
  )
  const other = readFrame(ethernet(ipv6(V6, udp(PORTS))))
  assert.deepEqual([other.tcpFlags, other.tcpSequence, other.tcpAcknowledgement, other.tcpWindow], [-1, -1, -1, -1])
})

test('the packet that an ICMP error quotes is read, its ports too when eight bytes of it are there', () => {
  const cause = tcp({ sourcePort: 443, destinationPort: 50_000, payload: 'x'.repeat(100) })
  const [four, six] = [
    ipv4({ source: '10.0.0.1', destination: '10.0.0.2' }, cause),
    ipv6({ ...V6, source: '2001:db8::9' }, cause),
  ]
  const quoted = new Packet('deep')
  const error4 = readFrame(ethernet(ipv4(V4, icmp({ type: 3, code: 4, rest: 1280, payload: four.subarray(0, 28) }))))
  assert.equal(readQuoted(error4, quoted), true)
  assert.deepEqual(
    [formatIp(quoted.source!), quoted.sourcePort, quoted.destinationPort, quoted.isMalformed],
    ['10.0.0.1', 443, 50_000, false],
  )
  const error6 = readFrame(ethernet(ipv6(V6, icmpv6({ type: 2, rest: 1280, payload: six }))))
  assert.equal(readQuoted(error6, quoted), true)
  assert.deepEqual(
    [formatIp(quoted.source!), quoted.destinationPort, quoted.payloadBytes],
    ['2001:db8::9', 50_000, 100],
  )
  const cut = readFrame(ethernet(ipv4(V4, icmp({ type: 11, payload: four.subarray(0, 19) }))))
  assert.equal(readQuoted(cut, quoted), false)
  assert.equal(readQuoted(readFrame(ethernet(ipv4(V4, icmp({ type: 8, payload: four })))), quoted), false)
})

test('checksums are told apart', () => {
  for (const [why, content] of CONTENTS.slice(0, 3)) {
    for (const [packet, version] of [[ipv4(V4, content), 4] as const, [ipv6(V6, content), 6] as const]) {
      const good = readFrame(ethernet(packet))
      assert.deepEqual([ipChecksum(good), transportChecksum(good)], [version === 4 ? 'good' : 'unchecked', 'good'], why)
      packet[packet.length - 1] ^= 1
      assert.equal(transportChecksum(readFrame(ethernet(packet))), 'bad', why)
    }
  }
  const states = (packet: Buffer): string => transportChecksum(readFrame(ethernet(packet)))
  assert.equal(states(ipv4(V4, icmp({ type: 8, payload: 'odd' }))), 'good')
  assert.equal(states(ipv6(V6, icmpv6({ type: 128, payload: 'odd' }))), 'good')
  assert.equal(states(ipv4(V4, udp({ ...PORTS, payload: 'odd' }))), 'good')
  assert.equal(states(ipv4({ ...V4, moreFragments: true }, udp(PORTS))), 'unchecked')
  const without = changed(udp(PORTS), (bytes) => bytes.writeUInt16BE(0, 6))
  assert.deepEqual([states(ipv4(V4, without)), states(ipv6(V6, without))], ['unchecked', 'bad'])
  const damaged = ipv4(V4, udp(PORTS))
  damaged[8] ^= 1
  assert.equal(ipChecksum(readFrame(ethernet(damaged))), 'bad')
})
