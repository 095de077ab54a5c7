import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { CaptureReader } from './capture-reader.ts'
import type { CaptureBlock } from './capture-sink.ts'
import { readNames, readSecrets, readStatistics, SECRETS } from './pcapng-contents.ts'
import { Blocks } from './testing/blocks.ts'
import { readCapture } from './testing/read-capture.ts'

const DATA = Buffer.from('0102030405', 'hex')
const LITTLE = new Blocks(true)
const BIG = new Blocks(false)
const BYTE = (value: number): Buffer => Buffer.from([value])

test('sections of both byte orders, each with its own interfaces', () => {
  const sections = [LITTLE, BIG, LITTLE].map((blocks, index) =>
    Buffer.concat([
      blocks.section(),
      blocks.interface(1, 96, blocks.option(2, `eth${index}`), blocks.option(3, 'one'), blocks.option(0, '')),
      blocks.interface(101, 0),
      blocks.packet(1, 5_000_001n, DATA, blocks.option(1, 'hello'), blocks.option(1, 'wörld'), blocks.option(0, '')),
      blocks.packet(0, 0n, Buffer.alloc(0)),
    ]),
  )
  const { packets, interfaces, faults } = readCapture(Buffer.concat(sections))
  assert.deepEqual(faults, [])
  assert.deepEqual(
    interfaces.map(({ index, section, linkType, snapBytes, name }) => [index, section, linkType, snapBytes, name]),
    [0, 1, 2].flatMap((section) => [
      [section * 2, section, 1, 96, `eth${section}`],
      [section * 2 + 1, section, 101, 0, undefined],
    ]),
  )
  assert.deepEqual(
    packets.map(({ interfaceIndex, time, comments, data }) => [interfaceIndex, time, comments, data]),
    [0, 1, 2].flatMap((section) => [
      [section * 2 + 1, '5.000001000', ['hello', 'wörld'], '0102030405'],
      [section * 2, '0.000000000', [], ''],
    ]),
  )
})

test('time stamps of every resolution become seconds and nanoseconds', () => {
  const stamp = 1_700_000_000n
  const cases: readonly (readonly [resolution: number, offset: bigint, stamp: bigint, time: string])[] = [
    [6, 0n, stamp * 1_000_000n + 123_456n, '1700000000.123456000'],
    [9, 0n, stamp * 1_000_000_000n + 999_999_999n, '1700000000.999999999'],
    [0, 0n, stamp, '1700000000.000000000'],
    [3, 0n, stamp * 1000n + 7n, '1700000000.007000000'],
    [10, 0n, stamp * 10_000_000_000n + 19n, '1700000000.000000001'],
    [12, 0n, 1_000_000_000_001n, '1.000000000'],
    [9, -100n, stamp * 1_000_000_000n, '1699999900.000000000'],
    [6, 1_000_000_000n, 700_000_000n * 1_000_000n, '1700000000.000000000'],
    // Powers of two.
    [0x80 + 32, 0n, (stamp << 32n) + (1n << 31n), '1700000000.500000000'],
    [0x80 + 10, 0n, (stamp << 10n) + 1n, '1700000000.000976562'],
    [0x80 + 60, 0n, (3n << 60n) + (1n << 58n), '3.250000000'],
    [0x80, 0n, stamp, '1700000000.000000000'],
    [0xff, 0n, 1n, '0.000000000'],
    [127, 0n, (1n << 64n) - 1n, '0.000000000'],
  ]
  for (const blocks of [LITTLE, BIG]) {
    for (const [resolution, offset, value, time] of cases) {
      const options = [blocks.option(9, BYTE(resolution)), blocks.option(14, blocks.longlong(offset))]
      const file = [blocks.section(), blocks.interface(1, 0, ...options), blocks.packet(0, value, DATA)]
      assert.equal(readCapture(Buffer.concat(file)).packets[0].time, time, `resolution ${resolution}`)
    }
  }
})

test('any time stamp divides exactly', () => {
  const exponents = fc.oneof(fc.integer({ min: 0, max: 18 }), fc.integer({ min: 0x80, max: 0x80 + 62 }))
  fc.assert(
    fc.property(fc.bigInt(0n, (1n << 64n) - 1n), exponents, (stamp, resolution) => {
      const units = resolution & 0x80 ? 1n << BigInt(resolution & 0x7f) : 10n ** BigInt(resolution)
      const seconds = stamp / units
      if (seconds >= 1n << 53n) return
      const nanoseconds = ((stamp - seconds * units) * 1_000_000_000n) / units
      const description = LITTLE.interface(1, 0, LITTLE.option(9, BYTE(resolution)))
      const file = Buffer.concat([LITTLE.section(), description, LITTLE.packet(0, stamp, DATA)])
      assert.equal(readCapture(file).packets[0].time, `${seconds}.${String(nanoseconds).padStart(9, '0')}`)
    }),
  )
})

test('simple and obsolete packet blocks', () => {
  for (const blocks of [LITTLE, BIG]) {
    const file = Buffer.concat([
      blocks.section(),
      blocks.interface(1, 4),
      blocks.interface(1, 0),
      // Five bytes were on the wire, and the first interface keeps four.
      blocks.block(3, blocks.longs(5), DATA.subarray(0, 4)),
      blocks.block(
        2,
        blocks.words(1, 9),
        blocks.longs(0, 3_000_000, 5, 60),
        DATA,
        Buffer.alloc(3),
        blocks.option(1, 'old'),
      ),
    ])
    const { packets, faults } = readCapture(file)
    assert.deepEqual(faults, [])
    assert.deepEqual(packets, [
      { frameNumber: 1, interfaceIndex: 0, data: '01020304', originalBytes: 5, time: '', comments: [] },
      {
        frameNumber: 2,
        interfaceIndex: 1,
        data: '0102030405',
        originalBytes: 60,
        time: '3.000000000',
        comments: ['old'],
      },
    ])
  }
})

test('flags of a packet say its direction and check sequence', () => {
  for (const blocks of [LITTLE, BIG]) {
    const seen: unknown[] = []
    const reader = new CaptureReader({
      onPacket: ({ direction, fcsBytes }) => seen.push([direction, fcsBytes]),
      onNote: ({ detail }) => assert.fail(detail),
    })
    reader.push(
      Buffer.concat([
        blocks.section(),
        blocks.interface(1, 0, blocks.option(13, BYTE(4))),
        blocks.packet(0, 0n, DATA),
        blocks.packet(0, 0n, DATA, blocks.option(2, blocks.longs(1))),
        blocks.packet(0, 0n, DATA, blocks.option(1, 'x'), blocks.option(2, blocks.longs(2 + (2 << 5)))),
        blocks.packet(0, 0n, DATA, blocks.option(2, 'short')),
      ]),
    )
    reader.end()
    assert.deepEqual(seen, [
      [undefined, 4],
      ['in', 4],
      ['out', 2],
      [undefined, 4],
    ])
  }
})

test('statistics, secrets and names are read from their blocks', () => {
  for (const blocks of [LITTLE, BIG]) {
    const found: unknown[] = []
    const reader = new CaptureReader({
      onPacket: () => assert.fail('there is no packet'),
      onNote: ({ detail }) => assert.fail(detail),
      onBlock: (block: CaptureBlock) => found.push([readStatistics(block), readSecrets(block), readNames(block)]),
    })
    const counters = [blocks.option(4, blocks.longlong(1000n)), blocks.option(5, blocks.longlong(3n))]
    const keyLog = Buffer.from('CLIENT_RANDOM 00 11\n')
    const names = [
      blocks.words(1, 4 + 11),
      Buffer.from([192, 0, 2, 1]),
      Buffer.from('a.test\0b.t\0\0'),
      blocks.words(2, 16 + 7),
      Buffer.from('20010db8000000000000000000000001', 'hex'),
      Buffer.from('v6.test\0'),
      blocks.words(0, 0),
    ]
    reader.push(
      Buffer.concat([
        blocks.section(),
        blocks.block(5, blocks.longs(2, 0, 0), ...counters),
        blocks.block(10, blocks.longs(SECRETS.tlsKeyLog, keyLog.length), keyLog),
        blocks.block(4, ...names),
      ]),
    )
    reader.end()
    assert.deepEqual(found, [
      [undefined, undefined, []],
      [{ interfaceNumber: 2, receivedPackets: 1000, droppedByInterface: 3, droppedBySystem: undefined }, undefined, []],
      [undefined, { kind: SECRETS.tlsKeyLog, secrets: keyLog }, []],
      [
        undefined,
        undefined,
        [
          { address: 0xc0000201, names: ['a.test', 'b.t'] },
          { address: (0x2001_0db8n << 96n) + 1n, names: ['v6.test'] },
        ],
      ],
    ])
  }
})

test('damage is a note; a block that can be skipped is skipped', () => {
  const start = [LITTLE.section(), LITTLE.interface(1, 0), LITTLE.packet(0, 0n, DATA)]
  const good = LITTLE.packet(0, 1n, DATA)
  const unpadded = LITTLE.packet(0, 0n, DATA)
  unpadded.writeUInt32LE(unpadded.length - 3, 4)
  const cases: readonly (readonly [parts: readonly Buffer[], packets: number, faults: readonly string[]])[] = [
    [[good], 2, []],
    [[good.subarray(0, 20)], 1, ['truncated']],
    [[LITTLE.packet(7, 0n, DATA), good], 2, ['unknown-interface']],
    [[LITTLE.block(6, LITTLE.longs(0, 0, 0, 900, 900), DATA), good], 2, ['bad-block']],
    [[LITTLE.block(6, LITTLE.longs(0)), LITTLE.block(2), LITTLE.block(3), good], 2, Array(3).fill('bad-block')],
    [[LITTLE.block(1), good], 2, ['bad-block']],
    [[LITTLE.longs(6, 11), good], 1, ['bad-length']],
    [[LITTLE.longs(6, 0x7fff_ffff), good], 1, ['bad-length']],
    [[LITTLE.longs(0x0a0d0d0a, 28, 0xdeadbeef), good], 1, ['bad-length']],
    [[LITTLE.block(0x0a0d0d0a, LITTLE.longs(0x1a2b3c4d))], 1, ['bad-length']],
    [[LITTLE.block(0x7fff_0001, DATA), LITTLE.block(0xbad, DATA), good], 2, []],
    [[unpadded, good], 3, []],
    // A packet of a section that describes no interface.
    [[LITTLE.section(), good], 1, ['unknown-interface']],
  ]
  for (const [parts, count, faults] of cases) {
    const read = readCapture(Buffer.concat([...start, ...parts]))
    assert.deepEqual([read.packets.length, read.faults], [count, faults])
  }
})

const BLOCK_ARBITRARY = fc.constantFrom(LITTLE, BIG).chain((blocks) =>
  fc.oneof(
    fc.constant(blocks.section()),
    fc.nat(300).map((linkType) => blocks.interface(linkType, 0, blocks.option(2, 'x'))),
    fc.uint8Array({ maxLength: 40 }).map((data) => blocks.packet(0, 77n, Buffer.from(data), blocks.option(1, 'c'))),
    fc.uint8Array({ maxLength: 40 }).map((data) => blocks.block(0xbad, Buffer.from(data))),
  ),
)

test('pieces of any size give the same, and no bytes make it throw', () => {
  const mutation = fc.record({ at: fc.nat(400), value: fc.nat(255) })
  const sizes = fc.array(fc.integer({ min: 1, max: 70 }), { minLength: 1, maxLength: 6 })
  fc.assert(
    fc.property(
      fc.array(BLOCK_ARBITRARY, { maxLength: 8 }),
      fc.array(mutation, { maxLength: 4 }),
      sizes,
      (parts, changes, pieces) => {
        const file = Buffer.concat([LITTLE.section(), LITTLE.interface(1, 0), ...parts])
        for (const { at, value } of changes) if (at < file.length) file[at] = value
        let turn = 0
        const inPieces = readCapture(file, () => pieces[turn++ % pieces.length])
        assert.deepEqual(inPieces, readCapture(file))
      },
    ),
    { numRuns: 500 },
  )
})
