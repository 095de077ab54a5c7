import { z } from 'zod'

/** What reading a single value gives: the value, or what is wrong with it and what may help. */
export type Read<Value> = { readonly value: Value } | { readonly fault: string; readonly hint?: string }

/**
 * A schema of one YAML value with our own grammar.
 * @param type name of the type on the reference page
 * @param read receives whatever stands in the file; a fault says what was expected
 */
export function leaf<Value>(type: string, read: (value: unknown) => Read<Value>): z.ZodType<Value> {
  return z
    .unknown()
    .transform((input, context): Value => {
      const result = read(input)
      if ('value' in result) return result.value
      context.addIssue({ code: 'custom', message: result.fault, params: { hint: result.hint } })
      return z.NEVER
    })
    .meta({ type })
}

/** A leaf that is written as text. */
export function textLeaf<Value>(type: string, read: (text: string) => Read<Value>): z.ZodType<Value> {
  return leaf(type, (value) => (typeof value === 'string' ? read(value) : { fault: `expected ${type}` }))
}

/**
 * A mapping that may be shortened to the one value that matters most: `x` for `{ key: x }`.
 * @param key where the short value goes
 */
export function shortened<Schema extends z.ZodType>(key: string, schema: Schema): z.ZodPreprocess<Schema> {
  return z.preprocess((value) => (typeof value === 'string' ? { [key]: value } : value), schema)
}
