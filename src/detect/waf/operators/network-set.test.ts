import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { formatIp, fromUint128, inRange, type IpAddress } from '#wire'
import { NetworkSet } from './network-set.ts'
import { parseNetworks } from './networks.ts'

const addresses: fc.Arbitrary<IpAddress> = fc.oneof(
  fc.integer({ min: 0, max: 2 ** 32 - 1 }),
  // Few different top bits, so that networks meet their addresses.
  fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map((low) => fromUint128((0x20010db8n << 96n) | low)),
)

const networks = fc
  .tuple(addresses, fc.integer({ min: 0, max: 128 }))
  .map(([address, length]) => `${formatIp(address)}/${typeof address === 'number' ? length % 33 : length}`)

test('a set holds exactly the addresses of its networks', () => {
  fc.assert(
    fc.property(fc.array(networks, { maxLength: 12 }), fc.array(addresses, { minLength: 1 }), (texts, wanted) => {
      const set = new NetworkSet(texts)
      const { ranges, invalid } = parseNetworks(texts)
      assert.deepEqual(invalid, [])
      const edges = ranges.flatMap(({ first, last }) => [first, last])
      for (const address of [...wanted, ...edges]) {
        assert.equal(
          set.has(address),
          ranges.some((range) => inRange(address, range)),
          formatIp(address),
        )
      }
    }),
  )
})

test('what is no network is named', () => {
  const { ranges, invalid } = parseNetworks(['10.0.0.1/33', '1.2.3', '::1/129', '1.2.3.4/-1', '1.2.3.4/08', '1.2.3.4'])
  assert.deepEqual(invalid, ['10.0.0.1/33', '1.2.3', '::1/129', '1.2.3.4/-1', '1.2.3.4/08'])
  assert.equal(ranges.length, 1)
})
