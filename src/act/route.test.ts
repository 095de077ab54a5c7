import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { effectOf } from './testing/actions.ts'

describe('route', () => {
  it('names a site, an origin or a host', () => {
    const toSite = effectOf('route', { site: 'rest' }, 'route')
    assert.deepEqual([toSite.site, toSite.origin, toSite.readHost], ['rest', undefined, undefined])
    const toOrigin = effectOf('route', { origin: 'https://Origin.Test:8443/' }, 'route')
    assert.equal(toOrigin.origin, 'https://origin.test:8443')
    assert.equal(effectOf('route', { origin: 'http://[::1]:80' }, 'route').origin, 'http://[::1]')
  })

  it('computes a host, and refuses what is none', () => {
    const { readHost } = effectOf('route', { host: { expression: 'http.user_agent' } }, 'route')
    const cases: readonly [string | undefined, boolean][] = [
      ['a.test', true],
      ['a.test:8080', true],
      ['[::1]:80', true],
      ['192.0.2.1', true],
      [undefined, false],
      ['', false],
      ['a.test\r\nX: y', false],
      ['a.test/path', false],
      ['user@a.test', false],
      ['-a-', false],
    ]
    for (const [host, ok] of cases) {
      const result = readHost?.(host === undefined ? {} : { 'http.user_agent': host })
      assert.deepEqual([result?.ok, result?.ok === true ? result.host : host], [ok, host], host)
    }
  })
})
