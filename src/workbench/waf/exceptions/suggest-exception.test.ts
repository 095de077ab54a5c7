import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { FIELD_BY_NAME } from '#fields'
import { parseExpression } from '#rules'
import { expressionOf, fitsScope, narrowestScope, patternScope } from './route-scope.ts'
import { policyRules, policyYaml } from './policy-rules.ts'
import { suggestExceptions } from './suggest-exception.ts'
import { testMatch, testRequest } from './testing/requests.ts'

const TAUTOLOGY = testMatch('sqli-tautology', 'ARGS:note')
const UUID = '8f14e45f-ceea-467f-a8d3-1b2c3d4e5f60'

function whenOf(...paths: readonly string[]): string {
  return expressionOf({
    ...narrowestScope(paths.map((path) => testRequest([TAUTOLOGY], { path }))),
    hosts: undefined,
    methods: undefined,
  })
}

const PATHS: readonly (readonly [paths: readonly string[], when: string])[] = [
  [['/notes'], 'http.request.uri.path == "/notes"'],
  [['/notes/17'], 'http.request.uri.path == "/notes/17"'],
  [['/notes/17', '/notes/18'], 'http.request.uri.path matches r"^/notes/[0-9]+$"'],
  [['/a', '/b'], 'http.request.uri.path in {"/a" "/b"}'],
  [
    [`/u/${UUID}`, `/u/${UUID.replace('8', '9')}`],
    'http.request.uri.path matches r"^/u/[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$"',
  ],
  [['/a.b/1', '/a.b/2'], 'http.request.uri.path matches r"^/a\\.b/[0-9]+$"'],
  [['/"x"'], 'http.request.uri.path == "/\\"x\\""'],
]

for (const [paths, when] of PATHS) test(`the route of ${paths.join(', ')}`, () => assert.equal(whenOf(...paths), when))

test('every scope is an expression for the head of a request, and means the requests that it was made of', () => {
  const segment = fc.oneof(
    fc.string({ maxLength: 8 }),
    fc.nat().map(String),
    fc.constant(UUID),
    fc.string({ unit: 'grapheme', maxLength: 5 }),
  )
  const path = fc.array(segment, { minLength: 1, maxLength: 4 }).map((parts) => `/${parts.join('/')}`)
  const request = fc.record({ path, host: fc.option(fc.constant('shop.test'), { nil: undefined }) })
  fc.assert(
    fc.property(fc.array(request, { minLength: 1, maxLength: 3 }), (given) => {
      const requests = given.map((each) => testRequest([TAUTOLOGY], each))
      for (const scope of [narrowestScope(requests), patternScope(requests)]) {
        const when = expressionOf(scope)
        const parsed = parseExpression(when, {
          fields: FIELD_BY_NAME,
          lists: new Map(),
          point: 'http-edge',
          stage: 'head',
        })
        assert.ok(parsed.ok, parsed.ok ? '' : `${when}: ${parsed.error.message}`)
        for (const each of requests) assert.ok(fitsScope(scope, each), when)
      }
    }),
  )
})

test('an exception for several parameters takes out no rule where it did not match', () => {
  const matches = [
    testMatch('942100', 'ARGS:a'),
    testMatch('941100', 'ARGS:b'),
    testMatch('941110', 'ARGS:b'),
    testMatch('942100', 'ARGS:c'),
  ]
  const [narrowest] = suggestExceptions([testRequest(matches, { inbound: { sum: 20, threshold: 1 } })], [])
  assert.deepEqual(narrowest.exceptions, [
    { rules: ['942100'], parameters: ['ARGS:a', 'ARGS:c'] },
    { rules: ['941100', '941110'], parameters: ['ARGS:b'] },
  ])
})

test('a match that cannot be placed takes out its rule', () => {
  const [narrowest] = suggestExceptions([testRequest([testMatch('932200', 'TX:1'), testMatch('932200', 'ARGS:a')])], [])
  assert.deepEqual(narrowest.exceptions, [{ rules: ['932200'], parameters: [] }])
})

test('logged requests are told apart by what else speaks against them', () => {
  const given = testRequest([TAUTOLOGY])
  const logged = [
    given,
    testRequest([TAUTOLOGY], { weight: 4 }),
    testRequest([TAUTOLOGY], { score: 3 }),
    testRequest([TAUTOLOGY, testMatch('xss-word', 'ARGS:note', { class: 'xss', score: 2 })]),
    testRequest([TAUTOLOGY, testMatch('xss-tag', 'ARGS:note', { class: 'xss' })]),
    testRequest([TAUTOLOGY], { path: '/elsewhere' }),
    testRequest([testMatch('sqli-tautology', 'ARGS:other')]),
    testRequest([TAUTOLOGY], { isCut: true }),
  ]
  const [{ effect }] = suggestExceptions([given], logged)
  assert.deepEqual([effect.givenPass, effect.benign, effect.malicious, effect.stillBlocked], [1, 4, 2, 2])
  assert.deepEqual(
    effect.samples.map(({ looks, why }) => [looks, why]),
    [
      ['benign', undefined],
      ['malicious', 'its score 3 is worse than that of the given requests'],
      ['malicious', 'xss-word matched as well'],
    ],
  )
})

test('what cannot be helped is refused with its reason', () => {
  assert.throws(() => suggestExceptions([testRequest([TAUTOLOGY], { isCut: true })], []), {
    code: 'ERR_NOT_FOUND',
    message: /more rules matched than its event holds/,
  })
  assert.throws(() => suggestExceptions([testRequest([])], []), { message: /its event holds no match/ })
})

test('the rules of a policy have free ids, numbers where SecLang has them, and a date', () => {
  const rules = policyRules(
    {
      when: 'ssl',
      exceptions: [
        { rules: ['942100'], parameters: ['ARGS:a'] },
        { rules: ['942100', 'xss-tag'], parameters: [] },
      ],
    },
    { reason: 'Prose', expires: '2026-02-01', takenIds: new Set(['except-942100']) },
  )
  assert.equal(
    policyYaml(rules),
    `phase: firewall_managed
rules:
  - id: except-942100-2
    description: Prose
    when: ssl
    action:
      waf_exception:
        rules:
          - 942100
        parameters:
          - ARGS:a
    expires: 2026-02-01
  - id: except-942100-and-1-more
    description: Prose
    when: ssl
    action:
      waf_exception:
        rules:
          - 942100
          - xss-tag
    expires: 2026-02-01
`,
  )
})
