import type { FunctionDefinition } from './function.ts'

/** Stands around a condition over `[*]`; the compilers evaluate it element by element and stop at the first that is false. */
export const ALL: FunctionDefinition = {
  name: 'all',
  help: 'True when the condition holds for every element; true for an empty array, absent (so not true) for an absent one.',
  example: 'all(http.request.headers["content-type"][*] == "application/json")',
  parameters: [{ name: 'condition', types: ['Array<Bool>'] }],
  result: 'Bool',
  evaluate: (conditions: readonly boolean[]) => !conditions.includes(false),
}
