import type { FieldValue } from '#fields'
import { boundedResult, type FunctionDefinition } from './function.ts'

const ELEMENT_LIMIT = 10_000

function concatenate(...values: readonly (string | readonly string[])[]): FieldValue | undefined {
  const texts = values.filter((value) => typeof value === 'string')
  if (texts.length > 0) return boundedResult(texts.join(''))
  const elements = values.flat()
  return elements.length <= ELEMENT_LIMIT ? elements : undefined
}

export const CONCAT: FunctionDefinition = {
  name: 'concat',
  help: 'The strings joined into one, or the arrays joined into one.',
  example: 'concat("/v2", http.request.uri.path)',
  parameters: [{ name: 'value', types: ['String', 'Array<String>'], variadic: true, sameType: true }],
  result: (argumentTypes) => argumentTypes[0],
  evaluate: concatenate,
  duckdb: ({ types, argument }) => `(${types.map((_, index) => argument(index)).join(' || ')})`,
}
