import assert from 'node:assert/strict'
import { isIP } from 'node:net'
import test from 'node:test'
import fc from 'fast-check'
import { formatCidr, formatIp, fromUint128, inRange, type IpAddress, parseCidr, parseIp, toUint128 } from './ip.ts'

const addresses = fc.oneof(
  fc.nat({ max: 0xffff_ffff }).map((n): IpAddress => n),
  fc.bigInt({ min: 0n, max: (1n << 128n) - 1n }).map(fromUint128),
)

test('an address survives its text and its 128-bit number', () => {
  fc.assert(
    fc.property(addresses, (address) => {
      assert.equal(parseIp(formatIp(address)), address)
      assert.equal(fromUint128(toUint128(address)), address)
      assert.notEqual(isIP(formatIp(address)), 0)
    }),
  )
})

const TEXTS: readonly [text: string, canonical: string | undefined][] = [
  ['192.0.2.1', '192.0.2.1'],
  ['::ffff:192.0.2.1', '192.0.2.1'],
  ['::ffff:c000:201', '192.0.2.1'],
  ['::', '::'],
  ['::1', '::1'],
  ['2001:DB8::0:1', '2001:db8::1'],
  ['2001:db8:0:1:0:0:0:1', '2001:db8:0:1::1'],
  ['1:0:0:2:0:0:3:4', '1::2:0:0:3:4'],
  ['1:2:3:4:5:6:7:8', '1:2:3:4:5:6:7:8'],
  ['1:2:3:4:5:6:7::', '1:2:3:4:5:6:7:0'],
  ['64:ff9b::192.0.2.33', '64:ff9b::c000:221'],
  ['192.0.2', undefined],
  ['192.0.2.256', undefined],
  ['192.0.02.1', undefined],
  ['192.0.2.1.', undefined],
  ['1:2:3:4:5:6:7:8:9', undefined],
  ['1:2:3:4:5:6:7::8', undefined],
  ['1::2::3', undefined],
  [':1:2', undefined],
  ['1.2.3.4::', undefined],
  ['::1.2.3.4:5', undefined],
  ['12345::', undefined],
  ['fe80::1%eth0', undefined],
  ['', undefined],
]

for (const [text, canonical] of TEXTS) {
  test(`parseIp(${JSON.stringify(text)}) is ${canonical}`, () => {
    const address = parseIp(text)
    assert.equal(address === undefined ? undefined : formatIp(address), canonical)
  })
}

const PREFIXES: readonly [cidr: string, inside: string[], outside: string[]][] = [
  ['10.0.0.0/8', ['10.0.0.0', '10.255.255.255', '::ffff:10.1.2.3'], ['9.255.255.255', '11.0.0.0', '::10.0.0.0']],
  ['0.0.0.0/0', ['0.0.0.0', '255.255.255.255'], ['::', '2001:db8::1']],
  ['::/0', ['::', '2001:db8::1', 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff'], ['192.0.2.1']],
  ['::ffff:10.0.0.0/104', ['10.0.0.0', '10.255.255.255'], ['11.0.0.0']],
  ['2001:db8::/32', ['2001:db8::', '2001:db8:ffff::1'], ['2001:db9::']],
  ['192.0.2.7', ['192.0.2.7'], ['192.0.2.8']],
]

for (const [cidr, inside, outside] of PREFIXES) {
  test(`${cidr} holds ${inside.join(', ')} and not ${outside.join(', ')}`, () => {
    const range = parseCidr(cidr)
    assert.ok(range)
    for (const text of inside) assert.equal(inRange(parseIp(text)!, range), true, text)
    for (const text of outside) assert.equal(inRange(parseIp(text)!, range), false, text)
    assert.deepEqual(parseCidr(formatCidr(range)), range)
  })
}

for (const text of [
  '10.0.0.1/8',
  '10.0.0.0/33',
  '2001:db8::1/32',
  '::/129',
  '10.0.0.0/',
  '10.0.0.0/08',
  '::ffff:10.0.0.0/8',
]) {
  test(`${text} is not a prefix`, () => assert.equal(parseCidr(text), undefined))
}
