import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { parseIp } from '../ip.ts'
import { ethernet, ipv4, tcp, TCP_FLAG } from '../packet/testing/index.ts'
import { FlowExportDecoder } from './decoder.ts'
import type { ExporterMemory } from './exporter.ts'
import { FlowRecord } from './flow-record.ts'
import {
  type BuiltField,
  dataSet,
  field,
  ipfix,
  ipfixOptionsSet,
  netflow5,
  netflow5Record,
  netflow9,
  netflow9OptionsSet,
  sflow5,
  sflowSample,
  templateSet,
  uint,
} from './testing/build-exports.ts'

const SENDER = parseIp('192.0.2.200')!
const TIME_SECONDS = 1_795_000_000
const SOURCE = 0xc633_6401
const DESTINATION = 0xcb00_7105

const FLOW: readonly BuiltField[] = [
  field(8, SOURCE, 4),
  field(12, DESTINATION, 4),
  field(7, 53, 2),
  field(11, 40_000, 2),
  field(4, 17, 1),
  field(2, 12, 4),
  field(1, 15_000, 8),
  field(22, 1000, 4),
  field(21, 4000, 4),
]

function decoderOf(memory?: readonly ExporterMemory[]): {
  readonly decoder: FlowExportDecoder
  readonly records: FlowRecord[]
} {
  const records: FlowRecord[] = []
  const decoder = new FlowExportDecoder((record) => records.push(Object.assign(new FlowRecord(), record)), memory)
  return { decoder, records }
}

function partOf(record: FlowRecord, expected: Partial<FlowRecord>): Partial<FlowRecord> {
  return Object.fromEntries(Object.keys(expected).map((name) => [name, record[name as keyof FlowRecord]]))
}

function assertRecord(record: FlowRecord, expected: Partial<FlowRecord>): void {
  assert.deepEqual(partOf(record, expected), expected)
}

test('NetFlow version 5 is read with its sampling and its times', () => {
  const { decoder, records } = decoderOf()
  const flow = netflow5Record({
    source: SOURCE,
    destination: DESTINATION,
    packets: 10,
    bytes: 840,
    startUptimeMs: 500_000,
    endUptimeMs: 501_500,
    sourcePort: 443,
    destinationPort: 51_000,
    flags: 0x1b,
    protocol: 6,
  })
  const head = { timeSeconds: TIME_SECONDS, uptimeMs: 600_000, sampling: 0x4000 | 100 }
  assert.equal(decoder.decode(netflow5(head, flow, flow), SENDER, 0), 'read')
  assert.equal(records.length, 2)
  assertRecord(records[1], {
    protocol: 'netflow5',
    source: SOURCE,
    destination: DESTINATION,
    packets: 10,
    bytes: 840,
    samplingRate: 100,
    tcpFlags: 0x1b,
    startMs: TIME_SECONDS * 1000 - 100_000,
    endMs: TIME_SECONDS * 1000 - 98_500,
    sourceAs: 64_500,
    inputInterface: 1,
    outputInterface: 2,
  })
})

test('times before the wrap of the uptime counter are not in the future', () => {
  const { decoder, records } = decoderOf()
  const flow = { source: 1, destination: 2, packets: 1, bytes: 40, sourcePort: 1, destinationPort: 2, protocol: 17 }
  const before = netflow5Record({ ...flow, startUptimeMs: 2 ** 32 - 1000, endUptimeMs: 500 })
  decoder.decode(netflow5({ timeSeconds: TIME_SECONDS, uptimeMs: 1000 }, before), SENDER, 0)
  assertRecord(records[0], { startMs: TIME_SECONDS * 1000 - 2000, endMs: TIME_SECONDS * 1000 - 500 })
})

test('NetFlow version 9 needs the template, and takes sampling from options', () => {
  const { decoder, records } = decoderOf()
  const head = { timeSeconds: TIME_SECONDS, uptimeMs: 10_000, domain: 7 }
  assert.equal(decoder.decode(netflow9(head, dataSet(256, FLOW)), SENDER, 0), 'read')
  assert.equal(records.length, 0)
  assert.equal(decoder.counters()[0].withoutTemplate, 1)
  decoder.decode(netflow9({ ...head, sequence: 1 }, templateSet(0, 256, FLOW), dataSet(256, FLOW)), SENDER, 0)
  assertRecord(records[0], {
    protocol: 'netflow9',
    sourcePort: 53,
    packets: 12,
    bytes: 15_000,
    samplingRate: 1,
    startMs: TIME_SECONDS * 1000 - 9000,
    endMs: TIME_SECONDS * 1000 - 6000,
  })
  const options = [field(1, 1, 4), field(34, 512, 4), field(35, 2, 1)]
  decoder.decode(netflow9(head, netflow9OptionsSet(300, 1, options), dataSet(300, options)), SENDER, 0)
  decoder.decode(netflow9(head, dataSet(256, FLOW, FLOW)), SENDER, 0)
  assert.deepEqual(
    records.map(({ samplingRate }) => samplingRate),
    [1, 512, 512],
  )
  // Another domain of the same exporter has templates of its own.
  decoder.decode(netflow9({ ...head, domain: 8 }, dataSet(256, FLOW)), SENDER, 0)
  assert.equal(records.length, 3)
})

test('IPFIX is read with variable lengths, enterprise elements and the way back', () => {
  const { decoder, records } = decoderOf()
  const source6 = Buffer.from('20010db8000000000000000000000001', 'hex')
  const fields: readonly BuiltField[] = [
    { element: 27, bytes: source6 },
    { element: 28, bytes: Buffer.from('20010db8000000000000000000000002', 'hex') },
    { element: 96, bytes: Buffer.from('dns-over-something'), isVariable: true },
    { element: 100, bytes: Buffer.alloc(300), enterprise: 9, isVariable: true },
    field(7, 50_000, 2),
    field(11, 443, 2),
    field(4, 6, 1),
    field(86, 3, 4),
    field(85, 180, 4),
    field(152, TIME_SECONDS * 1000, 8),
    field(161, 2500, 4),
    { element: 2, bytes: uint(5, 4), enterprise: 29_305 },
    { element: 1, bytes: uint(7000, 4), enterprise: 29_305 },
  ]
  const message = ipfix({ timeSeconds: TIME_SECONDS }, templateSet(2, 999, fields), dataSet(999, fields, fields))
  assert.equal(decoder.decode(message, SENDER, 0), 'read')
  assert.equal(records.length, 4)
  const there = { source: parseIp('2001:db8::1'), destinationPort: 443, packets: 3, bytes: 180 }
  assertRecord(records[2], { ...there, startMs: TIME_SECONDS * 1000, endMs: TIME_SECONDS * 1000 + 2500 })
  assertRecord(records[3], { destination: parseIp('2001:db8::1'), sourcePort: 443, packets: 5, bytes: 7000 })
})

test('samplers, times of NTP and withdrawn templates of IPFIX are understood', () => {
  const { decoder, records } = decoderOf()
  const options = [field(302, 4, 2), field(305, 1, 4), field(306, 999, 4)]
  const ntp = Buffer.concat([uint(TIME_SECONDS + 2_208_988_800, 4), uint(2 ** 31, 4)])
  const flow = [...FLOW, field(302, 4, 2), { element: 154, bytes: ntp }]
  const head = { timeSeconds: TIME_SECONDS }
  decoder.decode(ipfix(head, ipfixOptionsSet(256, 1, options), dataSet(256, options)), SENDER, 0)
  decoder.decode(ipfix(head, templateSet(2, 257, flow), dataSet(257, flow)), SENDER, 0)
  assertRecord(records[0], { samplingRate: 1000, startMs: TIME_SECONDS * 1000 + 500 })
  decoder.decode(ipfix(head, templateSet(2, 257, [])), SENDER, 0)
  decoder.decode(ipfix(head, dataSet(257, flow)), SENDER, 0)
  assert.equal(records.length, 1)
})

test('sFlow samples stand for as many packets as their rate says', () => {
  const { decoder, records } = decoderOf()
  const segment = tcp({ sourcePort: 40_000, destinationPort: 443, flags: TCP_FLAG.syn })
  const frame = ethernet(ipv4({ source: '198.51.100.1', destination: '203.0.113.5', timeToLive: 61 }, segment), {
    vlans: [17],
  })
  const datagram = sflow5({}, sflowSample(frame, 400), sflowSample(frame, 1000, { isExpanded: true }))
  assert.equal(decoder.decode(datagram, SENDER, 123_000), 'read')
  assert.equal(records.length, 2)
  const shared = { source: SOURCE, destination: DESTINATION, tcpFlags: 2, packets: 1, bytes: 40, vlanId: 17 }
  assertRecord(records[0], { ...shared, samplingRate: 400, inputInterface: 3, outputInterface: 4, timeToLive: 61 })
  assertRecord(records[1], { ...shared, samplingRate: 1000, inputInterface: 3, outputInterface: 4, startMs: 123_000 })
})

test('ICMP is found where exporters put it, and other protocols have no ports', () => {
  const { decoder, records } = decoderOf()
  const flow = { source: 1, destination: 2, packets: 1, bytes: 84, sourcePort: 0, destinationPort: 0x0800 }
  const records5 = [netflow5Record({ ...flow, protocol: 1 }), netflow5Record({ ...flow, protocol: 47, flags: 0x10 })]
  decoder.decode(netflow5({ timeSeconds: TIME_SECONDS }, ...records5), SENDER, 0)
  assertRecord(records[0], { icmpType: 8, icmpCode: 0, destinationPort: -1 })
  assertRecord(records[1], { icmpType: -1, sourcePort: -1, tcpFlags: -1 })
})

test('what was learnt survives a restart', () => {
  const first = decoderOf()
  const options = [field(1, 1, 4), field(34, 64, 4)]
  const head = { timeSeconds: TIME_SECONDS }
  first.decoder.decode(netflow9(head, templateSet(0, 256, FLOW), netflow9OptionsSet(300, 1, options)), SENDER, 0)
  first.decoder.decode(netflow9(head, dataSet(300, options)), SENDER, 0)
  assert.equal(first.decoder.takeLearned(), true)
  assert.equal(first.decoder.takeLearned(), false)
  const memory = JSON.parse(JSON.stringify(first.decoder.memory())) as readonly ExporterMemory[]
  const second = decoderOf(memory)
  second.decoder.decode(netflow9(head, dataSet(256, FLOW)), SENDER, 0)
  assertRecord(second.records[0], { samplingRate: 64, packets: 12 })
})

test('what was lost on the way is counted', () => {
  const { decoder } = decoderOf()
  const flow = { source: 1, destination: 2, packets: 1, bytes: 84, sourcePort: 1, destinationPort: 2, protocol: 17 }
  const records = [netflow5Record(flow), netflow5Record(flow)]
  for (const sequence of [10, 12, 20]) {
    decoder.decode(netflow5({ timeSeconds: TIME_SECONDS, sequence }, ...records), SENDER, 0)
  }
  assert.deepEqual(decoder.counters(), [
    { exporter: '192.0.2.200 netflow5 0', records: 6, lost: 6, withoutTemplate: 0 },
  ])
})

test('ports by protocol, code points, next headers and times of observation are understood', () => {
  const { decoder, records } = decoderOf()
  const shared = [field(8, SOURCE, 4), field(12, DESTINATION, 4), field(2, 1, 4), field(1, 60, 4)]
  const segment = [...shared, field(4, 6, 1), field(182, 1111, 2), field(183, 443, 2), field(195, 46, 1)]
  const datagram = [...shared, field(193, 17, 1), field(180, 2222, 2), field(181, 53, 2), field(323, 5000, 8)]
  const head = { timeSeconds: TIME_SECONDS }
  decoder.decode(ipfix(head, templateSet(2, 256, segment), dataSet(256, segment)), SENDER, 0)
  decoder.decode(ipfix(head, templateSet(2, 257, datagram), dataSet(257, datagram)), SENDER, 0)
  assertRecord(records[0], { ipProtocol: 6, sourcePort: 1111, destinationPort: 443, trafficClass: 46 << 2 })
  assertRecord(records[1], { ipProtocol: 17, sourcePort: 2222, destinationPort: 53, endMs: 5000 })
})

test('a rate may be told for each interface, or as a probability', () => {
  const { decoder, records } = decoderOf()
  const head = { timeSeconds: TIME_SECONDS }
  const rateOf = (id: number, rate: number): BuiltField[] => [field(2, id, 4), field(34, rate, 4)]
  const options = netflow9OptionsSet(300, 1, rateOf(1, 100))
  decoder.decode(netflow9(head, options, dataSet(300, rateOf(1, 100), rateOf(2, 1000))), SENDER, 0)
  const flowOf = (id: number): BuiltField[] => [...FLOW, field(10, id, 4)]
  decoder.decode(
    netflow9(head, templateSet(0, 256, flowOf(1)), dataSet(256, flowOf(1), flowOf(2), flowOf(3))),
    SENDER,
    0,
  )
  const chance = [field(302, 1, 2), { element: 311, bytes: Buffer.from('3f847ae147ae147b', 'hex') }]
  const sampled = [...FLOW, field(302, 1, 2)]
  decoder.decode(ipfix(head, ipfixOptionsSet(301, 1, chance), dataSet(301, chance)), SENDER, 0)
  decoder.decode(ipfix(head, templateSet(2, 257, sampled), dataSet(257, sampled)), SENDER, 0)
  assert.deepEqual(
    records.map(({ samplingRate }) => samplingRate),
    [100, 1000, 1, 100],
  )
})

test('two exporters of one address and number are told apart by their ports', () => {
  const { decoder, records } = decoderOf()
  const head = { timeSeconds: TIME_SECONDS }
  const turned = [...FLOW].reverse()
  const one = (sequence: number): Buffer => netflow9({ ...head, sequence }, dataSet(256, FLOW))
  const other = (sequence: number): Buffer => netflow9({ ...head, sequence }, dataSet(256, turned))
  decoder.decode(netflow9(head, templateSet(0, 256, FLOW)), SENDER, 0, '1')
  decoder.decode(netflow9({ ...head, sequence: 500 }, templateSet(0, 256, turned)), SENDER, 0, '2')
  for (let n = 1; n < 4; n++) {
    decoder.decode(one(n), SENDER, 0, '1')
    decoder.decode(other(500 + n), SENDER, 0, '2')
  }
  assert.equal(records.length, 6)
  for (const record of records) assertRecord(record, { source: SOURCE, sourcePort: 53, bytes: 15_000 })
  assert.deepEqual(decoder.totals(), { exporters: 1, lost: 0, withoutTemplate: 0 })
})

test('an exporter keeps what it told whatever port it sends from, also behind a restart', () => {
  const first = decoderOf()
  const options = [field(1, 1, 4), field(34, 64, 4)]
  const head = { timeSeconds: TIME_SECONDS }
  const told = [templateSet(0, 256, FLOW), netflow9OptionsSet(300, 1, options), dataSet(300, options)]
  first.decoder.decode(netflow9(head, ...told), SENDER, 0, '1')
  for (let port = 2; port < 500; port++) first.decoder.decode(netflow9(head, dataSet(256, FLOW)), SENDER, 0, `${port}`)
  assert.equal(first.records.length, 498)
  assertRecord(first.records[497], { samplingRate: 64, packets: 12 })
  assert.deepEqual(first.decoder.totals(), { exporters: 1, lost: 0, withoutTemplate: 0 })
  const memory = JSON.parse(JSON.stringify(first.decoder.memory())) as readonly ExporterMemory[]
  assert.equal(memory.length, 1)
  const second = decoderOf(memory)
  second.decoder.decode(netflow9(head, dataSet(256, FLOW)), SENDER, 0, '77')
  assertRecord(second.records[0], { samplingRate: 64, packets: 12 })
})

const SAMPLES: readonly Buffer[] = [
  netflow5(
    { timeSeconds: 1 },
    netflow5Record({ source: 1, destination: 2, packets: 1, bytes: 1, sourcePort: 1, destinationPort: 1, protocol: 6 }),
  ),
  netflow9({ timeSeconds: 1 }, templateSet(0, 256, FLOW), dataSet(256, FLOW, FLOW)),
  ipfix({ timeSeconds: 1 }, templateSet(2, 256, FLOW), ipfixOptionsSet(257, 1, FLOW), dataSet(256, FLOW)),
  sflow5({}, sflowSample(Buffer.alloc(60, 0x45), 10), sflowSample(Buffer.alloc(61), 10, { isExpanded: true })),
]

test('damaged datagrams are noticed, and end within their bytes', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...SAMPLES),
      fc.array(fc.tuple(fc.nat(400), fc.nat(255)), { maxLength: 6 }),
      fc.nat(400),
      (sample, changes, cut) => {
        const { decoder, records } = decoderOf()
        const bytes = Buffer.from(sample.subarray(0, Math.max(sample.length - cut, 0)))
        for (const [at, value] of changes) if (at < bytes.length) bytes[at] = value
        decoder.decode(bytes, SENDER, 0)
        decoder.decode(bytes, SENDER, 0)
        assert.ok(records.length <= 2 * bytes.length)
      },
    ),
    { numRuns: 3000 },
  )
  const { decoder } = decoderOf()
  for (const sample of SAMPLES)
    assert.equal(decoder.decode(sample.subarray(0, sample.length - 3), SENDER, 0), 'damaged')
  assert.equal(decoder.decode(Buffer.alloc(64), SENDER, 0), 'unknown')
})

test('whatever lengths an exporter gives its fields, records hold what their fields can', () => {
  const limits: Partial<Record<keyof FlowRecord, number>> = {
    ipProtocol: 0xff,
    sourcePort: 0xffff,
    destinationPort: 0xffff,
    icmpType: 0xff,
    icmpCode: 0xff,
    trafficClass: 0xff,
    timeToLive: 0xff,
    inputInterface: 0xffff_ffff,
    bytes: Number.MAX_SAFE_INTEGER,
    startMs: 2 ** 49,
    endMs: 2 ** 49,
  }
  const elements = Array.from({ length: 330 }, (_, element) => element)
  const anyField = fc.record({
    element: fc.constantFrom(...elements),
    bytes: fc.uint8Array({ minLength: 1, maxLength: 9 }).map((bytes) => Buffer.from(bytes)),
  })
  const sent = [field(8, SOURCE, 4), field(12, DESTINATION, 4)]
  fc.assert(
    fc.property(fc.array(anyField, { maxLength: 8 }), fc.constantFrom(6, 17, 1), (others, protocol) => {
      const { decoder, records } = decoderOf()
      const fields = [...sent, field(4, protocol, 1), ...others]
      decoder.decode(ipfix({ timeSeconds: 1 }, templateSet(2, 256, fields), dataSet(256, fields)), SENDER, 0)
      for (const record of records) {
        for (const [name, most] of Object.entries(limits))
          assert.ok(Number(record[name as keyof FlowRecord]) <= most, name)
      }
    }),
    { numRuns: 3000 },
  )
})
