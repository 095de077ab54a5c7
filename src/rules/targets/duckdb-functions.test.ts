import assert from 'node:assert/strict'
import test, { after, before } from 'node:test'
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api'
import type { FieldType, FieldValue } from '#fields'
import { parseIp, toUint128 } from '#wire'
import type { LiteralNode, Operand } from '../expression.ts'
import { FUNCTIONS } from '../functions/index.ts'
import { DUCKDB } from './duckdb.ts'
import { SqlCompiler } from './sql-compiler.ts'

const SPAN = { start: 0, end: 0 }
const BYTES = Array.from({ length: 256 }, (_, byte) => String.fromCharCode(byte)).join('')
const TEXTS = [
  '',
  'a',
  'Ab\xc4\xe4Z',
  '\r\n',
  BYTES,
  '%41%zz%%41+%e9%',
  '%2525%2b',
  'a&b=1&c=2&b&=x',
  'x,y,,z',
  '\x00',
  '==',
  'aGk',
  'aGk=',
]
const BASE64 = [
  '',
  'YQ',
  'YQ==',
  'YR==',
  'YWI=',
  'YWJj',
  '_-8',
  '/+8',
  'YQ=',
  'Y',
  'Y===',
  'YW Jj',
  '=',
  'YWJjZ',
  'YWJj\n',
]
const ADDRESSES = [
  '0.0.0.0',
  '10.1.2.3',
  '255.255.255.255',
  '::',
  '::1',
  '1::',
  '2001:db8::1',
  '2001:db8:0:0:1:0:0:1',
  '1:0:0:2:0:0:0:3',
  '1:2:3:4:5:6:7:8',
  'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff',
  '::fffe:ffff:ffff',
  '::1:0:0:0',
  '64:ff9b::1',
  '1:0:2:3:4:5:6:7',
].map((text) => parseIp(text)!)
const INTEGERS = [0, -1, 1, 2 ** 31, 2 ** 53 - 1, -(2 ** 53 - 1), 7]

/** Function, type of its first argument, values of that, and what follows: literals, or `absent` for a missing field. */
const TABLE: readonly (readonly [string, FieldType, readonly FieldValue[], ...(readonly (string | number)[])[]])[] = [
  ['bit_slice', 'String', TEXTS, [0, 8], [3, 9], [0, 32], [5, 37], [7, 8], [2_000, 2_032]],
  ['cidr', 'IP', ADDRESSES, [24, 48], [1, 1], [32, 128], [8, 96], [31, 127]],
  ['cidr6', 'IP', ADDRESSES, [48], [1], [128], [96], [80]],
  ['concat', 'String', TEXTS, ['-'], ['\xff', 'a'], []],
  ['contains_any', 'String', TEXTS, ['b', '\xe9'], [''], ['zz']],
  ['decode_base64', 'String', [...TEXTS, ...BASE64], []],
  ['encode_base64', 'String', [...TEXTS, ...BASE64], [], ['u'], ['p'], ['up'], ['']],
  ['ends_with', 'String', TEXTS, [''], ['Z'], ['\xff']],
  ['starts_with', 'String', TEXTS, [''], ['A'], ['\x00']],
  ['len', 'String', TEXTS, []],
  ['len', 'Array<String>', [[], ['a'], ['a', '']], []],
  ['lower', 'String', TEXTS, []],
  ['upper', 'String', TEXTS, []],
  [
    'regex_replace',
    'String',
    [...TEXTS, 'aXbXc', '/old/a/b'],
    ['X', '-'],
    ['(a)|(b)', '[${1}${2}${3}]'],
    ['^/old/([^/]*)/(.*)$', '/new/${2}/${1}'],
    ['(?i)x', '\\$$'],
    ['z*', '!'],
    ['\\x{e9}|[\\x80-\\xff]', '?'],
    ['$', 'end'],
  ],
  ['remove_bytes', 'String', TEXTS, ['ab\xc4'], [''], ['\x00\n']],
  ['remove_query_args', 'String', TEXTS, ['b'], ['a', 'c'], ['']],
  ['sha256', 'String', TEXTS, []],
  ['split', 'String', TEXTS, [',', 1], [',', 2], [',', 128], ['&b', 3]],
  ['substring', 'String', TEXTS, [0], [1, 2], [-2], [-2, -1], [3, 1], [-(2 ** 53 - 1), 2 ** 53 - 1], [2 ** 40], [1, 0]],
  ['to_string', 'Int', INTEGERS, []],
  ['to_string', 'Bool', [true, false], []],
  ['to_string', 'IP', ADDRESSES, []],
  ['url_decode', 'String', TEXTS, [], ['r'], ['']],
  ['uuidv4', 'String', TEXTS, []],
  [
    'wildcard_replace',
    'String',
    [...TEXTS, 'https://a.Shop.test/x/y', 'AbZb'],
    ['HTTPS://*.shop.test/*', '${2}|${1}|${3}'],
    ['a*b', '<${1}>', 's'],
    ['a*b', '<${1}>'],
    ['*', '\\1${1}'],
    ['\\*\\\\', '$$'],
  ],
]

const COLUMN: Readonly<Record<string, string>> = {
  Bool: 'BOOLEAN',
  Int: 'BIGINT',
  String: 'VARCHAR',
  IP: 'UHUGEINT',
  'Array<String>': 'VARCHAR[]',
}

let connection: DuckDBConnection

before(async () => {
  connection = await (await DuckDBInstance.create(':memory:', { threads: '1' })).connect()
})
after(() => connection.closeSync())

function literal(value: string | number): LiteralNode {
  return { kind: 'Literal', type: typeof value === 'string' ? 'String' : 'Int', value, span: SPAN }
}

/** SQL text of a value; bytes as \xHH would not survive a literal, so strings are spelled out by code. */
function valueSql(value: FieldValue, type: FieldType): string {
  if (Array.isArray(value)) return `CAST([${value.map((each) => valueSql(each, 'String')).join(', ')}] AS VARCHAR[])`
  if (type === 'IP') return `'${toUint128(value as number | bigint)}'::UHUGEINT`
  if (typeof value !== 'string') return String(value)
  return `array_to_string(list_transform(CAST([${Array.from(value, (each) => each.charCodeAt(0)).join(', ')}] AS INTEGER[]), lambda code: chr(code)), '')`
}

function expectedOf(name: string, type: FieldType, value: FieldValue, literals: readonly (string | number)[]): unknown {
  const definition = FUNCTIONS.get(name)!
  // As generated code does: the table only holds arguments of the declared types.
  const evaluate = (definition.forType?.[type] ?? definition.evaluate) as (
    ...values: FieldValue[]
  ) => FieldValue | undefined
  const result = evaluate(...([value, ...literals] as never[]))
  if (result === undefined) return null
  if (type === 'IP' && name !== 'to_string') return toUint128(result as number | bigint)
  return typeof result === 'number' ? BigInt(result) : result
}

for (const [name, type, values, ...argumentLists] of TABLE) {
  test(`${name}(${type}) in DuckDB computes what the function computes`, async () => {
    for (const literals of argumentLists) {
      const call: Operand = {
        kind: 'Call',
        name,
        arguments: [{ kind: 'Field', name: 'subject', type, span: SPAN }, ...literals.map(literal)],
        type: 'String',
        span: SPAN,
      }
      const compiler = new SqlCompiler(DUCKDB, { column: (field) => field, lists: new Map() })
      const sql = compiler.operand(call)
      const rows = [...values.map((value) => valueSql(value, type)), `CAST(NULL AS ${COLUMN[type]})`]
      const table = rows.map((row, id) => `SELECT ${id} AS id, ${row} AS subject`).join(' UNION ALL ')
      const reader = await connection.runAndReadAll(
        `SELECT ${sql} AS result FROM (${table}) ORDER BY id`,
        compiler.parameters.texts,
      )
      const results = reader.getColumnsJS()[0]
      for (const [id, value] of values.entries()) {
        const result = typeof results[id] === 'number' ? BigInt(results[id]) : results[id]
        assert.deepEqual(
          result,
          expectedOf(name, type, value, literals),
          `${name}(${JSON.stringify(String(value))}, ${JSON.stringify(literals)})`,
        )
      }
      assert.equal(results[values.length], null, 'an absent argument makes the result absent')
    }
  })
}
