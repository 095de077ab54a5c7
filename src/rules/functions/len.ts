import type { FunctionDefinition } from './function.ts'

function lengthOf(value: string | readonly unknown[] | ReadonlyMap<string, unknown>): number {
  return typeof value === 'object' && 'size' in value ? value.size : value.length
}

export const LEN: FunctionDefinition = {
  name: 'len',
  help: 'Bytes of a string, elements of an array, or keys of a map.',
  example: 'len(http.request.uri.query) > 1024',
  parameters: [
    {
      name: 'value',
      types: [
        'String',
        'Array<String>',
        'Array<Int>',
        'Array<Bool>',
        'Array<IP>',
        'Map<String>',
        'Map<Int>',
        'Map<Bool>',
        'Map<IP>',
        'Map<Array<String>>',
        'Map<Array<Int>>',
        'Map<Array<Bool>>',
        'Map<Array<IP>>',
      ],
    },
  ],
  result: 'Int',
  evaluate: lengthOf,
  duckdb: ({ types: [type], argument }) =>
    type.startsWith('Map') ? `CAST(cardinality(${argument(0)}) AS BIGINT)` : `length(${argument(0)})`,
}
