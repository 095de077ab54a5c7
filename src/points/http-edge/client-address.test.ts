import assert from 'node:assert/strict'
import { test } from 'node:test'
import { formatIp, parseCidr, parseIp } from '#wire'
import { TrustedProxies } from './client-address.ts'

const TRUSTED = new TrustedProxies([parseCidr('10.0.0.0/8')!, parseCidr('2001:db8::/32')!])

const CASES: readonly (readonly [peer: string, fields: readonly string[], client: string, why: string])[] = [
  ['192.0.2.1', ['X-Forwarded-For', '1.1.1.1'], '192.0.2.1', 'an untrusted peer is the client'],
  ['10.0.0.1', [], '10.0.0.1', 'nothing reported'],
  ['10.0.0.1', ['X-Forwarded-For', '1.1.1.1'], '1.1.1.1', 'a trusted peer is believed'],
  ['10.0.0.1', ['X-Forwarded-For', '9.9.9.9, 1.1.1.1, 10.0.0.2'], '1.1.1.1', 'the rightmost untrusted one'],
  ['10.0.0.1', ['x-forwarded-for', '9.9.9.9', 'X-FORWARDED-FOR', '1.1.1.1'], '1.1.1.1', 'several fields are one list'],
  ['10.0.0.1', ['X-Forwarded-For', '10.0.0.3, 10.0.0.2'], '10.0.0.3', 'all trusted: the leftmost'],
  ['10.0.0.1', ['X-Forwarded-For', '1.1.1.1, unknown, 10.0.0.2'], '10.0.0.2', 'the search ends where nothing is known'],
  ['10.0.0.1', ['X-Forwarded-For', '1.1.1.1:4711'], '1.1.1.1', 'a port may follow'],
  ['10.0.0.1', ['Forwarded', 'for="[2001:4860::1]:80";proto=https, for=10.0.0.2'], '2001:4860::1', 'RFC 7239'],
  ['2001:db8::1', ['Forwarded', 'proto=http;For=1.1.1.1'], '1.1.1.1', 'IPv6 proxies, any case'],
  ['10.0.0.1', ['X-Forwarded-For', ''], '10.0.0.1', 'an empty list'],
]

for (const [peer, fields, client, why] of CASES) {
  test(`client address: ${why}`, () => {
    assert.equal(formatIp(TRUSTED.clientAddress(parseIp(peer)!, fields)), client)
  })
}
