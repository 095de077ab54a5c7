import type { ComparisonOperator } from '../expression.ts'

/** The column types that hold the values of the language; the event store makes its columns of the same. */
export type SqlType = 'Bool' | 'Int' | 'String' | 'IP'

/**
 * How one database writes what the language means: a table of templates, each from SQL text to SQL text. A template is
 * null exactly when one of its operands is null, unless it says otherwise; the compiler turns null into false.
 */
export interface SqlDialect {
  readonly name: 'duckdb'
  /** The nth bound parameter (from 1), always bound as text, as a value of `type`. */
  readonly parameter: (position: number, type: SqlType) => string
  readonly boolean: (value: boolean) => string
  /** False instead of null. */
  readonly orFalse: (condition: string) => string
  readonly compare: Readonly<Record<Exclude<ComparisonOperator, 'matches' | 'wildcard' | 'strict_wildcard'>, Infix>>
  /** True when `text` holds a match of `pattern`, both SQL; the pattern is in RE2 syntax. */
  readonly matches: Infix
  readonly between: (operand: string, first: string, last: string) => string
  /** Membership in a few parameters. */
  readonly inValues: (operand: string, values: readonly string[]) => string
  /** Membership in one parameter that packs many values; a subquery, so not inside `each`. */
  readonly inPacked: (operand: string, packed: string, type: SqlType) => string
  /** Puts values into the text of one parameter. */
  readonly pack: (values: readonly string[]) => string
  /** Address `operand` with the host bits of a prefix cleared. */
  readonly masked: (operand: string, mask: string) => string
  readonly arrayElement: (array: string, index: number) => string
  readonly mapEntry: (map: string, key: string) => string
  readonly mapValues: (map: string) => string
  readonly flattened: (arrays: string) => string
  /** The array of `body` for each element of `array`, which `body` calls `variable`. */
  readonly each: (array: string, variable: string, body: string) => string
  /** True when the array of booleans without nulls holds `value`; null for a null array. */
  readonly holds: (array: string, value: boolean) => string
  /** True when the condition holds for an element; unlike `each` the condition may hold subqueries. Never null. */
  readonly exists: (array: string, variable: string, condition: string) => string
  /** Uses an operand several times in a condition without subqueries, but computes it once. */
  readonly once: (operand: string, body: (value: string) => string) => string
  readonly unlessNull: (operand: string, result: string) => string
}

type Infix = (left: string, right: string) => string
