import type { FunctionDefinition } from './function.ts'

/** Stands around a condition over `[*]`; the compilers evaluate it element by element and stop at the first that is true. */
export const ANY: FunctionDefinition = {
  name: 'any',
  help: 'True when the condition holds for at least one element; false for an empty array.',
  example: 'any(http.request.headers["accept"][*] contains "json")',
  parameters: [{ name: 'condition', types: ['Array<Bool>'] }],
  result: 'Bool',
  evaluate: (conditions: readonly boolean[]) => conditions.includes(true),
}
