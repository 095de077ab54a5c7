import type { FunctionDefinition } from './function.ts'
import { once } from '../targets/duckdb-text.ts'

function duckdbSlice(text: string, start: string, end: string | undefined): string {
  const position = (index: string): string =>
    once(
      index,
      (offset) =>
        `CASE WHEN ${offset} < 0 THEN greatest(length(${text}) + ${offset}, 0) WHEN ${offset} >= 0 THEN least(${offset}, length(${text})) END`,
      'offset_value',
    )
  if (end === undefined) return `substring(${text}, ${position(start)} + 1)`
  // `greatest` passes over null, so an absent end is asked for first.
  return (
    `CASE WHEN ${start} IS NOT NULL AND ${end} IS NOT NULL THEN ` +
    `substring(${text}, ${position(start)} + 1, greatest(${position(end)} - ${position(start)}, 0)) END`
  )
}

export const SUBSTRING: FunctionDefinition = {
  name: 'substring',
  help: 'The bytes from `start` up to, not including, `end` (else to the end). Negative positions count from the end.',
  example: 'substring(http.request.uri.path, 0, 5) == "/api/"',
  parameters: [
    { name: 'source', types: ['String'] },
    { name: 'start', types: ['Int'] },
    { name: 'end', types: ['Int'], optional: true },
  ],
  result: 'String',
  evaluate: (source: string, start: number, end?: number) => source.slice(start, end),
  duckdb: ({ types, argument }) =>
    once(argument(0), (text) => duckdbSlice(text, argument(1), types.length > 2 ? argument(2) : undefined)),
}
