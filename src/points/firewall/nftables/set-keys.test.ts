import assert from 'node:assert/strict'
import test from 'node:test'
import * as fc from 'fast-check'
import type { SetKeys } from '#net'
import { formatIp, packRanges, parseCidr } from '#wire'
import { keysMissing, listKeys } from './set-keys.ts'

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

test('the keys of one set that another lacks are told apart by both ends', () => {
  const numbers = fc.uniqueArray(fc.tuple(fc.integer({ min: 0, max: 20 }), fc.integer({ min: 0, max: 2 })), {
    maxLength: 30,
    selector: ([number]) => number,
  })
  const keysOf = (values: readonly (readonly [number, number])[]): SetKeys =>
    listKeys(packRanges(values.map(([first, more]) => ({ first: first * 8, last: first * 8 + more })))).ipv4
  fc.assert(
    fc.property(numbers, numbers, (some, others) => {
      const [left, right] = [keysOf([[30, 1], ...some]), keysOf([[31, 1], ...others])]
      const known = new Set(texts(right))
      const missing = keysMissing(left, right)
      assert.deepEqual(
        missing === undefined ? [] : texts(missing),
        texts(left).filter((text) => !known.has(text)),
      )
    }),
  )
  assert.equal(keysMissing(undefined, keysOf([])), undefined)
  const keys = keysOf([[1, 1]])
  assert.equal(keysMissing(keys, keys), undefined)
  assert.deepEqual(keysMissing(keys, undefined), keys)
})
