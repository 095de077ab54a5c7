import assert from 'node:assert/strict'
import test from 'node:test'
import { formatIp, fromUint128, parseCidr, parseIp } from '#wire'
import { blocksOf, prefixesOf } from './ip-blocks.ts'

function show(block: { first: bigint; last: bigint }): string {
  return `${formatIp(fromUint128(block.first))}-${formatIp(fromUint128(block.last))}`
}

test('a range becomes the blocks that hold exactly its addresses', () => {
  const table: readonly (readonly [string, readonly string[], string])[] = [
    ['10.0.0.0/8', ['10.0.0.0-10.255.255.255'], 'IPv4 is one block inside the mapped prefix'],
    ['0.0.0.0/0', ['0.0.0.0-255.255.255.255'], 'all of IPv4 and nothing else'],
    ['2001:db8::/32', ['2001:db8::-2001:db8:ffff:ffff:ffff:ffff:ffff:ffff'], 'IPv6 away from the mapped prefix'],
    [
      '::/0',
      ['::-::fffe:ffff:ffff', '::1:0:0:0-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff'],
      'all of IPv6 leaves the mapped prefix out',
    ],
    ['::ffff:10.0.0.0/104', ['10.0.0.0-10.255.255.255'], 'a mapped prefix is its IPv4 prefix'],
  ]
  for (const [cidr, expected, why] of table) assert.deepEqual(blocksOf(parseCidr(cidr)!).map(show), expected, why)
})

test('any block is made up of prefixes without gap or overlap', () => {
  for (const [first, last] of [
    ['10.0.0.1', '10.0.0.9'],
    ['0.0.0.0', '255.255.255.255'],
    ['::', 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff'],
    ['::1', 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe'],
  ]) {
    for (const block of blocksOf({ first: parseIp(first)!, last: parseIp(last)! })) {
      let next = block.first
      for (const prefix of prefixesOf(block)) {
        assert.equal(prefix.first, next)
        assert.equal(prefix.first % prefix.size, 0n)
        next += prefix.size
      }
      assert.equal(next, block.last + 1n)
      assert.ok(prefixesOf(block).length <= 254)
    }
  }
})
