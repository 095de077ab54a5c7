import assert from 'node:assert/strict'
import test from 'node:test'
import * as fc from 'fast-check'
import type { SetKeys } from '#net'
import { formatIp, type IpRange, packRanges, parseCidr, unpackRanges } from '#wire'
import { countPrefixes, PREFIX_FAMILIES, prefixKeys } from './prefix-keys.ts'

type Version = 'ipv4' | 'ipv6'

function ranges(version: Version, ...texts: readonly string[]): Uint32Array {
  return packRanges(texts.map((text) => parseCidr(text)!))[version]
}

/** As prefixes, such as 192.0.2.0/24, in ascending order. */
function prefixes(version: Version, keys: ReadonlyMap<number, SetKeys> | undefined): string[] {
  const { bits } = PREFIX_FAMILIES[version]
  return rangesOf(version, keys).map(
    ({ first, last }) => `${formatIp(first)}/${bits - Math.log2(Number(BigInt(last) - BigInt(first) + 1n))}`,
  )
}

function rangesOf(version: Version, keys: ReadonlyMap<number, SetKeys> | undefined): IpRange[] {
  const found = [...(keys ?? [])].flatMap(([hostBits, { keyBytes, count, firsts }]) =>
    Array.from({ length: count }, (_, index) => {
      const first = BigInt(`0x${firsts.toString('hex', index * keyBytes, (index + 1) * keyBytes)}`)
      const last = first + (1n << BigInt(hostBits)) - 1n
      return version === 'ipv4' ? { first: Number(first), last: Number(last) } : { first, last }
    }),
  )
  return (found as IpRange[]).toSorted((left, right) => (left.first < right.first ? -1 : 1))
}

/** Ranges that touch each other become one. */
function joined(parts: readonly IpRange[]): (readonly [first: bigint, last: bigint])[] {
  const whole: [first: bigint, last: bigint][] = []
  for (const { first, last } of parts) {
    const before = whole.at(-1)
    if (before !== undefined && before[1] + 1n === BigInt(first)) before[1] = BigInt(last)
    else whole.push([BigInt(first), BigInt(last)])
  }
  return whole
}

const ALL_SIZES = Array.from({ length: 129 }, (_, hostBits) => hostBits)

test('ranges are cut into as few prefixes as can be', () => {
  const cases: readonly (readonly [version: Version, ranges: readonly string[], prefixes: readonly string[]])[] = [
    ['ipv4', ['192.0.2.1', '198.51.100.0/24'], ['192.0.2.1/32', '198.51.100.0/24']],
    ['ipv4', ['0.0.0.0/0'], ['0.0.0.0/0']],
    ['ipv4', ['255.255.255.255'], ['255.255.255.255/32']],
    ['ipv6', ['2001:db8::/32', '::/128'], ['::/128', '2001:db8::/32']],
    ['ipv6', ['::/0'], ['::/0']],
  ]
  for (const [version, given, expected] of cases) {
    const family = PREFIX_FAMILIES[version]
    const keys = prefixKeys(family, ranges(version, ...given), ALL_SIZES.slice(0, family.bits + 1), 100)
    assert.deepEqual(prefixes(version, keys), expected)
  }
  const odd = packRanges([{ first: 0x0a00_0001, last: 0x0a00_0006 }]).ipv4
  assert.deepEqual(prefixes('ipv4', prefixKeys(PREFIX_FAMILIES.ipv4, odd, [0, 1, 2], 100)), [
    '10.0.0.1/32',
    '10.0.0.2/31',
    '10.0.0.4/31',
    '10.0.0.6/32',
  ])
})

test('a size that may not be used becomes several of the next one', () => {
  const network = ranges('ipv4', '192.0.2.0/23')
  assert.deepEqual(prefixes('ipv4', prefixKeys(PREFIX_FAMILIES.ipv4, network, [0, 8, 12], 100)), [
    '192.0.2.0/24',
    '192.0.3.0/24',
  ])
  assert.equal(prefixKeys(PREFIX_FAMILIES.ipv4, network, [0], 511), undefined)
  assert.equal(prefixKeys(PREFIX_FAMILIES.ipv4, network, [0], 512)?.get(0)?.count, 512)
  assert.equal(prefixKeys(PREFIX_FAMILIES.ipv4, network, [12], 100), undefined)
})

test('prefixes hold what the ranges held, and are counted before', () => {
  const address = fc.oneof(
    fc.bigInt({ min: 0n, max: 300n }),
    fc.bigInt({ min: (1n << 128n) - 300n, max: (1n << 128n) - 1n }),
    fc.bigInt({ min: (1n << 32n) - 200n, max: (1n << 32n) + 200n }),
  )
  const range = fc.tuple(address, fc.bigInt({ min: 0n, max: 5000n })).map(([first, length]) => {
    const last = first + length
    return { first, last: last >= 1n << 128n ? (1n << 128n) - 1n : last }
  })
  const sizes = fc.uniqueArray(fc.integer({ min: 1, max: 14 }), { maxLength: 6 })
  fc.assert(
    fc.property(fc.array(range, { maxLength: 12 }), sizes, (given, wanted) => {
      const packed = packRanges(given)
      const keys = prefixKeys(PREFIX_FAMILIES.ipv6, packed.ipv6, [0, ...wanted], 1e6)
      const cut = rangesOf('ipv6', keys)
      assert.deepEqual(joined(cut), joined(unpackRanges(packed)))
      const counts = countPrefixes(PREFIX_FAMILIES.ipv6, packed.ipv6)
      const all = prefixKeys(PREFIX_FAMILIES.ipv6, packed.ipv6, ALL_SIZES, 1e6)
      assert.deepEqual(
        counts.flatMap((count, hostBits) => (count === 0 ? [] : [[hostBits, count]])),
        [...(all ?? [])].map(([hostBits, { count }]) => [hostBits, count]),
      )
    }),
  )
})
