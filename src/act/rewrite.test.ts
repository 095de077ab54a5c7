import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as fc from 'fast-check'
import { effectOf, type Row } from './testing/actions.ts'

const TARGET = { path: '/old', query: 'a=1' }

function rewrite(parameters: unknown, row: Row = {}, target: { path: string; query: string | undefined } = TARGET) {
  return effectOf('rewrite', parameters, 'transform_request').rewrite(row, target)
}

describe('rewrite', () => {
  it('replaces what it names and keeps the rest', () => {
    const cases: readonly [unknown, { path: string; query: string | undefined }][] = [
      [{ path: '/new' }, { path: '/new', query: 'a=1' }],
      [{ query: 'b=2' }, { path: '/old', query: 'b=2' }],
      [
        { path: '/new', query: '' },
        { path: '/new', query: undefined },
      ],
      [{ path: '/caf\u00e9' }, { path: '/caf%C3%A9', query: 'a=1' }],
    ]
    for (const [parameters, target] of cases) assert.deepEqual(rewrite(parameters), { ok: true, target })
    assert.deepEqual(rewrite({ path: '/new' }, {}, { path: '/old', query: undefined }), {
      ok: true,
      target: { path: '/new', query: undefined },
    })
  })

  it('computes from the request', () => {
    const parameters = { path: { expression: 'concat("/v2", http.request.uri.path)' } }
    assert.deepEqual(rewrite(parameters, { 'http.request.uri.path': '/cart' }), {
      ok: true,
      target: { path: '/v2/cart', query: 'a=1' },
    })
    const absent = rewrite(parameters)
    assert.ok(!absent.ok)
    assert.match(absent.why, /no value/)
  })

  it('never yields a target that would end early', () => {
    const byte = fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code))
    fc.assert(
      fc.property(fc.string({ unit: byte }), (text) => {
        const row = { 'http.user_agent': text }
        const expression = 'http.user_agent'
        const result = rewrite({ path: { expression: `concat("/", ${expression})` }, query: { expression } }, row)
        if (result.ok)
          assert.match(
            `${result.target.path}?${result.target.query ?? ''}`,
            /^\/[\x21-\x22\x24-\x3e\x40-\x7e]*\?[\x21-\x22\x24-\x7e]*$/,
          )
        else assert.match(text, /[\x00-\x20\x7f#?]/)
      }),
    )
  })
})
