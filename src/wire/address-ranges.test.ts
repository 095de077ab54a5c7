import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { packRanges, unpackRanges } from './address-ranges.ts'
import { inRange, type IpRange, parseCidr } from './ip.ts'

const v4 = fc.oneof(fc.nat(60), fc.integer({ min: 2 ** 32 - 60, max: 2 ** 32 - 1 }), fc.nat(2 ** 32 - 1))
const v6 = fc.oneof(
  fc.bigInt({ min: (1n << 64n) - 30n, max: (1n << 64n) + 30n }),
  fc.bigInt({ min: (1n << 128n) - 30n, max: (1n << 128n) - 1n }),
  fc.bigInt({ min: 1n << 48n, max: (1n << 128n) - 1n }),
)
const range = fc.oneof(
  fc.tuple(v4, v4).map(([a, b]): IpRange => ({ first: Math.min(a, b), last: Math.max(a, b) })),
  fc.tuple(v6, v6).map(([a, b]): IpRange => (a < b ? { first: a, last: b } : { first: b, last: a })),
)

test('packed ranges hold the same addresses, ascending, IPv4 first, none overlapping another', () => {
  fc.assert(
    fc.property(fc.array(range, { maxLength: 40 }), (given) => {
      const packed = packRanges(given)
      const ranges = unpackRanges(packed)
      assert.equal(packed.count, given.length)
      for (const [i, { first, last }] of ranges.entries()) {
        assert.ok(first <= last)
        const before = ranges[i - 1]
        if (before !== undefined && typeof before.first === typeof first) assert.ok(before.last < first)
        if (before !== undefined && typeof first === 'number') assert.equal(typeof before.first, 'number')
      }
      for (const border of [...given, ...ranges].flatMap(({ first, last }) => [first, last])) {
        assert.equal(
          ranges.some((each) => inRange(border, each)),
          given.some((each) => inRange(border, each)),
        )
      }
    }),
  )
})

test('a thread that gets them looks at the same memory', () => {
  const packed = packRanges([parseCidr('192.0.2.0/24')!, parseCidr('2001:db8::/32')!])
  const posted = structuredClone(packed)
  assert.deepEqual(posted, packed)
  assert.ok(packed.ipv6.buffer instanceof SharedArrayBuffer)
  packed.ipv4[1] = 0
  assert.equal(posted.ipv4[1], 0)
})
