import assert from 'node:assert/strict'
import test from 'node:test'
import { packRanges } from '#wire'
import { FIELD_BY_NAME } from '#fields'
import { parseExpression } from '../parse/parse.ts'
import { compileSql } from './compile-sql.ts'
import type { SqlList } from './member-set.ts'

const LISTS: ReadonlyMap<string, SqlList> = new Map<string, SqlList>([
  ['empty', { type: 'String', values: [] }],
  ['many', { type: 'Int', values: Array.from({ length: 100 }, (_, at) => at * 2) }],
  [
    'networks',
    {
      type: 'IP',
      ranges: packRanges(Array.from({ length: 100 }, (_, at) => ({ first: at * 512, last: at * 512 + 255 }))),
    },
  ],
])

function compiled(text: string): ReturnType<typeof compileSql> {
  const parsed = parseExpression(text, { fields: FIELD_BY_NAME })
  if (!parsed.ok) assert.fail(parsed.error.message)
  const column = (field: string): string | undefined =>
    FIELD_BY_NAME.get(field)?.column === true ? `"${field}"` : undefined
  return compileSql(parsed.expression, { dialect: 'duckdb', column, lists: LISTS })
}

test('conditions are never null and hold no text of the user', () => {
  const table: readonly (readonly [string, string, readonly string[]])[] = [
    ['http.host == "a\'; DROP TABLE x"', 'coalesce("http.host" = $1::VARCHAR, FALSE)', ["a'; DROP TABLE x"]],
    ['not http.response.code == 404', '(NOT coalesce("http.response.code" = $1::BIGINT, FALSE))', ['404']],
    ['ip.src == 10.0.0.1', 'coalesce("ip.src" = $1::UHUGEINT, FALSE)', ['281470849515521']],
    [
      'http.host == "a" or http.host == "a"',
      '(coalesce("http.host" = $1::VARCHAR, FALSE) OR coalesce("http.host" = $1::VARCHAR, FALSE))',
      ['a'],
    ],
    [
      'ssl xor tcp.dstport in {80 443}',
      '(coalesce("ssl", FALSE) <> coalesce("tcp.dstport" IN ($1::BIGINT, $2::BIGINT), FALSE))',
      ['80', '443'],
    ],
    [
      'tcp.dstport in {1..5 3..9 10}',
      'coalesce("tcp.dstport" IN ($3::BIGINT) OR "tcp.dstport" BETWEEN $1::BIGINT AND $2::BIGINT, FALSE)',
      ['1', '9', '10'],
    ],
    ['http.host in $empty', 'coalesce(FALSE, FALSE)', []],
    ['tls.sni wildcard "a*"', 'coalesce(regexp_matches("tls.sni", $1::VARCHAR), FALSE)', ['^[Aa](?s:.*)$']],
  ]
  for (const [text, sql, parameters] of table) assert.deepEqual(compiled(text), { ok: true, text: sql, parameters })
})

test('a long list is one parameter, whatever its length', () => {
  const integers = compiled('tcp.dstport in $many')
  assert.ok(integers.ok)
  assert.equal(integers.parameters.length, 1)
  assert.match(integers.text, /IN \(SELECT unnest\(/)
  const networks = compiled('ip.src in $networks')
  assert.ok(networks.ok)
  assert.equal(
    networks.parameters.length,
    2,
    'all prefixes have one length: one mask and one parameter for the networks',
  )
})

test('what the store cannot answer is refused with its place', () => {
  const table: readonly (readonly [string, RegExp, string])[] = [
    ['http.host == "a" and http.request.uri == "/"', /`http.request.uri` is not recorded/, 'http.request.uri'],
    ['http.host in $gone', /`\$gone` is not defined/, 'http.host in $gone'],
    ['lookup_json_string(http.host, "a") == "b"', /`lookup_json_string`/, 'lookup_json_string(http.host, "a")'],
    ['url_decode(http.host, "u") == "b"', /`url_decode`/, 'url_decode(http.host, "u")'],
  ]
  for (const [text, reason, place] of table) {
    const result = compiled(text)
    if (result.ok) assert.fail(`${text} became ${result.text}`)
    assert.match(result.reason, reason)
    assert.equal(text.slice(result.span.start, result.span.end), place)
  }
})
