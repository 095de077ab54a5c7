import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { type GraphqlDocument, parseGraphql } from './graphql.ts'
import { DEFAULT_BODY_LIMITS } from './limits.ts'

function read(text: string): GraphqlDocument {
  return parseGraphql(text, DEFAULT_BODY_LIMITS)
}

test('parseGraphql counts what a document asks for', () => {
  const cases: readonly [text: string, expected: Partial<GraphqlDocument>][] = [
    ['{ a }', { depth: 1, fieldCount: 1, operationCount: 1, aliasCount: 0 }],
    ['query Q { a { b { c } } d }', { depth: 3, fieldCount: 4, operationCount: 1 }],
    ['query Q($x: [Int!]! = [1]) @d { a(x: $x) }', { fieldCount: 1, directiveCount: 1, operationCount: 1 }],
    ['{ x: a y: a z: a }', { aliasCount: 3, fieldCount: 3 }],
    ['{ a(f: {b: {c: 1}}) }', { depth: 1, fieldCount: 1, aliasCount: 0 }],
    [
      '{ ...F ... on User { b } ... @include(if: true) { c } } fragment F on T { d }',
      { fragmentCount: 1, fieldCount: 3 },
    ],
    ['mutation { a } subscription { b } query { c }', { operationCount: 3, fieldCount: 3 }],
    ['{ __schema { types { name } } }', { introspection: true, depth: 3 }],
    ['{ a # comment { b\n , c }', { fieldCount: 2, depth: 1 }],
    ['\xef\xbb\xbf{ a }', { fieldCount: 1 }],
    ['{ on type query fragment }', { fieldCount: 4 }],
    ['', { fieldCount: 0, operationCount: 0 }],
  ]
  for (const [text, expected] of cases) {
    const document = read(text)
    for (const [key, value] of Object.entries(expected)) {
      assert.equal(document[key as keyof GraphqlDocument], value, `${key} of ${text}`)
    }
    assert.equal(document.error, undefined, text)
  }
})

test('parseGraphql names strings by field and argument', () => {
  const text = '{ user(id: "1\' or 1=1", f: {name: "a\\u0041\\n"}) { x } b(c: ["d", "e"], t: """\n "block" \\""" """) }'
  assert.deepEqual(
    read(text).strings,
    [
      ['graphql.user.id', "1' or 1=1"],
      ['graphql.user.name', 'aA\n'],
      ['graphql.b.c', 'd'],
      ['graphql.b.c', 'e'],
      ['graphql.b.t', '\n "block" \\""" '],
    ].flat(),
  )
})

test('parseGraphql says what is wrong', () => {
  const cases: readonly [text: string, error: RegExp][] = [
    ['{ a', /bracket without end/],
    ['{ a ) }', /unexpected closing bracket at byte 4/],
    ['}', /unexpected closing bracket at byte 0/],
    ['{ a(x: "b) }', /string without end at byte 7/],
    ['{ a(x: """b) }', /block string without end/],
    ['{ a % }', /unexpected character at byte 4/],
    ['{ .. }', /unexpected character/],
    ['{'.repeat(1000), /deeper than 128/],
  ]
  for (const [text, error] of cases) assert.match(read(text).error ?? '', error, text)
})

test('parseGraphql ends on any mixture of tokens and never counts more than it read', () => {
  const piece = fc.constantFrom(
    '{',
    '}',
    '(',
    ')',
    '[',
    ']',
    ':',
    '"',
    '"""',
    '\\',
    '...',
    '@',
    '$',
    'on',
    'query',
    'a',
    '#',
    '\n',
    ' ',
    '1',
  )
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
      const text = pieces.join('')
      const { fieldCount, aliasCount, depth, strings } = read(text)
      assert.ok(fieldCount + aliasCount + depth + strings.length / 2 <= text.length)
    }),
    { numRuns: 2000 },
  )
})
