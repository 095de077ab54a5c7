import { boundedResult, type FunctionDefinition } from './function.ts'
import { byteOfHex } from '../targets/duckdb-text.ts'

const PLUS = /\+/g
const PERCENT = /%([0-9A-Fa-f]{2})/g
const UNICODE = /(?:%[uU][0-9A-Fa-f]{4})+/g
const RECURSION_LIMIT = 32

function decodeOnce(text: string, unicode: boolean): string {
  if (!text.includes('%') && !text.includes('+')) return text
  const spaced = text.replace(PLUS, ' ')
  const expanded = unicode ? spaced.replace(UNICODE, decodeUnicode) : spaced
  return expanded.replace(PERCENT, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
}

/** `%u2601` and its neighbours as UTF-8, together so that surrogate pairs make one character. */
function decodeUnicode(run: string): string {
  const units = run.slice(2).split(/%[uU]/)
  const characters = String.fromCharCode(...units.map((hex) => Number.parseInt(hex, 16)))
  return Buffer.from(characters, 'utf8').toString('latin1')
}

function decode(text: string, options: string): string {
  const unicode = options.includes('u')
  let decoded = decodeOnce(text, unicode)
  if (!options.includes('r')) return decoded
  for (let round = 1; round < RECURSION_LIMIT; round++) {
    const again = decodeOnce(decoded, unicode)
    if (again === decoded) break
    decoded = again
  }
  return decoded
}

function duckdbDecode(text: string): string {
  const decoded = `${byteOfHex('left(piece, 2)')} || substring(piece, 3)`
  const piece = `CASE WHEN regexp_matches(piece, '^[0-9A-Fa-f]{2}') THEN ${decoded} ELSE '%' || piece END`
  // What stands before the first percent sign is no escape, so it is told apart by its position.
  const each = `CASE WHEN nth = 1 THEN piece ELSE ${piece} END`
  const pieces = `list_transform(string_split(replace(${text}, '+', ' '), '%'), lambda piece, nth: ${each})`
  return `array_to_string(${pieces}, '')`
}

export const URL_DECODE: FunctionDefinition = {
  name: 'url_decode',
  help:
    'The string with %HH decoded and + as a space; what is not an escape stays. Options: "r" decodes again until nothing ' +
    'changes (at most 32 times), "u" also decodes %uHHHH, as UTF-8.',
  example: 'url_decode(http.request.uri.query, "r") contains "<script"',
  parameters: [
    { name: 'source', types: ['String'] },
    {
      name: 'options',
      types: ['String'],
      literal: true,
      optional: true,
      check: (options) =>
        /^(|r|u|ru|ur)$/.test(String(options)) ? undefined : 'options are "r" (recursive) and "u" (Unicode)',
    },
  ],
  result: 'String',
  evaluate: (source: string, options = '') => boundedResult(decode(source, options)),
  duckdb: ({ argument, literals: [, options = ''] }) => {
    // Pairs of surrogates cannot be put together there.
    if (String(options).includes('u')) return undefined
    if (!String(options).includes('r')) return duckdbDecode(argument(0))
    const rounds = Array<string>(RECURSION_LIMIT).fill("''").join(', ')
    return `list_reduce([${argument(0)}, ${rounds}], lambda decoded, round: ${duckdbDecode('decoded')})`
  },
}
