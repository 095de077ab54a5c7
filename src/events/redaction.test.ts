import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import test from 'node:test'
import fc from 'fast-check'
import { Redactor } from './redaction.ts'
import type { Treatment } from './redaction-table.ts'

const KEY = new Uint8Array(32).fill(7)
const NAMES = {
  redact: ['http.user_agent'],
  sensitiveArguments: ['token', 'password'],
  sensitiveHeaders: ['x-key', 'cookie'],
}
const redactor = new Redactor(KEY, NAMES)

const h = (value: string): string => `#${createHmac('sha256', KEY).update(value, 'latin1').digest('hex').slice(0, 12)}`

test('secrets become keyed hashes, and what surrounds them stays', () => {
  const cases: readonly [treatment: Treatment, text: string, expected: string][] = [
    ['plain', 'a', 'a'],
    ['hash', 's3cret\xff', h('s3cret\xff')],
    ['cookies', 'a=1; b="x y";c=', `a=${h('1')}; b=${h('"x y"')};c=${h('')}`],
    ['cookies', 'bare; a=b=c', `${h('bare')}; a=${h('b=c')}`],
    ['cookies', '$&; $&', `${h('$&')}; ${h('$&')}`],
    ['cookies', '', ''],
    ['set-cookie', 'id=9; Path=/; HttpOnly', `id=${h('9')}; Path=/; HttpOnly`],
    ['set-cookie', 'id=9', `id=${h('9')}`],
    ['credentials', 'Bearer abc.def', `Bearer ${h('abc.def')}`],
    ['credentials', 'Basic  dXNlcg==', `Basic  ${h('dXNlcg==')}`],
    ['credentials', 'my own secret', h('my own secret')],
    ['query', 'a=1&token=x&b=2', `a=1&token=${h('x')}&b=2`],
    ['query', 'TOKEN=x', `TOKEN=${h('x')}`],
    ['query', 't%6Fken=x', `t%6Fken=${h('x')}`],
    ['query', 'user[password]=x&password[]=y', `user[password]=${h('x')}&password[]=${h('y')}`],
    ['query', 'tokens=x&mytoken=y&token', 'tokens=x&mytoken=y&token'],
    ['query', '', ''],
    ['url', 'https://a/b?token=x#top', `https://a/b?token=${h('x')}#top`],
    ['url', '/b#?token=x', `/b#?token=${h('x')}`],
    ['url', '/b', '/b'],
  ]
  for (const [treatment, text, expected] of cases) assert.equal(redactor.apply(treatment, text), expected, text)
})

test('the table knows secret fields, configured names, and headers that hold the same datum', () => {
  const { treatments } = redactor
  assert.equal(treatments.ofField('http.cookie'), 'cookies')
  assert.equal(treatments.ofField('http.user_agent'), 'hash')
  assert.equal(treatments.ofField('http.host'), 'plain')
  assert.equal(treatments.ofHeader('user-agent'), 'hash')
  assert.equal(treatments.ofHeader('cookie'), 'cookies')
  assert.equal(treatments.ofHeader('x-key'), 'hash')
  assert.equal(treatments.ofHeader('authorization'), 'credentials')
  assert.equal(treatments.ofHeader('accept'), 'plain')
})

test('no cookie value and no sensitive argument survives', () => {
  const secret = fc.string({ unit: fc.constantFrom(...'xyzXYZ789'), minLength: 8, maxLength: 20 })
  const name = fc.constantFrom('a', 'b c', 'token', 'password', '%74oken', '')
  fc.assert(
    fc.property(fc.array(fc.tuple(name, secret), { maxLength: 400 }), (pairs) => {
      const cookies = redactor.apply('cookies', pairs.map(([key, value]) => `${key}=${value}`).join('; '))
      const query = redactor.apply('query', pairs.map(([key, value]) => `${key}=${value}`).join('&'))
      for (const [key, value] of pairs) {
        assert.ok(!cookies.includes(value))
        if (/token|password|%74/.test(key)) assert.ok(!query.includes(`${key}=${value}`))
      }
    }),
    { numRuns: 30 },
  )
})

test('hashes stay the same when the cache forgot them', () => {
  const first = redactor.token('remember me')
  for (let n = 0; n < 20_000; n++) redactor.token(`other ${n}`)
  assert.equal(redactor.token('remember me'), first)
})
