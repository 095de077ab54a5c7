import assert from 'node:assert/strict'
import test from 'node:test'
import { BpfMap } from './map.ts'
import { deleteBatch, readEntries, updateBatch } from './map-batch.ts'
import { countOf, possibleProcessors } from './processors.ts'

const skip = process.getuid?.() === 0 ? false : 'needs root'

function u32(...numbers: readonly number[]): Buffer {
  const bytes = Buffer.alloc(numbers.length * 4)
  for (const [index, number] of numbers.entries()) bytes.writeUInt32LE(number, index * 4)
  return bytes
}

test('entries of a hash map come, change and go', { skip }, () => {
  const map = BpfMap.create({ name: 'test', kind: 'hash', keyBytes: 4, valueBytes: 8, entries: 2 })
  const value = Buffer.alloc(8)
  assert.equal(map.lookup(u32(1), value), false)
  map.update(u32(1), u32(7, 0))
  map.update(u32(2), u32(8, 0), 'new')
  assert.equal(map.lookup(u32(1), value), true)
  assert.deepEqual(value, u32(7, 0))
  assert.throws(() => map.update(u32(3), value), /cannot write to the map test: E2BIG/)
  assert.throws(() => map.update(u32(1), value, 'new'), /EEXIST/)
  const key = Buffer.alloc(4)
  const keys: number[] = []
  for (let has = map.nextKey(undefined, key); has; has = map.nextKey(key, key)) keys.push(key.readUInt32LE(0))
  assert.deepEqual(
    keys.sort((one, other) => one - other),
    [1, 2],
  )
  assert.deepEqual([map.delete(u32(1)), map.delete(u32(1))], [true, false])
  assert.ok(map.memoryBytes > 0)
  map.close()
  map.close()
})

test('values for each processor come in slots of eight bytes, one for each possible processor', { skip }, () => {
  assert.deepEqual([countOf('0\n'), countOf('0-3\n'), countOf('0,2-63\n')], [1, 4, 64])
  const map = BpfMap.create({ name: 'test', kind: 'perCpuArray', keyBytes: 4, valueBytes: 12, entries: 3 })
  assert.equal(map.valueBytes, 16 * possibleProcessors())
  const value = Buffer.alloc(map.valueBytes, 1)
  map.update(u32(2), value)
  const read = Buffer.alloc(map.valueBytes)
  map.lookup(u32(2), read)
  assert.deepEqual(read.subarray(0, 12), value.subarray(0, 12))
  map.close()
})

test('prefixes are found by their length', { skip }, () => {
  const map = BpfMap.create({ name: 'test', kind: 'prefixTrie', keyBytes: 8, valueBytes: 4, entries: 10 })
  map.update(Buffer.from([8, 0, 0, 0, 10, 0, 0, 0]), u32(8))
  map.update(Buffer.from([16, 0, 0, 0, 10, 1, 0, 0]), u32(16))
  const value = Buffer.alloc(4)
  const found = ['0a010203', '0a020304', '0b000000'].map((address) =>
    map.lookup(Buffer.from(`20000000${address}`, 'hex'), value) ? value.readUInt32LE(0) : undefined,
  )
  assert.deepEqual(found, [16, 8, undefined])
  map.close()
})

test('many entries go and come in batches', { skip }, () => {
  const count = 40_000
  const map = BpfMap.create({ name: 'test', kind: 'hash', keyBytes: 4, valueBytes: 4, entries: count, sparse: true })
  const keys = u32(...Array.from({ length: count }, (_, index) => index))
  const values = u32(...Array.from({ length: count }, (_, index) => index * 3))
  updateBatch(map, keys, values, count)
  const read = readEntries(map)
  assert.equal(read.count, count)
  for (let at = 0; at < count; at++) {
    assert.equal(read.values.readUInt32LE(at * 4), read.keys.readUInt32LE(at * 4) * 3)
  }
  deleteBatch(map, keys, count - 1)
  assert.equal(readEntries(map).count, 1)
  map.close()
})

test('the entries of an array are read in one call', { skip }, () => {
  const map = BpfMap.create({ name: 'test', kind: 'perCpuArray', keyBytes: 4, valueBytes: 16, entries: 100 })
  const { count, values } = readEntries(map)
  assert.deepEqual([count, values.length], [100, 100 * 16 * possibleProcessors()])
  map.close()
})

test('a mappable array is memory of both sides', { skip }, () => {
  const map = BpfMap.create({ name: 'test', kind: 'array', keyBytes: 4, valueBytes: 8, entries: 4, mappable: true })
  map.memory.writeUInt32LE(99, 16)
  const value = Buffer.alloc(8)
  map.lookup(u32(2), value)
  assert.equal(value.readUInt32LE(0), 99)
  map.update(u32(3), u32(5, 0))
  assert.equal(map.memory.readUInt32LE(24), 5)
  map.close()
})

test('what the kernel cannot make is refused with the name of the error', { skip }, () => {
  assert.throws(
    () => BpfMap.create({ name: 'test', kind: 'ringBuffer', keyBytes: 0, valueBytes: 0, entries: 1000 }),
    /cannot create the map test: EINVAL/,
  )
})
