import assert from 'node:assert/strict'
import test from 'node:test'
import type { RateLimitAction } from '#act'
import type { NftShape } from '#rules'
import { limitText, rateText } from './limit.ts'

const ACTION: RateLimitAction = {
  type: 'rate_limit',
  terminating: false,
  per: ['ip.src', 'l4.dstport'],
  unit: 'packets',
  amount: 10,
  periodMs: 1000,
  burst: 20,
  ipv4Prefix: 24,
  ipv6Prefix: 64,
}
const UDP: NftShape = { name: 'ipv4-udp', family: 'ipv4', carried: 'udp', direction: 'in', matches: '' }

const RATES: readonly (readonly [Partial<RateLimitAction>, string, string])[] = [
  [{}, '10/second burst 20 packets', 'whole numbers a second'],
  [{ amount: 10, periodMs: 10_000 }, '1/second burst 20 packets', 'less often'],
  [{ amount: 10, periodMs: 3_600_000 }, '10/hour burst 20 packets', 'the smallest unit that it is a whole number of'],
  [{ amount: 10, periodMs: 7000 }, '600/hour burst 20 packets'.replace('600/hour', '864000/week'), 'a long unit'],
  [{ unit: 'bytes', amount: 1000, burst: 5000 }, '1000 bytes/second burst 4000 bytes', 'a second is always allowed'],
  [{ unit: 'bytes', amount: 1000, burst: 10 }, '1000 bytes/second burst 0 bytes', 'no less than that'],
]

test('rates are written in the units of nftables', () => {
  for (const [changes, expected, why] of RATES) assert.equal(rateText({ ...ACTION, ...changes }), expected, why)
})

test('packets are counted by the keys that they have', () => {
  const udp = limitText('a', ACTION, UDP)
  assert.match(udp.match, /^update @(\S+) \{ ip saddr & 255\.255\.255\.0 \. th dport limit rate over 10\/second /)
  const icmp = limitText('a', ACTION, { ...UDP, carried: 'icmpv6', family: 'ipv6' })
  assert.match(icmp.match, /^update @(\S+) \{ ip6 saddr & ffff:ffff:ffff:ffff:: limit rate over /)
  assert.match(limitText('a', ACTION, { ...UDP, carried: 'rest', family: 'none' }).match, /^limit name limit-\w{12}$/)
})

test('a limit has the same name as long as its rule and its rate stay', () => {
  const names = (id: string, action: RateLimitAction): string[] => [...limitText(id, action, UDP).objects.keys()]
  assert.deepEqual(names('a', ACTION), names('a', { ...ACTION }))
  assert.notDeepEqual(names('a', ACTION), names('b', ACTION))
  assert.notDeepEqual(names('a', ACTION), names('a', { ...ACTION, amount: 11 }))
})
