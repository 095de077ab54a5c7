import type { FunctionDefinition } from './function.ts'
import { once, textOfHex } from '../targets/duckdb-text.ts'

const BASE64 = /^[A-Za-z0-9+/_-]*={0,2}$/

/** The decoded bytes, one a character; undefined when the text is not Base64 (RFC 4648, either alphabet, padding optional). */
export function decodeBase64(text: string): string | undefined {
  if (!BASE64.test(text)) return undefined
  const padding = text.indexOf('=')
  const digits = padding < 0 ? text.length : padding
  return digits % 4 === 1 ? undefined : Buffer.from(text, 'base64').toString('latin1')
}

function duckdbDecode(text: string): string {
  const digits = `translate(rtrim(${text}, '='), '-_', '+/')`
  const isBase64 = `regexp_matches(${text}, '^[A-Za-z0-9+/_-]*={0,2}$') AND length(rtrim(${text}, '=')) % 4 <> 1`
  const padded = `rpad(${digits}, CAST((length(${digits}) + 3) // 4 * 4 AS INTEGER), '=')`
  return `CASE WHEN ${isBase64} THEN ${textOfHex(`hex(from_base64(${padded}))`)} END`
}

export const DECODE_BASE64: FunctionDefinition = {
  name: 'decode_base64',
  help: 'The bytes of a Base64 text, standard or URL-safe, with or without padding; absent when it is not Base64.',
  example: 'decode_base64(http.request.headers["x-client"][0]) == "123abc"',
  parameters: [{ name: 'source', types: ['String'] }],
  result: 'String',
  evaluate: decodeBase64,
  duckdb: ({ argument }) => once(argument(0), duckdbDecode),
}
