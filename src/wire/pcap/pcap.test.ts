import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { readCapture } from './testing/read-capture.ts'

const DATA = Buffer.from('0102030405', 'hex')

interface Variant {
  readonly magic: number
  readonly littleEndian: boolean
  readonly unitsPerSecond: number
  readonly extraBytes: number
}

const VARIANTS: readonly Variant[] = [
  { magic: 0xa1b2c3d4, unitsPerSecond: 1e6, extraBytes: 0 },
  { magic: 0xa1b23c4d, unitsPerSecond: 1e9, extraBytes: 0 },
  { magic: 0xa1b2cd34, unitsPerSecond: 1e6, extraBytes: 8 },
].flatMap((variant) => [
  { ...variant, littleEndian: true },
  { ...variant, littleEndian: false },
])

function longs(littleEndian: boolean, ...numbers: readonly number[]): Buffer {
  const bytes = Buffer.alloc(numbers.length * 4)
  for (const [index, number] of numbers.entries()) {
    if (littleEndian) bytes.writeUInt32LE(number, index * 4)
    else bytes.writeUInt32BE(number, index * 4)
  }
  return bytes
}

function fileHead({ magic, littleEndian }: Variant, linkField: number = 1): Buffer {
  const versions = littleEndian ? 0x0004_0002 : 0x0002_0004
  return longs(littleEndian, magic, versions, 0, 0, 262_144, linkField)
}

function record({ littleEndian, extraBytes }: Variant, seconds: number, fraction: number, data: Buffer): Buffer {
  const head = longs(littleEndian, seconds, fraction, data.length, data.length + 7)
  return Buffer.concat([head, Buffer.alloc(extraBytes), data])
}

test('every variant of pcap is read, in both byte orders', () => {
  for (const variant of VARIANTS) {
    const half = variant.unitsPerSecond / 2
    const file = Buffer.concat([
      fileHead(variant),
      record(variant, 1_700_000_000, half + 1, DATA),
      record(variant, 0xffff_ffff, 0, Buffer.alloc(0)),
      record(variant, 1, variant.unitsPerSecond + half, DATA.subarray(0, 1)),
    ])
    const { packets, faults, interfaces } = readCapture(file)
    const unit = String(1e9 / variant.unitsPerSecond)
    assert.deepEqual(faults, [])
    assert.deepEqual(
      packets.map(({ time, data, originalBytes, frameNumber }) => [frameNumber, time, data, originalBytes]),
      [
        [1, `1700000000.${String(500_000_000 + Number(unit))}`, '0102030405', 12],
        [2, '4294967295.000000000', '', 7],
        // Some writers let the fraction run over a second.
        [3, '2.500000000', '01', 8],
      ],
      JSON.stringify(variant),
    )
    assert.deepEqual(
      interfaces.map(({ linkType, snapBytes }) => [linkType, snapBytes]),
      [[1, 262_144]],
    )
  }
})

test('the link type may carry the length of a frame check sequence', () => {
  const cases: readonly (readonly [field: number, linkType: number, fcsBytes: number])[] = [
    [0x0000_0001, 1, 0],
    [0x2400_0001, 1, 4],
    // Without the flag the number says nothing.
    [0x2000_0065, 101, 0],
    [0xf400_0114, 276, 30],
  ]
  for (const [field, linkType, fcsBytes] of cases) {
    const { interfaces } = readCapture(fileHead(VARIANTS[0], field))
    assert.deepEqual(
      interfaces.map((each) => [each.linkType, each.fcsBytes]),
      [[linkType, fcsBytes]],
    )
  }
})

test('damage is a note, and what stands before it is read', () => {
  const [variant] = VARIANTS
  const whole = Buffer.concat([fileHead(variant), record(variant, 1, 0, DATA), record(variant, 2, 0, DATA)])
  const tooLong = longs(true, 3, 0, 262_145, 262_145)
  const cases: readonly (readonly [file: Buffer, packets: number, faults: readonly string[]])[] = [
    [whole, 2, []],
    [whole.subarray(0, whole.length - 1), 1, ['truncated']],
    [whole.subarray(0, 24 + 16 + 5 + 3), 1, ['truncated']],
    [whole.subarray(0, 23), 0, ['truncated']],
    [whole.subarray(0, 3), 0, ['unknown-format']],
    [Buffer.alloc(0), 0, ['unknown-format']],
    [Buffer.concat([whole, tooLong, whole.subarray(24)]), 2, ['bad-length']],
    [Buffer.from('1f8b0800', 'hex'), 0, ['unknown-format']],
    [Buffer.from('GET / HTTP/1.1\r\n'), 0, ['unknown-format']],
  ]
  for (const [file, count, faults] of cases) {
    const read = readCapture(file)
    assert.equal(read.packets.length, count)
    assert.deepEqual(read.faults, faults)
  }
})

test('pieces of any size give the same packets', () => {
  const packets = fc.array(fc.uint8Array({ maxLength: 60 }), { maxLength: 12 })
  const sizes = fc.array(fc.integer({ min: 1, max: 90 }), { minLength: 1, maxLength: 8 })
  fc.assert(
    fc.property(packets, fc.constantFrom(...VARIANTS), sizes, (contents, variant, pieces) => {
      const records = contents.map((data, index) => record(variant, index, index, Buffer.from(data)))
      const file = Buffer.concat([fileHead(variant), ...records])
      let turn = 0
      const pieceBytes = (): number => pieces[turn++ % pieces.length]
      assert.deepEqual(readCapture(file, pieceBytes), readCapture(file))
    }),
  )
})
