import assert from 'node:assert/strict'
import test, { after, before } from 'node:test'
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
import { parseCidr } from '#wire'
import { column, DuckDbRows } from './duckdb-rows.ts'
import { ExpressionWriter } from './random-expression.ts'
import { Random } from './random.ts'
import { FIELDS, INTEGERS, randomRow, type Row, STRINGS } from './values.ts'

// TIDEGATE_SEED repeats a run: the seed stands in the message of every disagreement.
const SEED = Number(process.env.TIDEGATE_SEED ?? Date.now() % 1_000_000_007)
const ROWS = 100
const EXPRESSIONS = 2_400
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
  { name: 'networks', type: 'IP', ranges: networks },
  { name: 'many_networks', type: 'IP', ranges: [...manyNetworks, ...networks.slice(1)] },
]
const lists = buildLists(listData)
const sqlLists = new Map(listData.map((list) => [list.name, list]))
const listTypes = new Map(listData.map((list) => [list.name, list.type]))

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
    `${printExpression(expression)}`,
    `is ${expected[at]} in JavaScript and ${selected[at]} in DuckDB for the row`,
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
