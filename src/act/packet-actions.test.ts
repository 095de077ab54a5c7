import assert from 'node:assert/strict'
import test from 'node:test'
import { read } from './testing/actions.ts'

const USUAL = { type: 'rate_limit', terminating: false, per: [], unit: 'packets', ipv4Prefix: 32, ipv6Prefix: 64 }

const BUILT: readonly (readonly [written: unknown, expected: object, why: string])[] = [
  [{ packets: 5 }, { ...USUAL, amount: 5, periodMs: 1000, burst: 5 }, 'a second, and all of it at once'],
  [
    { packets: 5, period: '2m', burst: 9, per: ['ip.src', 'ip.src', 'vlan.id'] },
    { ...USUAL, amount: 5, periodMs: 120_000, burst: 9, per: ['ip.src', 'vlan.id'] },
    'a key counts once',
  ],
  [
    { bytes: '1MiB', burst: '2MiB', ipv4Prefix: 24, ipv6Prefix: 48 },
    { ...USUAL, unit: 'bytes', amount: 2 ** 20, periodMs: 1000, burst: 2 ** 21, ipv4Prefix: 24, ipv6Prefix: 48 },
    'bytes have units',
  ],
]

test('a rate is read with its defaults', () => {
  for (const [written, expected, why] of BUILT) {
    assert.deepEqual(read({ rate_limit: written }, 'packet_firewall'), { ok: true, action: expected }, why)
  }
})

const REFUSED: readonly (readonly [written: unknown, path: readonly string[], message: RegExp])[] = [
  [{}, [], /either `packets` or `bytes`/],
  [{ packets: 1, bytes: '1B' }, [], /either `packets` or `bytes`/],
  [{ packets: 0 }, ['packets'], /^expected at least 1$/],
  [{ bytes: 5000 }, ['bytes'], /^expected a size with its unit, such as /],
  [{ packets: 1, per: ['ip.srcc'] }, ['per', '0'], /^expected ip\.src or ip\.dst or /],
  [{ packets: 1, period: '2h' }, ['period'], /from 1ms to 1h/],
  [{ packets: 1, period: '0s' }, ['period'], /from 1ms to 1h/],
  [{ bytes: '10' }, ['bytes'], /a size/],
  [{ packets: 2_000_000_000 }, ['packets'], /too fast/],
  [{ packets: 1, burst: '1MiB' }, ['burst'], /number of packets/],
  [{ bytes: '1MiB', burst: 5 }, ['burst'], /a size/],
  [{ packets: 1, ipv4Prefix: 33 }, ['ipv4Prefix'], /^expected at most 32$/],
]

test('a rate that says nothing is refused at its place', () => {
  for (const [written, path, message] of REFUSED) {
    const built = read({ rate_limit: written }, 'packet_firewall')
    assert.ok(!built.ok, JSON.stringify(written))
    assert.deepEqual(built.path.map(String), ['rate_limit', ...path], built.message)
    assert.match(built.message, message)
  }
})

test('cookies are given in both phases of packets, and take nothing', () => {
  const action = { type: 'syn_cookie', terminating: true }
  for (const phase of ['packet_ddos', 'packet_firewall'] as const) {
    assert.deepEqual(read('syn_cookie', phase), { ok: true, action })
  }
  assert.equal(read({ syn_cookie: { window: 1 } }, 'packet_ddos').ok, false)
})
