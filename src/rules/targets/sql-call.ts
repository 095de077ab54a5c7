import type { FieldType } from '#fields'

/** A call as the template of a function sees it. */
interface SqlCall {
  /** The type of each argument; its length is the number of arguments. */
  readonly types: readonly FieldType[]
  /** The value of each argument that is a literal; undefined for the others. */
  readonly literals: readonly (string | number | boolean | bigint | undefined)[]
  /** An argument as SQL; null means absent. */
  readonly argument: (index: number) => string
  /** Binds a text that the template derived from a literal. */
  readonly bind: (text: string) => string
}

/**
 * The SQL of a call. It is null exactly when the function has no result; undefined when these arguments cannot be said so
 * that every row agrees with the function itself.
 */
export type SqlTemplate = (call: SqlCall) => string | undefined
