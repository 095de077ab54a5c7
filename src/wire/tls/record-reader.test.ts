import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { inRecords } from './hello-builder.ts'
import { TlsRecordReader } from './record-reader.ts'

function record(type: number, contents: Buffer, length: number = contents.length): Buffer {
  return Buffer.concat([Buffer.from([type, 3, 3, length >> 8, length & 255]), contents])
}

function message(type: number, body: Buffer): Buffer {
  return Buffer.concat([Buffer.from([type, body.length >> 16, (body.length >> 8) & 255, body.length & 255]), body])
}

/** Everything that the reader says of bytes that come in pieces. */
function readIn(
  bytes: Buffer,
  sizes: readonly number[],
  encrypted = false,
  passes = false,
): { seen: string[]; broken: boolean } {
  const seen: string[] = []
  const reader = new TlsRecordReader({
    onRecord: (type, version, length) => void seen.push(`record ${type} ${version.toString(16)} ${length}`),
    onHandshake: (type, from, start, end) => void seen.push(`message ${type} ${from.toString('hex', start, end)}`),
    onAlert: (level, description) => void seen.push(`alert ${level} ${description}`),
  })
  reader.encrypted = encrypted
  for (let at = 0, index = 0; at < bytes.length; index++) {
    const size = sizes[index % sizes.length]
    const piece = Buffer.concat([Buffer.alloc(3, 0x16), bytes.subarray(at, at + size), Buffer.alloc(3, 0x16)])
    const sizeBytes = piece.length - 6
    if (passes && sizeBytes <= reader.passableBytes) reader.pass(sizeBytes)
    else reader.feed(piece, 3, piece.length - 3)
    at += size
  }
  return { seen, broken: reader.broken }
}

const HELLO = message(1, Buffer.alloc(300, 7))
const DONE = message(14, Buffer.alloc(0))
const STREAM = Buffer.concat([
  inRecords(HELLO, 100),
  record(22, Buffer.concat([DONE, message(11, Buffer.alloc(20, 9)), DONE])),
  record(21, Buffer.from([2, 40])),
  record(20, Buffer.from([1])),
  record(23, Buffer.alloc(5000, 1)),
  record(21, Buffer.from([1, 0])),
])

test('records, messages over several records, several in one, and alerts', () => {
  const { seen, broken } = readIn(STREAM, [STREAM.length])
  assert.equal(broken, false)
  assert.deepEqual(
    seen.filter((line) => !line.startsWith('record')).map((line) => line.slice(0, 12)),
    ['message 1 07', 'message 14 ', 'message 11 0', 'message 14 ', 'alert 2 40', 'alert 1 0'],
  )
  assert.deepEqual(
    seen.filter((line) => line.startsWith('record 2') && !line.startsWith('record 22')),
    ['record 21 303 2', 'record 20 303 1', 'record 23 303 5000', 'record 21 303 2'],
  )
})

test('what nobody reads may be passed', () => {
  const sizes = fc.array(fc.integer({ min: 1, max: 2000 }), { minLength: 1, maxLength: 20 })
  fc.assert(
    fc.property(sizes, fc.boolean(), (chosen, encrypted) => {
      assert.deepEqual(readIn(STREAM, chosen, encrypted, true), readIn(STREAM, chosen, encrypted))
    }),
  )
})

test('the same however the bytes are cut', () => {
  const whole = readIn(STREAM, [STREAM.length])
  const sizes = fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1, maxLength: 20 })
  fc.assert(
    fc.property(sizes, (cuts) => assert.deepEqual(readIn(STREAM, cuts), whole)),
    { numRuns: 300 },
  )
})

test('what is encrypted is passed over by its length', () => {
  assert.deepEqual(
    readIn(STREAM, [77], true).seen.filter((line) => !line.startsWith('record')),
    [],
  )
})

test('what is no TLS breaks it, and nothing is read any more', () => {
  for (const bytes of ['47455420', '1602030001ff', '190303000100', `160303ffff${'00'.repeat(9)}`]) {
    const all = Buffer.concat([Buffer.from(bytes, 'hex'), STREAM])
    assert.deepEqual([readIn(all, [1]).broken, readIn(all, [1]).seen], [true, []])
  }
  const endless = Buffer.concat(Array.from({ length: 12 }, () => record(22, Buffer.alloc(16_000, 0xff))))
  assert.equal(readIn(endless, [1400]).broken, true)
})

test('bytes that were lost', () => {
  const seen: number[] = []
  const reader = new TlsRecordReader({
    onRecord: (type) => void seen.push(type),
    onHandshake: () => undefined,
    onAlert: () => undefined,
  })
  const data = record(23, Buffer.alloc(100))
  reader.feed(data, 0, 50)
  assert.equal(reader.gap(55), true)
  reader.feed(data, 0, data.length)
  assert.deepEqual([seen, reader.idle], [[23, 23], true])
  assert.equal(reader.gap(1), false)
})
