import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as fc from 'fast-check'
import { type Phase, PHASES } from '#decide'
import { parse } from 'yaml'
import { ACTIONS } from './parse-action.ts'
import { read } from './testing/actions.ts'

describe('parseAction', () => {
  it('reads each example that an action documents', () => {
    for (const action of ACTIONS) {
      assert.notEqual(action.examples.length, 0)
      for (const example of action.examples) {
        const written: unknown = parse(example).action
        const built = read(written, action.phases[0])
        assert.ok(built.ok, `${example}: ${built.ok ? '' : built.message}`)
        assert.equal(built.action.type, action.name)
        assert.equal(built.action.terminating, action.terminating)
      }
    }
  })

  it('refuses an action in a phase that can not carry it out', () => {
    for (const action of ACTIONS) {
      for (const phase of PHASES.filter((each) => !action.phases.includes(each))) {
        const built = read(action.name, phase)
        assert.ok(!built.ok)
        assert.match(built.message, new RegExp(`${action.name} is not possible in phase ${phase}`))
      }
    }
  })

  it('says what is wrong, and where', () => {
    const cases: readonly [unknown, Phase, readonly (string | number)[], RegExp][] = [
      ['blok', 'firewall_custom', [], /unknown action "blok": actions are allow, block.*; did you mean `block`/],
      [{ blok: {} }, 'firewall_custom', ['blok'], /unknown action/],
      [{ block: {}, log: {} }, 'firewall_custom', ['log'], /one action/],
      [{}, 'firewall_custom', [], /expected the name/],
      [7, 'firewall_custom', [], /expected the name/],
      [null, 'firewall_custom', [], /expected the name/],
      [['block'], 'firewall_custom', [], /expected the name/],
      [{ block: { status: 200 } }, 'firewall_custom', ['block', 'status'], /400/],
      [{ block: { statu: 403 } }, 'firewall_custom', ['block', 'statu'], /takes status, body, contentType/],
      [{ block: { contentType: 'a/b' } }, 'firewall_custom', ['block', 'contentType'], /needs a `body`/],
      [{ block: { body: 'x', contentType: 'a\r\nb' } }, 'firewall_custom', ['block', 'contentType'], /line breaks/],
      [{ allow: { x: 1 } }, 'firewall_custom', ['allow', 'x'], /takes none/],
      [{ skip: {} }, 'firewall_custom', ['skip'], /nothing to skip/],
      [{ skip: { phases: ['rout'] } }, 'firewall_custom', ['skip', 'phases', 0], /unknown phase "rout"/],
      [{ skip: { phases: ['firewall_custom'] } }, 'route', ['skip', 'phases', 0], /comes too late/],
      [{ rewrite: {} }, 'transform_request', ['rewrite'], /nothing to rewrite/],
      [{ rewrite: { path: 'new' } }, 'transform_request', ['rewrite', 'path'], /begin with "\/"/],
      [{ rewrite: { path: '/a b' } }, 'transform_request', ['rewrite', 'path'], /spaces/],
      [{ rewrite: { path: '/a?b' } }, 'transform_request', ['rewrite', 'path'], /\?/],
      [{ rewrite: { query: '?a' } }, 'transform_request', ['rewrite', 'query'], /question mark/],
      [{ rewrite: { path: 5 } }, 'transform_request', ['rewrite', 'path'], /expected text/],
      [
        { rewrite: { path: { expression: 'ip.src' } } },
        'transform_request',
        ['rewrite', 'path', 'expression'],
        /String/,
      ],
      [{ redirect: {} }, 'firewall_custom', ['redirect', 'to'], /expected text/],
      [{ redirect: { to: '//evil.test' } }, 'firewall_custom', ['redirect', 'to'], /another host/],
      [{ redirect: { to: 'javascript:alert(1)' } }, 'firewall_custom', ['redirect', 'to'], /http or https/],
      [{ redirect: { to: '/a\r\nX: y' } }, 'firewall_custom', ['redirect', 'to'], /line breaks/],
      [{ redirect: { to: '/a', status: 200 } }, 'firewall_custom', ['redirect', 'status'], /301/],
      [{ route: {} }, 'route', ['route'], /nothing to route/],
      [{ route: { site: 'a', origin: 'http://b' } }, 'route', ['route', 'origin'], /not both/],
      [{ route: { origin: 'ftp://b' } }, 'route', ['route', 'origin'], /http:\/\/host:port/],
      [{ route: { origin: 'http://u:p@b' } }, 'route', ['route', 'origin'], /credentials/],
      [{ route: { origin: 'http://b/path' } }, 'route', ['route', 'origin'], /no path/],
      [{ route: { host: 'a b' } }, 'route', ['route', 'host'], /a host is a name/],
      [{ set_header: { name: 'X' } }, 'transform_request', ['set_header'], /exactly one/],
      [{ set_header: { name: 'X', value: 'a', add: 'b' } }, 'transform_request', ['set_header'], /exactly one/],
      [{ set_header: { name: 'X', value: 'a\nb' } }, 'transform_request', ['set_header', 'value'], /line breaks/],
      [{ set_header: { name: 'X Y', value: 'a' } }, 'transform_request', ['set_header', 'name'], /no header name/],
      [{ set_header: { name: 'Host', value: 'a' } }, 'transform_request', ['set_header', 'name'], /route/],
    ]
    for (const [value, phase, path, message] of cases) {
      const built = read(value, phase)
      assert.ok(!built.ok, JSON.stringify(value))
      assert.deepEqual(built.path, path, JSON.stringify(value))
      assert.match(built.message, message)
    }
  })

  it('lets no rule touch what frames a message', () => {
    const names = [
      'Content-Length',
      'transfer-encoding',
      'Connection',
      'Upgrade',
      'TE',
      'Trailer',
      'Keep-Alive',
      'Proxy-Authorization',
      'Tidegate-Ray',
      'Expect',
    ]
    for (const name of names) {
      for (const phase of ['transform_request', 'transform_response'] as const) {
        assert.equal(read({ set_header: { name, remove: true } }, phase).ok, false, name)
      }
    }
  })

  it('gives a result for anything that YAML can hold', () => {
    const names = fc.constantFrom(...ACTIONS.map((action) => action.name))
    const value = fc.oneof(fc.anything(), fc.dictionary(names, fc.anything(), { maxKeys: 1 }))
    fc.assert(
      fc.property(value, fc.constantFrom(...PHASES), (written, phase) => {
        assert.equal(typeof read(written, phase).ok, 'boolean')
      }),
      { numRuns: 2_000 },
    )
  })
})
