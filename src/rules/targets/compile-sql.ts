import type { Expression } from '../expression.ts'
import type { SqlDialect } from './dialect.ts'
import { DUCKDB } from './duckdb.ts'
import { Refusal, refusable, type TargetRefusal } from './refusal.ts'
import { SqlCompiler, type SqlSource } from './sql-compiler.ts'

export interface SqlOptions extends SqlSource {
  readonly dialect: 'duckdb'
}

/** A condition and the texts to bind to `$1`, `$2` and so on: every value that a user wrote is among them. */
export interface SqlCondition {
  readonly ok: true
  readonly text: string
  readonly parameters: readonly string[]
}

const DIALECTS: Readonly<Record<SqlOptions['dialect'], SqlDialect>> = { duckdb: DUCKDB }

/** Nested calls that repeat their arguments grow fast; no query needs more. */
const TEXT_LIMIT = 1_048_576

/**
 * The SQL condition that selects the rows for which the expression is true: TRUE or FALSE, never null, so that it may be
 * negated. `column` gives the SQL of a field's column (UHUGEINT with IPv4 mapped for IP, VARCHAR with a character
 * U+0000-U+00FF a byte for String, BIGINT, BOOLEAN, arrays and maps of these), undefined for a field that is not recorded.
 * Refuses, naming the place, what cannot be said so that it agrees with the expression on every row.
 */
export function compileSql(expression: Expression, options: SqlOptions): SqlCondition | TargetRefusal {
  return refusable(() => {
    const compiler = new SqlCompiler(DIALECTS[options.dialect], options)
    const text = compiler.condition(expression)
    if (text.length > TEXT_LIMIT) throw new Refusal('this expression is too large for one query', expression.span)
    return { ok: true, text, parameters: compiler.parameters.texts }
  })
}
