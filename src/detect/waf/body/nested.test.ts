import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { decodeBase64Text } from './base64-text.ts'
import { DEFAULT_BODY_LIMITS } from './limits.ts'
import { nestedTexts } from './nested.ts'

const base64 = (text: string): string => Buffer.from(text, 'latin1').toString('base64')
const base64url = (text: string): string => Buffer.from(text, 'latin1').toString('base64url')

test('nestedTexts decodes one level further', () => {
  const token = `${base64url('{"alg":"none"}')}.${base64url('{"sub":"a\' or 1=1"}')}.c2lnbmF0dXJl`
  const cases: readonly [value: string, found: string[], why: string][] = [
    ['hello world', [], 'text'],
    ['{"a":"<script>"}', ['v.a', '<script>'], 'JSON'],
    ['[{"x":[1,"y"]}]', ['v.0.x.0', '1', 'v.0.x.1', 'y'], 'a JSON array'],
    ['{"a":"<script>"', [], 'no JSON'],
    ['{not json at all}', [], 'braces around something else'],
    ['[general]', [], 'brackets around a word'],
    [base64('<script>alert(1)</script>'), ['v', '<script>alert(1)</script>'], 'base64'],
    [base64url('<script>alert(1)?></script>'), ['v', '<script>alert(1)?></script>'], 'base64url'],
    [base64('caf\xc3\xa9 <script>'), ['v', 'caf\xc3\xa9 <script>'], 'base64 of UTF-8'],
    [base64('{"cmd":"; cat /etc/passwd"}'), ['v.cmd', '; cat /etc/passwd'], 'JSON in base64'],
    [token, ['v.alg', 'none', 'v.sub', "a' or 1=1"], 'a token'],
    ['0123456789abcdef0123456789abcdef', [], 'a hash in hexadecimal'],
    ['internationalization', [], 'a long word'],
    ['550e8400-e29b-41d4-a716-446655440000', [], 'a UUID'],
    [base64('\x00\x01\x02binary data\xff\xfe'), [], 'base64 of binary data'],
    ['1234567890123456', [], 'a number'],
    ['', [], 'nothing'],
  ]
  for (const [value, found, why] of cases) assert.deepEqual(nestedTexts(['v', value], DEFAULT_BODY_LIMITS), found, why)
})

test('nestedTexts keeps its limits', () => {
  const values = Array.from({ length: 50 }, (_, index) => [`n${index}`, '["a","b"]']).flat()
  const some = nestedTexts(values, { ...DEFAULT_BODY_LIMITS, nestedTexts: 6 })
  assert.ok(some.length >= 12 && some.length <= 16, String(some.length))
  const long = JSON.stringify(['x'.repeat(200)])
  assert.deepEqual(nestedTexts(['v', long], { ...DEFAULT_BODY_LIMITS, nestedBytes: 100 }), [])
})

test('decodeBase64Text finds every text that is long enough', () => {
  const text = fc
    .string({ unit: 'binary-ascii', minLength: 12, maxLength: 60 })
    .filter((value) => !/[^\x20-\x7e]/.test(value))
  fc.assert(
    fc.property(text, (value) => {
      assert.deepEqual(decodeBase64Text(base64(value)), [value])
    }),
  )
})

test('decodeBase64Text takes hardly any random letters for text', () => {
  const letters = fc.stringMatching(/^[A-Za-z0-9]{24,64}$/)
  let taken = 0
  fc.assert(
    fc.property(letters, (value) => {
      if (decodeBase64Text(value) !== undefined) taken++
    }),
    { numRuns: 1000, seed: 7 },
  )
  assert.ok(taken <= 5, String(taken))
})
