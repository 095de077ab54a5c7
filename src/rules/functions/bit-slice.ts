import type { FunctionDefinition, FunctionParameter } from './function.ts'

const OFFSET_LIMIT_BITS = 2_040
const WIDTH_LIMIT_BITS = 32

/** The bits from `start` up to `end` as an unsigned number, most significant first; undefined beyond the end of the bytes. */
function bitSlice(bytes: string, start: number, end: number): number | undefined {
  if (end <= start || end - start > WIDTH_LIMIT_BITS || end > bytes.length * 8) return undefined
  let value = 0
  for (let bit = start; bit < end; bit++) value = value * 2 + ((bytes.charCodeAt(bit >> 3) >> (7 - (bit & 7))) & 1)
  return value
}

function offset(name: string): FunctionParameter {
  const check = (bits: unknown) =>
    Number(bits) >= 0 && Number(bits) <= OFFSET_LIMIT_BITS
      ? undefined
      : `\`${name}\` goes from 0 to ${OFFSET_LIMIT_BITS} bits`
  return { name, types: ['Int'], literal: true, check }
}

function duckdbBits(bytes: string, start: number, end: number): string {
  const first = start >> 3
  const last = (end - 1) >> 3
  const terms: string[] = []
  for (let at = first; at <= last; at++) {
    terms.push(`(CAST(ord(substring(${bytes}, ${at + 1}, 1)) AS BIGINT) << ${(last - at) * 8})`)
  }
  const shift = (last + 1) * 8 - end
  const mask = 2 ** (end - start) - 1
  return `CASE WHEN length(${bytes}) >= ${last + 1} THEN ((${terms.join(' + ')}) >> ${shift}) & ${mask} END`
}

export const BIT_SLICE: FunctionDefinition = {
  name: 'bit_slice',
  help: 'Up to 32 bits of a byte string as an unsigned integer, from one bit offset up to another; absent beyond its end.',
  example: 'bit_slice(http.host, 0, 8) == 0x73',
  parameters: [{ name: 'bytes', types: ['String'] }, offset('offset_start'), offset('offset_end')],
  result: 'Int',
  checkLiterals: ([, start, end]) => {
    const width = Number(end) - Number(start)
    return width >= 1 && width <= WIDTH_LIMIT_BITS ? undefined : `a slice has 1 to ${WIDTH_LIMIT_BITS} bits`
  },
  evaluate: bitSlice,
  duckdb: ({ argument, literals: [, start, end] }) => duckdbBits(argument(0), Number(start), Number(end)),
}
