import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { CaptureRewriter, type RewriteOptions } from './capture-rewriter.ts'
import { LINK_TYPE } from './link-type.ts'
import { type WrittenPacket, PcapWriter } from './pcap-writer.ts'
import { PcapngWriter } from './pcapng-writer.ts'
import { SECRETS } from './pcapng-contents.ts'
import { Blocks } from './testing/blocks.ts'
import { type ReadPacket, readCapture } from './testing/read-capture.ts'

const LITTLE = new Blocks(true)
const BIG = new Blocks(false)
const DATA = Buffer.from('0102030405', 'hex')

function gather(make: (write: (bytes: Buffer) => void) => void): Buffer {
  const pieces: Buffer[] = []
  make((bytes) => pieces.push(bytes))
  return Buffer.concat(pieces)
}

function rewrite(file: Buffer, options: Partial<RewriteOptions>): Buffer {
  return gather((write) => {
    const rewriter = new CaptureRewriter(write, { keep: () => true, keepSecrets: false, onNote: () => {}, ...options })
    for (let at = 0; at < file.length; at += 50) rewriter.push(file.subarray(at, at + 50))
    rewriter.end()
  })
}

const PACKET: fc.Arbitrary<WrittenPacket> = fc
  .record({
    bytes: fc.oneof(fc.uint8Array({ maxLength: 90 }), fc.uint8Array({ minLength: 70_000, maxLength: 70_010 })),
    start: fc.nat(10),
    missing: fc.nat(100_000),
    seconds: fc.integer({ min: 0, max: 0xffff_ffff }),
    nanoseconds: fc.nat(999_999_999),
  })
  .map(({ bytes, missing, ...rest }) => {
    const start = Math.min(rest.start, bytes.length)
    const end = bytes.length
    return { ...rest, bytes: Buffer.from(bytes), start, end, originalBytes: end - start + missing }
  })

function asRead(packet: WrittenPacket, index: number): ReadPacket {
  return {
    frameNumber: index + 1,
    interfaceIndex: 0,
    data: packet.bytes.toString('hex', packet.start, packet.end),
    originalBytes: packet.originalBytes,
    time: `${packet.seconds}.${String(packet.nanoseconds).padStart(9, '0')}`,
    comments: [],
  }
}

test('what is written as pcap is read back', () => {
  fc.assert(
    fc.property(fc.array(PACKET, { maxLength: 6 }), (packets) => {
      const file = gather((write) => {
        const writer = new PcapWriter(write, { linkType: LINK_TYPE.linuxCooked2, snapBytes: 96 })
        for (const packet of packets) writer.packet(packet)
        writer.end()
      })
      const read = readCapture(file)
      assert.deepEqual(read.packets, packets.map(asRead))
      assert.deepEqual([read.faults, read.interfaces.map((each) => [each.linkType, each.snapBytes])], [[], [[276, 96]]])
    }),
    { numRuns: 50 },
  )
})

test('what is written as pcapng is read back, with comments and names', () => {
  const commented = fc.tuple(PACKET, fc.nat(1), fc.option(fc.string({ unit: 'binary' }), { nil: undefined }))
  fc.assert(
    fc.property(fc.array(commented, { maxLength: 6 }), (packets) => {
      const file = gather((write) => {
        const writer = new PcapngWriter(write, 'test')
        const first = writer.addInterface({ linkType: LINK_TYPE.ethernet, snapBytes: 128, name: 'eth0', fcsBytes: 4 })
        const second = writer.addInterface({ linkType: LINK_TYPE.raw, description: 'a tunnel' })
        writer.secrets(SECRETS.tlsKeyLog, Buffer.from('CLIENT_RANDOM'))
        for (const [packet, choice, comment] of packets) writer.packet([first, second][choice], packet, comment)
        writer.end()
      })
      const read = readCapture(file)
      const expected = packets.map(([packet, choice, comment], index) => ({
        ...asRead(packet, index),
        interfaceIndex: choice,
        // A lone surrogate has no UTF-8.
        comments: comment === undefined ? [] : [comment.toWellFormed()],
      }))
      assert.deepEqual(read.packets, expected)
      assert.deepEqual([read.faults, read.blocks], [[], [0x0a0d0d0a, 1, 1, 10]])
      assert.deepEqual(
        read.interfaces.map(({ linkType, snapBytes, name, description, fcsBytes }) => ({
          linkType,
          snapBytes,
          name,
          description,
          fcsBytes,
        })),
        [
          { linkType: 1, snapBytes: 128, name: 'eth0', description: undefined, fcsBytes: 4 },
          { linkType: 101, snapBytes: 0, name: undefined, description: 'a tunnel', fcsBytes: 0 },
        ],
      )
    }),
    { numRuns: 50 },
  )
})

test('a comment beyond 64 KiB is cut at a character', () => {
  const file = gather((write) => {
    const writer = new PcapngWriter(write, 'test')
    writer.addInterface({ linkType: 1 })
    const times = { seconds: 0, nanoseconds: 0 }
    writer.packet(0, { bytes: DATA, start: 0, end: 5, originalBytes: 5, ...times }, 'é'.repeat(40_000))
    writer.end()
  })
  assert.deepEqual(readCapture(file).packets[0].comments, ['é'.repeat(32_767)])
})

const NG_FILE = Buffer.concat([
  LITTLE.section(),
  LITTLE.interface(1, 0, LITTLE.option(2, 'eth0'), LITTLE.option(9, Buffer.from([3]))),
  LITTLE.block(10, LITTLE.longs(SECRETS.tlsKeyLog, 4), Buffer.from('keys')),
  LITTLE.packet(0, 1n, DATA, LITTLE.option(2, LITTLE.longs(1)), LITTLE.option(0, '')),
  LITTLE.block(0x8000_0bad, Buffer.from('what is this?')),
  LITTLE.packet(0, 2n, DATA),
  BIG.section(),
  BIG.interface(101, 4),
  BIG.block(3, BIG.longs(5), DATA.subarray(0, 4)),
  BIG.packet(0, 3n, DATA, BIG.option(1, 'first')),
  BIG.block(5, BIG.longs(0, 0, 0), BIG.option(4, BIG.longlong(2n))),
])

test('a capture of which everything is kept stays the same, byte by byte', () => {
  assert.deepEqual(rewrite(NG_FILE, { keepSecrets: true }), NG_FILE)
})

test('left out are packets that are not wanted, and secrets; unknown blocks stay', () => {
  const file = rewrite(NG_FILE, { keep: ({ frameNumber }) => frameNumber % 2 === 0 })
  const read = readCapture(file)
  assert.deepEqual(read.blocks, [0x0a0d0d0a, 1, 0x8000_0bad, 0x0a0d0d0a, 1, 5])
  assert.deepEqual(
    read.packets.map(({ time, comments }) => [time, comments]),
    [
      ['0.002000000', []],
      ['0.000003000', ['first']],
    ],
  )
  assert.deepEqual(read.faults, [])
})

test('a section that said its length does not say it any more', () => {
  const section = LITTLE.section()
  section.writeBigUInt64LE(1000n, 16)
  const file = Buffer.concat([section, LITTLE.interface(1, 0)])
  assert.deepEqual(rewrite(file, {}).readBigUInt64LE(16), 0xffff_ffff_ffff_ffffn)
})

test('comments are added beside what is there', () => {
  const comment: RewriteOptions['comment'] = ({ frameNumber }) => (frameNumber === 2 ? undefined : `no. ${frameNumber}`)
  const read = readCapture(rewrite(NG_FILE, { comment }))
  assert.deepEqual(read.faults, [])
  // A simple packet block has no place for one.
  assert.deepEqual(
    read.packets.map(({ comments }) => comments),
    [['no. 1'], [], [], ['first', 'no. 4']],
  )
})

test('a pcap file stays pcap, and with comments becomes pcapng', () => {
  const packet = { bytes: DATA, start: 1, end: 4, originalBytes: 60, seconds: 9, nanoseconds: 8 }
  const file = gather((write) => {
    const writer = new PcapWriter(write, { linkType: 113, snapBytes: 3 })
    writer.packet(packet)
    writer.packet({ ...packet, seconds: 10 })
    writer.end()
  })
  assert.deepEqual(rewrite(file, {}), file)
  assert.equal(readCapture(rewrite(file, { keep: ({ seconds }) => seconds === 10 })).packets[0].time, '10.000000008')
  const read = readCapture(rewrite(file, { comment: () => 'seen' }))
  assert.deepEqual(
    read.packets.map(({ time, comments, originalBytes }) => [time, comments, originalBytes]),
    [
      ['9.000000008', ['seen'], 60],
      ['10.000000008', ['seen'], 60],
    ],
  )
  assert.deepEqual(
    read.interfaces.map(({ linkType, snapBytes }) => [linkType, snapBytes]),
    [[113, 3]],
  )
})

test('a damaged capture gives the packets before the damage', () => {
  const faults: string[] = []
  const cut = NG_FILE.subarray(0, NG_FILE.length - 50)
  const file = rewrite(cut, { onNote: ({ fault }) => faults.push(fault) })
  assert.deepEqual(faults, ['truncated'])
  assert.deepEqual(readCapture(file).faults, [])
  assert.equal(readCapture(file).packets.length, 3)
})
