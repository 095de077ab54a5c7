import assert from 'node:assert/strict'
import test from 'node:test'
import { ethernet, ipv4, tcp, TCP_FLAG } from '../../wire/packet/testing/index.ts'
import { field, netflow5, sflow5, sflowSample, templateSet } from '../../wire/flow-export/testing/build-exports.ts'
import { analyzeBytes } from '../capture/analysis/analyze-capture.ts'
import {
  FLOW,
  flows,
  sampling9,
  STORY_SECONDS,
  StoryExporter,
  TEMPLATE9,
  TEMPLATE_IPFIX,
} from '../capture/exports/testing/export-story.ts'
import { Story } from './testing/dialogue.ts'

const SYN = ethernet(
  ipv4(
    { source: '198.51.100.1', destination: '203.0.113.5' },
    tcp({ sourcePort: 4, destinationPort: 443, flags: TCP_FLAG.syn }),
  ),
)
const exporter = (...options: ConstructorParameters<typeof StoryExporter>): StoryExporter =>
  new StoryExporter(...options)
const sampled = (id: number): readonly Parameters<typeof field>[] => [[48, id, 1]]
const SAMPLED_FLOW = [...FLOW, ...sampled(3).map((each) => field(...each))]

/** Three datagrams of sFlow; their sequence numbers and rates. */
function sflow(...datagrams: readonly (readonly [sequence: number, rate: number])[]): StoryExporter {
  const agent = exporter(new Story(), { collectorPort: 6343 })
  for (const [sequence, rate] of datagrams) agent.send(sflow5({ sequence }, sflowSample(SYN, rate)))
  return agent
}

/** An exporter, and the kinds that are found, the first one first. */
const CASES: readonly (readonly [name: string, exporter: () => StoryExporter, kinds: readonly string[]])[] = [
  ['NetFlow 9 as it should be', () => exporter().netflow9(1, TEMPLATE9, flows(2)).netflow9(9, flows(3)), []],
  ['NetFlow 5 as it should be', () => exporter().netflow5(5, 7).netflow5(1, 2), []],
  ['IPFIX as it should be', () => exporter().ipfix(1, 2, TEMPLATE_IPFIX).ipfix(9, 5), []],
  ['sFlow as it should be', () => sflow([1, 10], [2, 10], [3, 10]), []],
  ['exports to a port of no protocol', () => exporter(new Story(), { collectorPort: 31_337 }).netflow5(4, 3), []],
  ['NetFlow 5 with a gap', () => exporter().netflow5(5, 7).lose(70).netflow5(5, 7), ['export-lost']],
  [
    'NetFlow 9 with a gap',
    () => exporter().netflow9(5, TEMPLATE9, flows(2)).lose(3).netflow9(5, flows(9)),
    ['export-lost'],
  ],
  ['IPFIX with a gap', () => exporter().ipfix(5, 4, TEMPLATE_IPFIX).lose(40).ipfix(5, 4), ['export-lost']],
  ['sFlow with a gap', () => sflow([1, 10], [2, 10], [9, 10], [10, 10]), ['export-lost']],
  ['data whose template comes too late', () => exporter().netflow9(3, flows(2)).netflow9(3, TEMPLATE9, flows(2)), []],
  ['data whose template never comes', () => exporter().netflow9(5, flows(2)), ['export-template-missing']],
  [
    'a template with other fields',
    () =>
      exporter()
        .netflow9(3, TEMPLATE9, flows(2))
        .netflow9(3, templateSet(0, 256, SAMPLED_FLOW.slice(0, 7).toReversed()), flows(2, FLOW.toReversed())),
    ['export-template-changed'],
  ],
  [
    'an exporter whose uptime goes back',
    () => exporter().netflow9(5, TEMPLATE9, flows(2)).restart().netflow9(5, TEMPLATE9, flows(2)),
    ['export-restarted'],
  ],
  [
    'another template after a restart is no riddle',
    () =>
      exporter()
        .netflow9(5, TEMPLATE9, flows(2))
        .restart()
        .netflow9(5, templateSet(0, 256, SAMPLED_FLOW), flows(2, SAMPLED_FLOW)),
    ['export-restarted'],
  ],
  [
    'an exporter that comes back on another port',
    () => {
      const first = exporter().netflow9(5, TEMPLATE9, flows(2))
      return exporter(first.story.wait(60_000), { port: 41_000, uptimeMs: 1000 }, 65).netflow9(5, TEMPLATE9, flows(2))
    },
    ['export-restarted'],
  ],
  [
    'two exporters behind one address',
    () => {
      const first = exporter().netflow9(3, TEMPLATE9, flows(2))
      exporter(first.story, { port: 41_000, uptimeMs: 9_000_000 }, 3).netflow9(3, TEMPLATE9, flows(4))
      return first
    },
    [],
  ],
  [
    'datagrams that are cut off',
    () =>
      exporter()
        .netflow5(3, 2)
        .send(netflow5({ timeSeconds: STORY_SECONDS + 3, uptimeMs: 603_000, sequence: 6 }, Buffer.alloc(40))),
    ['export-malformed'],
  ],
  [
    'a set that leads outside',
    () => exporter().netflow9(4, TEMPLATE9, flows(2)).netflow9(1, Buffer.from('01000400aabbccdd', 'hex')),
    ['export-malformed'],
  ],
  [
    'a clock that is an hour behind',
    () => exporter(new Story(), { aheadSeconds: -3600 }).netflow5(5, 2),
    ['export-clock-wrong'],
  ],
  ['a clock that is set', () => exporter().netflow5(5, 2).setClock(120).netflow5(5, 2), ['export-clock-wrong']],
  ['datagrams some seconds late', () => exporter(new Story(), { aheadSeconds: -4 }).netflow5(5, 2), []],
  [
    'a sampler of which nobody says the rate',
    () => exporter().netflow9(5, templateSet(0, 256, SAMPLED_FLOW), flows(2, SAMPLED_FLOW)),
    ['export-sampling-unknown'],
  ],
  ['NetFlow 5 with a mode and no rate', () => exporter().netflow5(5, 2, 0x4000), ['export-sampling-unknown']],
  [
    'NetFlow 5 with another rate',
    () => exporter().netflow5(5, 2, 0x4064).netflow5(5, 2, 0x40c8),
    ['export-sampling-changed'],
  ],
  [
    'options with another rate',
    () =>
      exporter()
        .netflow9(3, TEMPLATE9, ...sampling9(100), flows(2))
        .netflow9(3, ...sampling9(1000), flows(2)),
    ['export-sampling-changed'],
  ],
  ['an sFlow agent that adapts', () => sflow([1, 10], [2, 10], [3, 20], [4, 20]), ['export-sampling-changed']],
  [
    'NetFlow 7',
    () =>
      exporter()
        .netflow5(2, 1)
        .send(Buffer.alloc(76, '00070001', 'hex')),
    ['export-version-unknown'],
  ],
]

for (const [name, story, kinds] of CASES) {
  test(name, async () => {
    const { findings } = await analyzeBytes(story().file())
    const found = findings.map(({ kind, text }) => `${kind}: ${text}`).join('\n')
    assert.deepEqual(
      findings.map(({ kind }) => kind),
      kinds,
      found,
    )
    for (const { frames, text, next } of findings) assert.ok(frames.length > 0 && text.endsWith('.') && next !== '')
  })
}

test('a report says who exported what', async () => {
  const story = exporter(new Story(), { domain: 9 })
    .netflow9(1, TEMPLATE9, ...sampling9(100), flows(2))
    .lose(2)
    .netflow9(4, flows(3))
  const { exports } = await analyzeBytes(story.file())
  assert.deepEqual([exports?.datagrams, exports?.records, exports?.packets, exports?.streamCount], [5, 14, 16_800, 1])
  const { clockOffsetMs, ...stream } = exports!.streams[0]
  assert.ok(Math.abs(clockOffsetMs ?? NaN) <= 1)
  assert.deepEqual(stream, {
    protocol: 'netflow9',
    exporter: '192.0.2.254',
    sender: '192.0.2.254:40000',
    collector: '192.0.2.55:2055',
    domain: 9,
    datagrams: 5,
    records: 14,
    packets: 16_800,
    bytes: 21_000_000,
    templates: 2,
    setsWithoutTemplate: 0,
    lost: 2,
    lostUnit: 'datagrams',
    countsByStandard: true,
    gaps: 1,
    late: 0,
    restarts: 0,
    malformed: 0,
    samplingRates: [100],
    firstFrame: 1,
    lastFrame: 5,
  })
})

test('the frame of a gap is the one behind it, and a capture without exports has no word about them', async () => {
  const lossy = await analyzeBytes(exporter().netflow5(5, 7).lose(70).netflow5(5, 7).file())
  assert.deepEqual(lossy.findings[0].frames, [6])
  assert.match(
    lossy.findings[0].text,
    /^70 flows of 192\.0\.2\.254 \(NetFlow 5\) are missing at 1 place, 50 % of what was sent\.$/,
  )
  const plain = await analyzeBytes(new Story().connection().open().ask('GET / HTTP/1.0\r\n\r\n').close().end().file())
  assert.equal(plain.exports, undefined)
})
