import type { FunctionDefinition } from './function.ts'
import { once } from '../targets/duckdb-text.ts'

function split(text: string, separator: string, limit: number): readonly string[] {
  const parts: string[] = []
  let from = 0
  while (parts.length < limit - 1) {
    const at = text.indexOf(separator, from)
    if (at < 0) break
    parts.push(text.slice(from, at))
    from = at + separator.length
  }
  parts.push(text.slice(from))
  return parts
}

function duckdbLimit(parts: string, separator: string, limit: number): string {
  const rest = `array_to_string(list_slice(${parts}, ${limit}, len(${parts})), ${separator})`
  const limited = `list_append(list_slice(${parts}, 1, ${limit} - 1), ${rest})`
  return `CASE WHEN len(${parts}) <= ${limit} THEN ${parts} WHEN len(${parts}) > ${limit} THEN ${limited} END`
}

export const SPLIT: FunctionDefinition = {
  name: 'split',
  help: 'The parts of a string between separators, at most `limit` of them: the last holds the rest.',
  example: 'any(split(http.request.headers["x-categories"][0], ",", 64)[*] == "toys")',
  parameters: [
    { name: 'input', types: ['String'] },
    {
      name: 'separator',
      types: ['String'],
      literal: true,
      check: (separator) => (separator === '' ? 'the separator may not be empty' : undefined),
    },
    {
      name: 'limit',
      types: ['Int'],
      literal: true,
      check: (limit) => (Number(limit) >= 1 && Number(limit) <= 128 ? undefined : 'the limit goes from 1 to 128'),
    },
  ],
  result: 'Array<String>',
  evaluate: split,
  duckdb: ({ argument, literals: [, , limit] }) => {
    const parts = `string_split(${argument(0)}, ${argument(1)})`
    return once(parts, (all) => duckdbLimit(all, argument(1), Number(limit)))
  },
}
