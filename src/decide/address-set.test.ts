import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as fc from 'fast-check'
import { type IpAddress, type IpRange, inRange, packRanges, parseCidr, parseIp } from '#wire'
import { AddressSet } from './address-set.ts'

const IPV4_LAST = 2 ** 32 - 1
const IPV6_LAST = (1n << 128n) - 1n

/** Addresses that crowd together, so that ranges overlap, touch and share their top bits. */
const v4 = fc.oneof(
  fc.nat(300),
  fc.integer({ min: IPV4_LAST - 300, max: IPV4_LAST }),
  fc.integer({ min: 0, max: IPV4_LAST }),
)
const v6 = fc.oneof(
  fc.bigInt({ min: 1n << 64n, max: (1n << 64n) + 300n }),
  fc.bigInt({ min: (0x2001n << 112n) - 200n, max: (0x2001n << 112n) + 200n }),
  fc.bigInt({ min: 1n << 64n, max: IPV6_LAST }),
)
const range = fc.oneof(
  fc.tuple(v4, v4).map(([a, b]): IpRange => ({ first: Math.min(a, b), last: Math.max(a, b) })),
  fc.tuple(v6, v6).map(([a, b]): IpRange => ({ first: a < b ? a : b, last: a < b ? b : a })),
  v4.map((address): IpRange => ({ first: address, last: address })),
  v6.map((address): IpRange => ({ first: address, last: address })),
)

/** Where a mistake would show: at the borders of the ranges, and just beyond. */
function borders(ranges: readonly IpRange[]): IpAddress[] {
  return ranges.flatMap(({ first, last }) =>
    typeof first === 'number'
      ? [first, Number(last), Math.max(0, first - 1), Math.min(IPV4_LAST, Number(last) + 1)]
      : [first, last, first - 1n, BigInt(last) < IPV6_LAST ? BigInt(last) + 1n : last],
  )
}

describe('AddressSet', () => {
  it('holds exactly the addresses that lie in one of its ranges', () => {
    const ranges = fc.array(range, { maxLength: 40 })
    const probes = fc.array(fc.oneof(v4, v6), { maxLength: 20 })
    fc.assert(
      fc.property(ranges, probes, (held, others) => {
        const set = new AddressSet(packRanges(held))
        for (const address of [...others, ...borders(held)]) {
          assert.equal(
            set.has(address),
            held.some((each) => inRange(address, each)),
            String(address),
          )
        }
      }),
      { numRuns: 500 },
    )
  })

  it('holds nothing when it is empty', () => {
    const set = new AddressSet(packRanges([]))
    assert.equal(set.has(0), false)
    assert.equal(set.has(1n << 100n), false)
  })

  it('keeps the families apart', () => {
    const set = new AddressSet(packRanges([parseCidr('0.0.0.0/0')!]))
    assert.equal(set.has(parseIp('192.0.2.1')!), true)
    assert.equal(set.has(parseIp('2001:db8::1')!), false)
    assert.equal(set.has(parseIp('::ffff:192.0.2.1')!), true)
  })

  it('finds each of a million prefixes', () => {
    const count = 1_000_000
    const ranges = Array.from({ length: count }, (_, i): IpRange => {
      const scattered = Math.imul(i, 2_654_435_761) >>> 0
      if (i % 2 === 0) return { first: scattered, last: scattered }
      const first = (0x2a00n << 112n) | (BigInt(scattered) << 80n)
      return { first, last: first + 0xffffn }
    })
    const set = new AddressSet(packRanges(ranges))
    assert.ok(ranges.every(({ first, last }) => set.has(first) && set.has(last)))
    assert.ok(!ranges.some(({ last }) => typeof last === 'bigint' && set.has(last + 1n)))
  })
})
