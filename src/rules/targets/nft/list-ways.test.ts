import assert from 'node:assert/strict'
import test from 'node:test'
import { listMatches, type NftListSets, prefixKey } from './list-ways.ts'
import { shapesOf } from './shape.ts'

const PLAIN: NftListSets = { ipv4: 'four', ipv6: 'six' }
const ONE: NftListSets = { ipv4: [{ name: 'hosts', prefixBits: 32 }] }
const MANY: NftListSets = {
  ipv4: [
    { name: 'nets', prefixBits: 24 },
    { name: 'hosts', prefixBits: 32 },
  ],
  ipv6: [{ name: 'sites', prefixBits: 48 }],
}

const MAPPED = '@nh,64,96 0xffff'

type Case = readonly [
  field: string,
  sets: NftListSets | undefined,
  isNegated: boolean,
  family: 'ipv4' | 'ipv6' | 'arp',
  expected: ReturnType<typeof listMatches>,
]

const CASES: readonly Case[] = [
  ['ip.src', PLAIN, false, 'ipv4', ['ip saddr @four']],
  ['ip.dst', PLAIN, true, 'ipv6', ['ip6 daddr != @six']],
  ['ip.src', PLAIN, false, 'arp', false],
  ['ip.src', undefined, true, 'ipv4', true],
  ['ip.src', { ipv6: 'six' }, false, 'ipv4', false],
  ['ip.dst', ONE, false, 'ipv4', ['@nh,128,32 @hosts']],
  ['ip.dst', ONE, true, 'ipv4', ['@nh,128,32 != @hosts']],
  ['ip.src', MANY, false, 'ipv4', ['@nh,96,32 & 0xffffff00 @nets', '@nh,96,32 @hosts']],
  ['ip.src', MANY, true, 'ipv4', undefined],
  ['arp.dst.proto_ipv4', ONE, false, 'arp', ['@nh,192,32 @hosts']],
  [
    'ip.src',
    MANY,
    false,
    'ipv6',
    [
      '@nh,64,128 & 0xffffffffffff00000000000000000000 @sites',
      `${MAPPED} @nh,160,32 & 0xffffff00 @nets`,
      `${MAPPED} @nh,160,32 @hosts`,
    ],
  ],
  ['ip.src', ONE, true, 'ipv6', undefined],
]

test('addresses are looked up in one set, or in one for each length of prefix, also those of IPv4 within IPv6', () => {
  for (const [field, sets, isNegated, family, expected] of CASES) {
    const [shape] = shapesOf(family)
    assert.deepEqual(listMatches(field, sets, isNegated, shape), expected, `${field} ${family} ${isNegated}`)
  }
  assert.deepEqual([prefixKey('ipv4'), prefixKey('ipv6')], ['@nh,96,32', '@nh,64,128'])
})
