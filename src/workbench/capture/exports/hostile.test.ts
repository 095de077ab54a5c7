import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { LINK_TYPE, Packet, PcapWriter } from '#wire'
import { field, templateSet, uint } from '../../../wire/flow-export/testing/build-exports.ts'
import { ethernet, ipv4, udp } from '../../../wire/packet/testing/index.ts'
import { analyzeBytes } from '../analysis/analyze-capture.ts'
import { ExportReader } from './export-reader.ts'
import { flows, sampling9, STORY_SECONDS, StoryExporter, TEMPLATE9, TEMPLATE_IPFIX } from './testing/export-story.ts'

const FILE_HEADER_BYTES = 24

function mixed(): Buffer {
  const first = new StoryExporter().netflow9(2, TEMPLATE9, ...sampling9(10), flows(3))
  new StoryExporter(first.story, { port: 41_000, domain: 4 }, 2).ipfix(2, 3, TEMPLATE_IPFIX)
  new StoryExporter(first.story, { port: 42_000 }, 4).netflow5(2, 3)
  return first.file()
}

test('exports that were changed anywhere never throw, and findings have frames of the capture', async () => {
  const file = mixed()
  const changes = fc.array(fc.tuple(fc.integer({ min: FILE_HEADER_BYTES, max: file.length - 1 }), fc.nat(255)), {
    maxLength: 30,
  })
  await fc.assert(
    fc.asyncProperty(changes, async (edits) => {
      const damaged = Buffer.from(file)
      for (const [at, byte] of edits) damaged[at] = byte
      const { findings, packets, exports } = await analyzeBytes(damaged)
      for (const { frames } of findings) assert.ok(frames.every((frame) => frame >= 1 && frame <= packets))
      for (const { lost, records, longestDelayMs = 0 } of exports?.streams ?? []) {
        assert.ok(lost >= 0 && records >= 0 && longestDelayMs >= 0)
      }
    }),
    { numRuns: 60 },
  )
})

test('what the capture cut off is no fault of the exporter', async () => {
  const pieces: Buffer[] = []
  const writer = new PcapWriter((piece) => void pieces.push(Buffer.from(piece)), {
    linkType: LINK_TYPE.ethernet,
    snapBytes: 96,
  })
  const story = new StoryExporter().netflow5(3, 4).netflow9(3, TEMPLATE9, flows(4)).file()
  let at = FILE_HEADER_BYTES
  for (let seconds = STORY_SECONDS; at < story.length; seconds++) {
    const length = story.readUInt32LE(at + 8)
    const start = at + 16
    const end = start + Math.min(length, 96)
    writer.packet({ bytes: story, start, end, originalBytes: length, seconds, nanoseconds: 0 })
    at = start + length
  }
  writer.end()
  const { findings, exports } = await analyzeBytes(Buffer.concat(pieces))
  assert.deepEqual(
    findings.map(({ kind }) => kind),
    ['capture-snapped'],
  )
  assert.equal(exports?.cutDatagrams, 6)
})

/** A packet of an exporter with an address and a port of its own. */
function packetOf(source: number, payload: Buffer): Packet {
  const address = `10.${(source >> 16) & 255}.${(source >> 8) & 255}.${source & 255}`
  const frame = ethernet(
    ipv4({ source: address, destination: '192.0.2.55' }, udp({ sourcePort: 2000, destinationPort: 2055, payload })),
  )
  const packet = new Packet('deep')
  packet.read(frame, 0, frame.length, LINK_TYPE.ethernet)
  return packet
}

test('exporters and templates without end are forgotten again', () => {
  let news = 0
  const reader = new ExportReader(() => {}, {
    onMessage: () => {},
    onMissingTemplate: () => {},
    onSamplingChange: () => {},
    onTemplate: () => news++,
  })
  const wide = Array.from({ length: 80 }, (_, index) => field(index + 1, 0, 4))
  const bomb = (id: number): Buffer =>
    Buffer.concat([
      uint(9, 2),
      uint(1, 2),
      uint(0, 4),
      uint(STORY_SECONDS, 4),
      uint(id, 4),
      uint(0, 4),
      templateSet(0, id, wide),
    ])
  for (let source = 0; source < 6000; source++) {
    assert.equal(reader.packet(packetOf(source, bomb(256 + (source % 1000))), source + 1), 'read')
  }
  // All were read, and those that were silent longest are known no more: their template is new again.
  assert.equal(news, 6000)
  reader.packet(packetOf(0, bomb(256)), 6001)
  assert.equal(news, 6001)
  reader.packet(packetOf(5999, bomb(256 + 999)), 6002)
  assert.equal(news, 6001)
})

test('datagrams that only begin like exports are none, on any other port', () => {
  const reader = new ExportReader(() => assert.fail('no flow'))
  const read = (payload: Buffer, destinationPort: number): string => {
    const frame = ethernet(
      ipv4({ source: '192.0.2.1', destination: '192.0.2.2' }, udp({ sourcePort: 53, destinationPort, payload })),
    )
    const packet = new Packet('deep')
    packet.read(frame, 0, frame.length, LINK_TYPE.ethernet)
    return reader.packet(packet, 1)
  }
  fc.assert(
    fc.property(fc.constantFrom(5, 9, 10), fc.uint8Array({ minLength: 20, maxLength: 60 }), (version, rest) => {
      const payload = Buffer.concat([uint(version, 2), Buffer.from(rest)])
      assert.equal(read(payload, 5353), 'none')
    }),
  )
  assert.equal(read(Buffer.concat([uint(5, 4), uint(1, 4), Buffer.alloc(40)]), 9000), 'none')
  assert.equal(read(Buffer.alloc(200), 2055), 'none')
  // A question to a STUN server, and its answer to whom it may concern.
  const stun = Buffer.concat([uint(1, 2), uint(0, 2), uint(0x2112_a442, 4), Buffer.alloc(12)])
  assert.equal(read(stun, 9995), 'none')
  assert.equal(read(Buffer.alloc(76, '00070001', 'hex'), 2055), 'unknown')
})
