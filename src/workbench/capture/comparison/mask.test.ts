import assert from 'node:assert/strict'
import test from 'node:test'
import { masked } from './mask.ts'

/** Value, and what is compared of it. */
const VALUES: readonly (readonly [value: string, masked: string])[] = [
  ['"6b02dd33-2dc6c0"', '"<hex>-2dc6c0"'],
  ['W/"1a2-6543c8f1a2b00"', 'W/"1a2-<hex>"'],
  ['Sat, 31 Jan 2026 08:00:00 GMT', '<date>'],
  ['2026-01-31T08:00:00Z', '<date>'],
  ['0b7e7bd8-4f5a-4f9e-9a55-0c5b4d1f2a3b', '<uuid>'],
  ['0123456789abcdef01', '<hex>'],
  ['max-age=31536000', 'max-age=<number>'],
  ['nginx/1.22.1', 'nginx/1.22.1'],
  ['text/html; charset=utf-8', 'text/html; charset=utf-8'],
  ['defaced', 'defaced'],
  ['effacedbeef', 'effacedbeef'],
]

for (const [value, expected] of VALUES) {
  test(`of ${value} is compared ${expected}`, () => assert.equal(masked(value), expected))
}
