import type { FieldType, FieldValue } from '#fields'
import type { SqlTemplate } from '../targets/sql-call.ts'

export type LiteralValue = string | number | boolean | bigint

export interface FunctionParameter {
  readonly name: string
  /** Types that are accepted. */
  readonly types: readonly FieldType[]
  /** Only a literal may stand here. */
  readonly literal?: boolean
  readonly optional?: boolean
  /** The last parameter may be repeated; at least one unless it is also optional. */
  readonly variadic?: boolean
  /** Of the same type as the first argument. */
  readonly sameType?: boolean
  /** Says what is wrong with a literal that stands here; undefined when it is fine. */
  readonly check?: (value: LiteralValue) => string | undefined
}

/**
 * Computes a value; undefined when there is none. Each function declares the types of its own parameters, which the parser
 * has checked before generated code calls it.
 */
type Evaluate = (...values: never[]) => FieldValue | undefined

/**
 * A function of the language: a file in this folder and a line in `index.ts`. All functions are pure: equal arguments give
 * equal results. An absent argument makes the result absent, so `evaluate` only sees values that are there.
 */
export interface FunctionDefinition {
  readonly name: string
  /** One or two sentences for the reference page and for completion. */
  readonly help: string
  readonly example: string
  readonly parameters: readonly FunctionParameter[]
  readonly result: FieldType | ((argumentTypes: readonly FieldType[]) => FieldType)
  /** Says what is wrong with the literal arguments together; called after each was checked alone. */
  readonly checkLiterals?: (literals: readonly (LiteralValue | undefined)[]) => string | undefined
  readonly evaluate: Evaluate
  /** Takes the place of `evaluate` when the first argument has this type: at run time an IPv4 address is a number. */
  readonly forType?: Readonly<Partial<Record<FieldType, Evaluate>>>
  /**
   * Builds `evaluate` once for the arguments that are literals (others are undefined), so that patterns are compiled when
   * a rule is loaded.
   */
  readonly prepare?: (literals: readonly (LiteralValue | undefined)[]) => Evaluate
  /** The DuckDB expression of a call; absent when it cannot agree with `evaluate` exactly. */
  readonly duckdb?: SqlTemplate
}

/** No function returns a longer string, in bytes: what would be longer is absent. */
export const RESULT_LIMIT_BYTES = 1_048_576

/** `text`, or undefined when it is longer than a result may be. */
export function boundedResult(text: string): string | undefined {
  return text.length <= RESULT_LIMIT_BYTES ? text : undefined
}
