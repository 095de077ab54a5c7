import type { FunctionDefinition } from './function.ts'

function removeArguments(query: string, names: readonly string[]): string {
  const kept = query.split('&').filter((argument) => {
    const equals = argument.indexOf('=')
    return !names.includes(equals < 0 ? argument : argument.slice(0, equals))
  })
  return kept.join('&')
}

export const REMOVE_QUERY_ARGS: FunctionDefinition = {
  name: 'remove_query_args',
  help: 'The query string without the named arguments, in its order; names are compared as they stand, without decoding.',
  example: 'remove_query_args(http.request.uri.query, "utm_source", "utm_medium")',
  parameters: [
    { name: 'query', types: ['String'] },
    { name: 'name', types: ['String'], variadic: true },
  ],
  result: 'String',
  evaluate: (query: string, ...names: readonly string[]) => removeArguments(query, names),
  duckdb: ({ types, argument }) => {
    const [query, ...names] = types.map((_, index) => argument(index))
    const kept = `list_filter(string_split(${query}, '&'), lambda item: split_part(item, '=', 1) NOT IN (${names.join(', ')}))`
    return `CASE WHEN ${names.map((name) => `${name} IS NOT NULL`).join(' AND ')} THEN array_to_string(${kept}, '&') END`
  },
}
