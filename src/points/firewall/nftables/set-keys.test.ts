import assert from 'node:assert/strict'
import test from 'node:test'
import * as fc from 'fast-check'
import type { SetKeys } from '#net'
import { formatIp, packRanges, parseCidr } from '#wire'
import { keyChanges, listKeys } from './set-keys.ts'

function ranges(...texts: readonly string[]): ReturnType<typeof packRanges> {
  return packRanges(texts.map((text) => parseCidr(text)!))
}

function texts({ keyBytes, count, firsts, lasts }: SetKeys): string[] {
  const address = (keys: Buffer, index: number): string => {
    const value = BigInt(`0x${keys.subarray(index * keyBytes, (index + 1) * keyBytes).toString('hex')}`)
    return formatIp(keyBytes === 4 ? Number(value) : value)
  }
  return Array.from({ length: count }, (_, index) =>
    lasts === undefined ? address(firsts, index) : `${address(firsts, index)}-${address(lasts, index)}`,
  )
}

test('single addresses are keys, and networks intervals; IPv6 has the IPv4 addresses as well, mapped', () => {
  const single = listKeys(ranges('192.0.2.1', '2001:db8::1'))
  assert.deepEqual(texts(single.ipv4), ['192.0.2.1'])
  assert.deepEqual(texts(single.ipv6), ['::ffff:c000:201', '2001:db8::1'])
  const networks = listKeys(ranges('192.0.2.0/24', '2001:db8::/32'))
  assert.deepEqual(texts(networks.ipv4), ['192.0.2.0-192.0.2.255'])
  assert.deepEqual(texts(networks.ipv6), [
    '::ffff:c000:200-::ffff:c000:2ff',
    '2001:db8::-2001:db8:ffff:ffff:ffff:ffff:ffff:ffff',
  ])
})

test('a network of IPv6 around the mapped addresses holds none of them', () => {
  const { ipv6 } = listKeys(ranges('::/0', '192.0.2.1'))
  assert.deepEqual(texts(ipv6), [
    '::-::fffe:ffff:ffff',
    '::ffff:c000:201-::ffff:c000:201',
    '::1:0:0:0-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff',
  ])
  assert.deepEqual(texts(listKeys(ranges('::1', '2001:db8::/32')).ipv6), [
    '::1-::1',
    '2001:db8::-2001:db8:ffff:ffff:ffff:ffff:ffff:ffff',
  ])
})

test('changes make one set another', () => {
  const numbers = fc.uniqueArray(fc.integer({ min: 0, max: 60 }), { maxLength: 30 })
  const keysOf = (values: readonly number[]): SetKeys =>
    listKeys(packRanges(values.map((value) => ({ first: value * 8, last: value * 8 + 3 })))).ipv4
  fc.assert(
    fc.property(numbers, numbers, (before, after) => {
      const [old, next] = [keysOf([0, ...before]), keysOf([1, ...after])]
      const changes = keyChanges(old, next, 100)
      assert.ok(changes !== undefined)
      const left = new Set(texts(old))
      for (const text of texts(changes.removed)) assert.ok(left.delete(text))
      for (const text of texts(changes.added)) assert.ok(!left.has(text) && left.add(text))
      assert.deepEqual([...left].sort(), texts(next).sort())
    }),
  )
})

test('too many changes, or a set of another kind, are none', () => {
  const network = listKeys(ranges('192.0.2.0/24')).ipv4
  const others = listKeys(ranges('198.51.100.0/24', '203.0.113.0/24')).ipv4
  assert.equal(keyChanges(network, others, 2), undefined)
  assert.equal(keyChanges(network, others, 3)?.added.count, 2)
  assert.equal(keyChanges(network, listKeys(ranges('192.0.2.1')).ipv4, 10), undefined)
})
