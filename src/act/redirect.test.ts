import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as fc from 'fast-check'
import { effectOf, type Row } from './testing/actions.ts'

function locate(parameters: unknown, query?: string, row: Row = {}) {
  return effectOf('redirect', parameters, 'firewall_custom').locate(row, query)
}

describe('redirect', () => {
  it('gives the address, with the query when it is kept', () => {
    const cases: readonly [unknown, string | undefined, string][] = [
      [{ to: 'https://shop.test/sale' }, 'a=1', 'https://shop.test/sale'],
      [{ to: '/sale', keepQuery: true }, 'a=1', '/sale?a=1'],
      [{ to: '/sale?x=2', keepQuery: true }, 'a=1', '/sale?x=2&a=1'],
      [{ to: '/sale?x=2#top', keepQuery: true }, 'a=1', '/sale?x=2&a=1#top'],
      [{ to: '/sale#top', keepQuery: true }, 'a=#b', '/sale?a=%23b#top'],
      [{ to: '/sale', keepQuery: true }, undefined, '/sale'],
      [{ to: '/a b/\u00e9"<>%41' }, undefined, '/a%20b/%C3%A9%22%3C%3E%41'],
    ]
    for (const [parameters, query, location] of cases)
      assert.deepEqual(locate(parameters, query), { ok: true, location })
  })

  it('answers 302 unless another status is given', () => {
    assert.equal(effectOf('redirect', { to: '/' }, 'route').status, 302)
    assert.equal(effectOf('redirect', { to: '/', status: 308 }, 'route').status, 308)
  })

  it('does not let a path lead to another host', () => {
    const parameters = { to: { expression: 'http.request.uri.path' } }
    const cases: readonly [string, string][] = [
      ['//evil.test/', '/evil.test/'],
      ['/\\evil.test/', '/evil.test/'],
      ['\\\\/evil.test', '/evil.test'],
    ]
    for (const [path, location] of cases) {
      assert.deepEqual(locate(parameters, undefined, { 'http.request.uri.path': path }), { ok: true, location })
    }
  })

  it('refuses what is no address', () => {
    const parameters = { to: { expression: 'http.user_agent' } }
    const cases: readonly [Row, RegExp][] = [
      [{}, /no value/],
      [{ 'http.user_agent': 'javascript:alert(1)' }, /http or https/],
      [{ 'http.user_agent': 'https://' }, /http or https/],
      [{ 'http.user_agent': 'https:///x' }, /http or https/],
      [{ 'http.user_agent': '/a\r\nSet-Cookie: x' }, /line breaks/],
      [{ 'http.user_agent': `/${'a'.repeat(9_000)}` }, /bytes/],
    ]
    for (const [row, why] of cases) {
      const result = locate(parameters, undefined, row)
      assert.ok(!result.ok)
      assert.match(result.why, why)
    }
  })

  it('puts no byte into the header that is not of a URI', () => {
    const byte = fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code))
    const text = fc.string({ unit: byte })
    fc.assert(
      fc.property(text, text, (path, query) => {
        const parameters = { to: { expression: 'concat("/", http.user_agent)' }, keepQuery: true }
        const result = locate(parameters, query, { 'http.user_agent': path })
        if (result.ok) assert.match(result.location, /^\/(?![/\\])[\x21\x23-\x3b\x3d\x3f-\x5b\x5d\x5f\x61-\x7a\x7e]*$/)
        else assert.match(path, /[\x00-\x1f\x7f]/)
      }),
    )
  })
})
