import { lowerAscii } from '#wire'
import type { FunctionDefinition } from './function.ts'
import { asciiCase } from '../targets/duckdb-text.ts'

export const LOWER: FunctionDefinition = {
  name: 'lower',
  help: 'The string with its ASCII letters in lower case; other bytes stay as they are.',
  example: 'lower(http.host) == "shop.test"',
  parameters: [{ name: 'source', types: ['String'] }],
  result: 'String',
  evaluate: lowerAscii,
  duckdb: ({ argument }) => asciiCase(argument(0), 'lower'),
}
