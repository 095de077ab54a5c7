import type { FunctionDefinition } from './function.ts'

export const ENDS_WITH: FunctionDefinition = {
  name: 'ends_with',
  help: 'True when the string ends with the other.',
  example: 'ends_with(http.request.uri.path, ".php")',
  parameters: [
    { name: 'source', types: ['String'] },
    { name: 'substring', types: ['String'] },
  ],
  result: 'Bool',
  evaluate: (source: string, substring: string) => source.endsWith(substring),
  duckdb: ({ argument }) => `ends_with(${argument(0)}, ${argument(1)})`,
}
