import { upperAscii } from '#wire'
import type { FunctionDefinition } from './function.ts'
import { asciiCase } from '../targets/duckdb-text.ts'

export const UPPER: FunctionDefinition = {
  name: 'upper',
  help: 'The string with its ASCII letters in upper case; other bytes stay as they are.',
  example: 'upper(http.request.method) == "GET"',
  parameters: [{ name: 'source', types: ['String'] }],
  result: 'String',
  evaluate: upperAscii,
  duckdb: ({ argument }) => asciiCase(argument(0), 'upper'),
}
