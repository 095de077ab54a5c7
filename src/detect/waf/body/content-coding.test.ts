import assert from 'node:assert/strict'
import test from 'node:test'
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib'
import fc from 'fast-check'
import { decodeContent } from './content-coding.ts'
import { DEFAULT_BODY_LIMITS } from './limits.ts'

const TEXT = Buffer.from(Array.from({ length: 4000 }, (_, index) => `line ${index * 7919}\n`).join(''))
const LIMITS = DEFAULT_BODY_LIMITS

test('decodeContent undoes every coding', () => {
  const cases: readonly [encoding: string, bytes: Buffer][] = [
    ['gzip', gzipSync(TEXT)],
    ['x-gzip', gzipSync(TEXT)],
    ['GZIP', gzipSync(TEXT)],
    ['deflate', deflateSync(TEXT)],
    ['deflate', deflateRawSync(TEXT)],
    ['br', brotliCompressSync(TEXT)],
    ['zstd', zstdCompressSync(TEXT)],
    ['identity', TEXT],
    ['', TEXT],
    ['gzip, br', brotliCompressSync(gzipSync(TEXT))],
    ['br , identity, gzip', gzipSync(brotliCompressSync(TEXT))],
    ['gzip', Buffer.concat([gzipSync(TEXT.subarray(0, 1000)), gzipSync(TEXT.subarray(1000))])],
  ]
  for (const [encoding, bytes] of cases) {
    const { bytes: decoded, truncated, problem } = decodeContent(encoding, bytes, LIMITS)
    assert.deepEqual([truncated, problem], [false, undefined], encoding)
    assert.ok(TEXT.equals(decoded), encoding)
  }
})

test('decodeContent gives the begin of what is not whole', () => {
  const coded: readonly [encoding: string, bytes: Buffer][] = [
    ['gzip', gzipSync(TEXT)],
    ['deflate', deflateSync(TEXT)],
    ['br', brotliCompressSync(TEXT)],
  ]
  for (const [encoding, bytes] of coded) {
    const cut = decodeContent(encoding, bytes.subarray(0, bytes.length >> 1), LIMITS)
    assert.deepEqual([cut.truncated, cut.problem], [true, 'incomplete'], encoding)
    assert.ok(cut.bytes.length > 1000, encoding)
    assert.ok(TEXT.subarray(0, cut.bytes.length).equals(cut.bytes), encoding)
  }
})

test('decodeContent gives the begin of what is larger than its limits', () => {
  const large = decodeContent('gzip', gzipSync(TEXT), { decodedBytes: 20_000, decodedRatio: 1000 })
  assert.deepEqual([large.truncated, large.problem], [true, 'size-limit'])
  assert.ok(large.bytes.length > 5000 && large.bytes.length <= 20_000, String(large.bytes.length))
  assert.ok(TEXT.subarray(0, large.bytes.length).equals(large.bytes))
})

test('decodeContent stops bombs of every coding', () => {
  const zeros = Buffer.alloc(20_000_000)
  const bombs: readonly [encoding: string, bytes: Buffer][] = [
    ['gzip', gzipSync(zeros)],
    ['br', brotliCompressSync(zeros)],
    ['zstd', zstdCompressSync(zeros)],
    ['gzip, gzip', gzipSync(gzipSync(zeros))],
  ]
  for (const [encoding, bytes] of bombs) {
    const decoded = decodeContent(encoding, bytes, { decodedBytes: 1024 * 1024, decodedRatio: 10 })
    assert.equal(decoded.problem, 'ratio-limit', encoding)
    assert.ok(decoded.bytes.length <= 1024 * 1024, encoding)
  }
})

test('decodeContent hands out the input when it cannot decode anything', () => {
  const cases: readonly [encoding: string, problem: string][] = [
    ['gzip', 'corrupt'],
    ['br', 'incomplete'],
    ['deflate', 'corrupt'],
    ['compress', 'unknown-coding'],
    ['gzip, gzip, gzip, gzip', 'too-many-codings'],
  ]
  for (const [encoding, problem] of cases) {
    const decoded = decodeContent(encoding, TEXT, LIMITS)
    assert.equal(decoded.problem, problem, encoding)
    assert.ok(TEXT.equals(decoded.bytes), encoding)
  }
})

test('decodeContent of damaged data gives what came before the damage', () => {
  const coded = Buffer.from(gzipSync(TEXT))
  coded.fill(0xff, coded.length - 2000, coded.length - 1900)
  const decoded = decodeContent('gzip', coded, LIMITS)
  assert.equal(decoded.problem, 'corrupt')
  assert.ok(decoded.bytes.length > 1000)
  assert.ok(TEXT.subarray(0, 1000).equals(decoded.bytes.subarray(0, 1000)))
})

test('decodeContent never throws and never exceeds its limits', () => {
  const encoding = fc.constantFrom('gzip', 'deflate', 'br', 'zstd', 'gzip,br', 'x')
  const limits = { decodedBytes: 4096, decodedRatio: 5 }
  fc.assert(
    fc.property(encoding, fc.uint8Array({ maxLength: 200 }), fc.nat(60), (name, noise, flip) => {
      const coded = gzipSync(noise)
      coded[flip % coded.length] ^= 0x10
      for (const bytes of [noise, coded]) {
        const decoded = decodeContent(name, bytes, limits)
        assert.ok(decoded.bytes.length <= limits.decodedBytes)
      }
    }),
    { numRuns: 300 },
  )
})
