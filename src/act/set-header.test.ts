import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as fc from 'fast-check'
import { effectOf, type Row } from './testing/actions.ts'

const HEADERS = ['Accept', '*/*', 'X-A', '1', 'x-b', '2', 'x-a', '3'] as const

function apply(parameters: unknown, row: Row = {}): readonly string[] {
  const headers = [...HEADERS]
  assert.equal(effectOf('set_header', parameters, 'transform_request').apply(row, headers), undefined)
  return headers
}

describe('set_header', () => {
  it('replaces, adds and removes whatever the case of the name', () => {
    const cases: readonly [unknown, readonly string[]][] = [
      [{ name: 'X-A', value: 'new' }, ['Accept', '*/*', 'X-A', 'new', 'x-b', '2']],
      [{ name: 'X-C', value: 'new' }, [...HEADERS, 'X-C', 'new']],
      [{ name: 'x-A', add: 'new' }, [...HEADERS, 'x-A', 'new']],
      [{ name: 'X-a', remove: true }, ['Accept', '*/*', 'x-b', '2']],
      [{ name: 'X-C', remove: true }, HEADERS],
      [{ name: 'X-B', value: '' }, ['Accept', '*/*', 'X-A', '1', 'X-B', '', 'x-a', '3']],
    ]
    for (const [parameters, expected] of cases) assert.deepEqual(apply(parameters), expected)
  })

  it('does not leave what the client sent when the value is absent', () => {
    const expression = 'http.request.headers["x-verified"][0]'
    assert.deepEqual(apply({ name: 'X-A', value: { expression } }), ['Accept', '*/*', 'x-b', '2'])
    assert.deepEqual(apply({ name: 'X-A', add: { expression } }), HEADERS)
  })

  it('drops bytes that would begin another field', () => {
    const byte = fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code))
    fc.assert(
      fc.property(fc.string({ unit: byte }), (text) => {
        const headers = apply({ name: 'X-C', value: { expression: 'http.user_agent' } }, { 'http.user_agent': text })
        assert.equal(headers.length, HEADERS.length + 2)
        const value = headers.at(-1)!
        assert.match(value, /^(?:[\x21-\x7e\x80-\xff](?:[\t\x20-\x7e\x80-\xff]*[\x21-\x7e\x80-\xff])?)?$/)
        assert.equal(value, text.replace(/[\x00-\x08\x0a-\x1f\x7f]/g, '').replace(/^[ \t]+|[ \t]+$/g, ''))
      }),
    )
  })

  it('changes nothing when the value is too long, and says so', () => {
    const headers = [...HEADERS]
    const effect = effectOf(
      'set_header',
      { name: 'X-A', value: { expression: 'http.user_agent' } },
      'transform_request',
    )
    assert.match(effect.apply({ 'http.user_agent': 'a'.repeat(9_000) }, headers) ?? '', /longer than 8192 bytes/)
    assert.deepEqual(headers, HEADERS)
  })
})
