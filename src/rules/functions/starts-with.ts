import type { FunctionDefinition } from './function.ts'

export const STARTS_WITH: FunctionDefinition = {
  name: 'starts_with',
  help: 'True when the string starts with the other.',
  example: 'starts_with(http.request.uri.path, "/admin")',
  parameters: [
    { name: 'source', types: ['String'] },
    { name: 'substring', types: ['String'] },
  ],
  result: 'Bool',
  evaluate: (source, substring) => (source as string).startsWith(substring as string),
  duckdb: ({ argument }) => `starts_with(${argument(0)}, ${argument(1)})`,
}
