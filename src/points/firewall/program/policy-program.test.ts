import assert from 'node:assert/strict'
import test from 'node:test'
import * as fc from 'fast-check'
import { PACKET_READERS } from '#detect'
import { RingBuffer } from '#net'
import { LINK_TYPE, Packet, parseCidr, XDP } from '#wire'
import { ethernet, ipv4, ipv6, optionsExtension, tcp, TCP_FLAG, udp } from '../../../wire/packet/testing/index.ts'
import { BpfJudge } from '../bpf-judge.ts'
import { packetRules } from '../packet-rules.ts'
import { ScriptJudge } from '../script-judge.ts'
import { addressList, packetPolicy, type WrittenRule } from '../testing/packet-policy.ts'
import { filterOf } from '../testing/policy-run.ts'
import { SAMPLE } from './layout.ts'

const skip = process.getuid?.() === 0 ? false : 'needs root'

const V4 = { source: '198.51.100.7', destination: '192.0.2.9' }
const V6 = { source: '2001:db8:1::7', destination: '2001:db8:2::9' }
const SYN = { sourcePort: 40_000, destinationPort: 23, flags: TCP_FLAG.syn, sequence: 77 }

const RULES: readonly WrittenRule[] = [
  { id: 'known', when: 'ip.src in $known', action: 'allow' },
  { id: 'seen', when: 'udp', action: 'log', phase: 'packet_ddos' },
  { id: 'tried', when: 'ip.ttl < 200', action: 'drop', mode: 'log' },
  { id: 'ntp', when: 'udp.dstport == 123', action: { rate_limit: { per: ['ip.src'], packets: 3, period: '1h' } } },
  { id: 'dns', when: 'udp.srcport == 53 and not ip.src in $known', action: 'drop' },
  { id: 'telnet', when: 'tcp.dstport == 23', action: 'reset' },
]
const WRITTEN = RULES.map((rule) => (rule.when === 'udp' ? { ...rule, when: 'ip.proto == 17' } : rule))
const LISTS = [addressList('known', ['198.51.100.99', '100.64.0.0/10', '2001:db8:3::/48', '2001:db8:1::1'])]

const datagram = (source: string, sourcePort: number, destinationPort: number): Buffer => {
  const header = { source, destination: source.includes(':') ? V6.destination : V4.destination }
  const segment = udp({ sourcePort, destinationPort, payload: 'x' })
  return ethernet(source.includes(':') ? ipv6(header, segment) : ipv4(header, segment))
}

test('packets meet the rules in order, and each is counted', { skip }, () => {
  const filter = filterOf(WRITTEN, LISTS)
  const cases: readonly (readonly [frame: Buffer, verdict: number, why: string])[] = [
    [datagram('203.0.113.5', 53, 9), XDP.pass, 'management passes before every rule'],
    [datagram('198.51.100.99', 53, 9), XDP.pass, 'an address of the list'],
    [datagram('100.127.255.255', 53, 9), XDP.pass, 'a prefix of the list'],
    [datagram('2001:db8:3:4::1', 53, 9), XDP.pass, 'an IPv6 prefix'],
    [datagram('2001:db8:1::1', 53, 9), XDP.pass, 'an IPv6 address'],
    [datagram('2001:db8:1::2', 53, 9), XDP.drop, 'in no list'],
    [datagram('100.128.0.0', 53, 9), XDP.drop, 'behind the prefix'],
    [datagram('198.51.100.7', 9, 9), XDP.pass, 'no rule decides'],
    [Buffer.alloc(60), XDP.pass, 'no packet of IP'],
  ]
  for (const [frame, verdict, why] of cases) assert.equal(filter.run.run(frame), verdict, why)
  assert.deepEqual(filter.counters(), [
    ['', 2, 0],
    ['seen', 7, 0],
    ['known', 4, 0],
    ['tried', 3, 0],
    ['ntp', 0, 0],
    ['dns', 2, 0],
    ['telnet', 0, 0],
    ['management', 1, 0],
  ])
  filter.close()
})

test('a rate is kept for each source', { skip }, () => {
  const filter = filterOf(WRITTEN, LISTS)
  for (const source of ['198.51.100.7', '198.51.100.8', '2001:db8:9::1']) {
    const verdicts = [1, 2, 3, 4, 5].map((port) => filter.run.run(datagram(source, port, 123)))
    assert.deepEqual(verdicts, [XDP.pass, XDP.pass, XDP.pass, XDP.drop, XDP.drop], source)
  }
  assert.equal(filter.run.run(datagram('2001:db8:9::ffff', 1, 123)), XDP.drop, 'the same network of IPv6')
  assert.deepEqual(filter.counters()[4], ['ntp', 16, 7])
  filter.close()
})

test('bytes of IP are limited as packets are', { skip }, () => {
  const action = { rate_limit: { bytes: '140B', period: '1h' } }
  const filter = filterOf([{ id: 'all', when: 'ip.version == 4', action }])
  const frame = datagram('198.51.100.7', 1, 2)
  assert.equal(frame.length, 60)
  assert.deepEqual(
    [1, 2, 3, 4].map(() => filter.run.run(frame)),
    [XDP.pass, XDP.pass, XDP.pass, XDP.drop],
  )
  filter.close()
})

const RESET = TCP_FLAG.rst
/** In a frame without tags and options. */
const DATA_OFFSET_AT = 14 + 20 + 12
const ANSWERED = [
  { sent: SYN, reset: { flags: RESET + TCP_FLAG.ack, sequence: 0, acknowledgement: 78 } },
  {
    sent: { ...SYN, flags: TCP_FLAG.ack, acknowledgement: 4_000_000_000, payload: 'data' },
    reset: { flags: RESET, sequence: 4_000_000_000 },
  },
  {
    sent: { ...SYN, flags: TCP_FLAG.fin, payload: 'abc' },
    reset: { flags: RESET + TCP_FLAG.ack, sequence: 0, acknowledgement: 81 },
  },
] as const

test('a segment is answered with a reset that its sender believes', { skip }, () => {
  const filter = filterOf(WRITTEN, LISTS)
  for (const { sent, reset } of ANSWERED) {
    const answer = tcp({ sourcePort: 23, destinationPort: 40_000, window: 0, ...reset })
    const back4 = ipv4({ source: V4.destination, destination: V4.source, dontFragment: true }, answer)
    const back6 = ipv6({ source: V6.destination, destination: V6.source }, answer)
    for (const [packet, back] of [
      [ipv4(V4, tcp(sent)), back4],
      [ipv6(V6, tcp(sent)), back6],
    ]) {
      const frame = ethernet(packet)
      const { result, frame: answered } = filter.run.transform(frame)
      assert.equal(result, XDP.tx)
      const hardware = Buffer.concat([frame.subarray(6, 12), frame.subarray(0, 6), frame.subarray(12, 14)])
      assert.equal(answered.toString('hex'), Buffer.concat([hardware, back]).toString('hex'))
    }
  }
  const shortHeader = Buffer.from(ethernet(ipv4(V4, tcp(SYN))))
  shortHeader[DATA_OFFSET_AT] = 0x40
  const silent = [
    ethernet(ipv4(V4, tcp({ ...SYN, flags: RESET }))),
    ethernet(ipv4({ ...V4, moreFragments: true }, tcp(SYN))),
    shortHeader,
  ]
  for (const frame of silent) assert.equal(filter.run.run(frame), XDP.drop)
  filter.close()
})

test('tags stay in a reset, options and extension headers go', { skip }, () => {
  const filter = filterOf(WRITTEN, LISTS)
  const answer = tcp({ sourcePort: 23, destinationPort: 40_000, window: 0, ...ANSWERED[0].reset })
  const back4 = ipv4({ source: V4.destination, destination: V4.source, dontFragment: true }, answer)
  const back6 = ipv6({ source: V6.destination, destination: V6.source }, answer)
  const options = { ...V4, options: Buffer.alloc(40, 1) }
  const extended = { ...V6, extensions: [optionsExtension(0), optionsExtension(60)] }
  for (const vlans of [[], [5], [7, 0x2009]]) {
    for (const [packet, back] of [
      [ipv4(V4, tcp(SYN)), back4],
      [ipv4(options, tcp(SYN)), back4],
      [ipv6(V6, tcp(SYN)), back6],
      [ipv6(extended, tcp(SYN)), back6],
    ]) {
      const frame = ethernet(packet, { vlans })
      const { result, frame: answered } = filter.run.transform(frame)
      assert.equal(result, XDP.tx)
      const tags = frame.subarray(12, 14 + 4 * vlans.length)
      const link = Buffer.concat([frame.subarray(6, 12), frame.subarray(0, 6), tags])
      assert.equal(answered.toString('hex'), Buffer.concat([link, back]).toString('hex'))
    }
  }
  filter.close()
})

test('the first packets of a rule are sampled, then a share that says what it stands for', { skip }, () => {
  const filter = filterOf([{ id: 'all', when: 'ip.version == 4', action: 'drop' }])
  const frame = datagram('198.51.100.7', 1, 2)
  filter.run.run(frame, 1024)
  const weights: number[] = []
  const ring = new RingBuffer(filter.samples)
  ring.drain((record) => {
    assert.equal(record.readUInt32LE(SAMPLE.slot), 1)
    assert.equal(record.readUInt32LE(SAMPLE.isDropped), 1)
    assert.equal(record.readUInt32LE(SAMPLE.frameBytes), frame.length)
    assert.deepEqual(record.subarray(SAMPLE.head, SAMPLE.head + frame.length), frame)
    weights.push(record.readUInt32LE(SAMPLE.weight))
  })
  assert.deepEqual(weights, [...Array.from({ length: 16 }, () => 1), 256, 256, 256, 256])
  ring.close()
  filter.close()
})

test('flows that take turns are sampled alike', { skip }, () => {
  const filter = filterOf([{ id: 'all', when: 'ip.version == 4', action: 'drop' }])
  for (let turn = 0; turn < 16 * 1024; turn++) filter.run.run(datagram(`198.51.100.${turn % 4}`, 1, 2))
  const seen = [0, 0, 0, 0]
  const ring = new RingBuffer(filter.samples)
  ring.drain((record) => {
    if (record.readUInt32LE(SAMPLE.weight) > 1) seen[record.readUInt8(SAMPLE.head + 14 + 15)]++
  })
  for (const samples of seen) assert.ok(samples >= 12 && samples <= 20, seen.join())
  ring.close()
  filter.close()
})

test('the kernel decides as JavaScript does, whatever comes', { skip }, () => {
  const policy = packetPolicy(WRITTEN, LISTS)
  const management = [parseCidr('203.0.113.0/24')!]
  const script = new ScriptJudge(policy, PACKET_READERS, management)
  const kernel = new BpfJudge({ rules: packetRules(policy, 0), lists: policy.lists, management })
  const seeds = [
    ethernet(ipv4(V4, tcp(SYN))),
    ethernet(ipv6(V6, tcp(SYN))),
    ...['203.0.113.5', '100.64.0.1', '2001:db8:3::1', '198.51.100.7'].map((source) => datagram(source, 53, 123)),
  ]
  const change = fc.record({ at: fc.nat(70), byte: fc.nat(255) })
  const packet = new Packet('outer')
  fc.assert(
    fc.property(fc.constantFrom(...seeds), fc.array(change, { maxLength: 3 }), fc.nat(40), (seed, changes, cut) => {
      const frame = Buffer.from(seed.subarray(0, Math.max(14, seed.length - cut)))
      for (const { at, byte } of changes) if (at < frame.length) frame[at] = byte
      packet.read(frame, 0, frame.length, LINK_TYPE.ethernet)
      assert.deepEqual(kernel.judge(frame), script.judge(packet, 0))
    }),
    { numRuns: 3000 },
  )
  assert.equal(typeof kernel.judge(Buffer.alloc(13)), 'string')
  kernel.close()
})

test('what a packet does not have is in no set, and in what is left of each', { skip }, () => {
  const fields = ['ip.src', 'ip.dst', 'tcp.dstport', 'ip.ttl', 'tcp.flags', 'vlan.id']
  const value = (field: string, index: number): string =>
    field === 'ip.src' || field === 'ip.dst' ? `${field} == 10.0.0.${index}` : `${field} == ${index}`
  const rules = fields.flatMap((field) =>
    [1, 2, 3, 4].map((index) => ({
      id: `${field} ${index}`,
      when: `${value(field, index)} and ip.proto != 250`,
      action: 'drop',
    })),
  )
  const nothing = Buffer.alloc(60)
  for (const field of fields) {
    const last = [1, 2, 3, 4, 5].map((index) => `not (${value(field, index)})`).join(' and ')
    const filter = filterOf([...rules, { id: 'absent', when: last, action: 'drop' }])
    assert.equal(filter.run.run(nothing), XDP.drop, field)
    assert.deepEqual(filter.counters().at(-2), ['absent', 1, 0], field)
    filter.close()
  }
  const filter = filterOf([...rules, { id: 'there', when: 'ip.src != 10.0.0.1 and ip.ttl != 1', action: 'drop' }])
  assert.equal(filter.run.run(nothing), XDP.pass)
  filter.close()
})

test('a thousand rules are one program', { skip }, () => {
  const rules = Array.from({ length: 1000 }, (_, index) => ({
    id: `rule-${index}`,
    when: `ip.src in {10.${index >> 8}.${index & 255}.0/24} and ip.proto == 17 and udp.dstport == ${1000 + index} and ip.len > 20`,
    action: 'drop',
  }))
  const filter = filterOf(rules)
  assert.equal(filter.run.run(datagram('10.3.231.9', 9, 1999)), XDP.drop)
  assert.equal(filter.run.run(datagram('10.3.231.9', 9, 1998)), XDP.pass)
  assert.deepEqual(filter.counters()[1000], ['rule-999', 1, 0])
  filter.close()
})
