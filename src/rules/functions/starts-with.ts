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
  evaluate: (source: string, substring: string) => source.startsWith(substring),
  duckdb: ({ argument }) => `starts_with(${argument(0)}, ${argument(1)})`,
}
