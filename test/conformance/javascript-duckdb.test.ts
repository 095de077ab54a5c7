import assert from 'node:assert/strict'
import test, { after, before } from 'node:test'
import fc from 'fast-check'
import { buildLists, type ListData } from '#decide'
import {
  childrenOf,
  compilePredicate,
  compileSql,
  type Expression,
  isOperand,
  iterationBase,
  parseExpression,
  printExpression,
} from '#rules'
import { packRanges, parseCidr } from '#wire'
import { arbitraryExpression } from '../../src/rules/arbitrary-expression.ts'
import { column, DuckDbRows } from './duckdb-rows.ts'
import { ExpressionWriter } from './random-expression.ts'
import { Random } from './random.ts'
import { FIELDS, INTEGERS, randomRow, type Row, STRINGS } from './values.ts'

// TIDEGATE_SEED repeats a run: the seed stands in the message of every disagreement.
const SEED = Number(process.env.TIDEGATE_SEED ?? Date.now() % 1_000_000_007)
const ROWS = 100
const EXPRESSIONS = 2_000
const BATCH = 40

const random = new Random(SEED)
const rows = Array.from({ length: ROWS }, () => randomRow(random))
const fields = new Map(FIELDS.map((field) => [field.name, field]))
const readers = { read: Object.fromEntries(FIELDS.map(({ name }) => [name, (row: Row) => row[name]])) }
const networks = ['10.0.0.0/8', '::/64', '2001:db8::1'].map((text) => parseCidr(text)!)
const manyNetworks = Array.from({ length: 200 }, (_, at) =>
  parseCidr(`10.${at}.${at % 2 === 0 ? '0.0/16' : '2.0/23'}`)!,
)
const listData: readonly ListData[] = [
  { name: 'ints', type: 'Int', values: [80, -1, 2 ** 53 - 1] },
  { name: 'many_ints', type: 'Int', values: Array.from({ length: 1_000 }, (_, at) => at * 3 - 500) },
  { name: 'words', type: 'String', values: ['a', '', '\xe9'] },
  { name: 'many_words', type: 'String', values: [...STRINGS.slice(0, 30), ...INTEGERS.map(String)] },
  { name: 'networks', type: 'IP', ranges: packRanges(networks) },
  { name: 'many_networks', type: 'IP', ranges: packRanges([...manyNetworks, ...networks.slice(1)]) },
]
const lists = buildLists(listData)
const sqlLists = new Map(listData.map((list) => [list.name, list]))
const listTypes = new Map(listData.map((list) => [list.name, list.type]))

/** Functions that the event store cannot compute. */
const REFUSED = new Set(['lookup_json_string', 'lookup_json_integer', 'is_timed_hmac_valid', 'is_timed_hmac_valid_v0'])

let table: DuckDbRows
before(async () => {
  table = await DuckDbRows.create(rows)
})
after(() => table.close())

function parsed(text: string): Expression {
  const result = parseExpression(text, { fields, lists: listTypes })
  if (!result.ok)
    assert.fail(`the writer made an expression that is refused: ${text}\n${result.error.message} (seed ${SEED})`)
  return result.expression
}

function sqlOf(expression: Expression): { readonly text: string; readonly parameters: readonly string[] } {
  const result = compileSql(expression, { dialect: 'duckdb', column, lists: sqlLists })
  if (!result.ok) assert.fail(`${printExpression(expression)}: ${result.reason}`)
  return result
}

function selectedByJavaScript(expression: Expression): readonly boolean[] {
  const predicate = compilePredicate<Row>(expression, { readers, lists })
  return rows.map((row) => predicate(row))
}

/** The smallest condition inside a condition that still disagrees, so that the message shows the cause. */
async function smallest(expression: Expression): Promise<Expression> {
  for (const child of childrenOf(expression)) {
    if (isOperand(child) || iterationBase(child) !== undefined) continue
    if ((await disagreement(child)) !== undefined) return smallest(child)
  }
  return expression
}

async function disagreement(expression: Expression): Promise<string | undefined> {
  const sql = sqlOf(expression)
  const [selected] = await table.evaluate([sql])
  const expected = selectedByJavaScript(expression)
  const at = expected.findIndex((value, row) => value !== selected[row])
  if (at < 0) return undefined
  const row = Object.entries(rows[at]).map(([name, value]) => `  ${name} = ${shown(value)}`)
  return [
    printExpression(expression),
    `is ${expected[at]} in JavaScript and ${String(selected[at])} in DuckDB for the row`,
    ...row.filter((line) => sql.text.includes(`"${line.split(' ')[2]}"`)),
    `SQL: ${sql.text}`,
    `parameters: ${JSON.stringify(sql.parameters).slice(0, 2_000)}`,
    `seed ${SEED}`,
  ].join('\n')
}

function shown(value: unknown): string {
  if (value instanceof Map) return `{${Array.from(value, ([key, each]) => `${shown(key)}: ${shown(each)}`).join(', ')}}`
  if (Array.isArray(value)) return `[${value.map(shown).join(', ')}]`
  return typeof value === 'string' ? JSON.stringify(value) : String(value)
}

test(`${EXPRESSIONS} random expressions select the same of ${ROWS} random rows in JavaScript and in DuckDB`, async () => {
  const writer = new ExpressionWriter(random)
  for (let from = 0; from < EXPRESSIONS; from += BATCH) {
    const expressions = Array.from({ length: BATCH }, () => parsed(writer.condition(random.below(4))))
    const selected = await table.evaluate(expressions.map(sqlOf))
    for (const [index, expression] of expressions.entries()) {
      const expected = selectedByJavaScript(expression)
      if (expected.every((value, row) => value === selected[index][row])) continue
      assert.fail(
        (await disagreement(await smallest(expression))) ?? `only together with others: ${printExpression(expression)}`,
      )
    }
  }
})

// Traps that were found or feared: each was once, or could be, a row that one of the two selects and the other does not.
const TRAPS: readonly string[] = [
  'not t.string == "a"',
  'not t.map["a"] != "a"',
  'not all(t.strings[*] == "a")',
  'all(t.strings[*] in $many_words) xor any(t.strings[*] in $many_words)',
  'any(t.headers["a"][*] == t.string) or any(t.headers[*] == t.string)',
  'any(any(t.ints[*] == 1) and t.strings[*] contains "a")',
  'lower(t.string) == "\\xe9" or t.string wildcard "\\xc3\\xa9"',
  'len(t.string) == 128 or len(t.map) > -1',
  'concat(t.string, t.string2) > t.path',
  't.ip in {::/0} or t.ip < ::1',
  't.ip in $many_networks xor t.ips[0] in $many_networks',
  't.int & -9007199254740991 or t.int & 9007199254740991',
  't.string matches r"(?:a{40}){40}|(?:b?){100}"',
  't.string ~ r"^.\\n?$" or t.string ~ r"\\s$" or t.string ~ r"(?i)k"',
  'regex_replace(t.string, "(a)|(b)", "${2}\\\\1${1}") contains "\\\\"',
  'contains_any(t.string, "a", t.map["missing"])',
  'substring(t.string, t.int2) == t.string or substring(t.string, 0, t.int) == ""',
  'true and not false',
]

test('known traps select the same rows', async () => {
  for (const text of TRAPS) {
    const parsing = parseExpression(text, { fields, lists: listTypes })
    if (!parsing.ok) assert.fail(`${text}: ${parsing.error.message}`)
    assert.equal(await disagreement(parsing.expression), undefined)
  }
})

test('random trees of fast-check select the same rows, and the smallest that does not is shown', async () => {
  const conditions = arbitraryExpression(FIELDS, { lists: listData, without: REFUSED })
  await fc.assert(
    fc.asyncProperty(fc.array(conditions, { minLength: 1, maxLength: 20 }), async (expressions) => {
      const compiled = expressions.flatMap((expression) => {
        const sql = compileSql(expression, { dialect: 'duckdb', column, lists: sqlLists })
        if (sql.ok) return [{ expression, sql }]
        assert.match(sql.reason, /url_decode|regex_replace|wildcard_replace/, 'only some forms of these have no SQL')
        return []
      })
      if (compiled.length === 0) return
      const selected = await table.evaluate(compiled.map(({ sql }) => sql))
      for (const [index, { expression }] of compiled.entries()) {
        if (selectedByJavaScript(expression).every((value, row) => value === selected[index][row])) continue
        assert.fail((await disagreement(await smallest(expression))) ?? `only together: ${printExpression(expression)}`)
      }
    }),
    { seed: SEED, numRuns: 80 },
  )
})
