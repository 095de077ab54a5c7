import { createHash } from 'node:crypto'
import type { FunctionDefinition } from './function.ts'
import { blobOfText, once } from '../targets/duckdb-text.ts'

/** RFC 9562 section 5.4, its random bits taken from the SHA-256 of the source. */
function uuidFrom(source: string): string {
  const bytes = createHash('sha256').update(source, 'latin1').digest().subarray(0, 16)
  bytes[6] = (bytes[6] & 0x0f) | 0x40
  bytes[8] = (bytes[8] & 0x3f) | 0x80
  const hex = bytes.toString('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}

function duckdbUuid(hex: string): string {
  const variant = `substring('89ab', (strpos('0123456789abcdef', substring(${hex}, 17, 1)) - 1) % 4 + 1, 1)`
  const parts = [
    `substring(${hex}, 1, 8)`,
    `substring(${hex}, 9, 4)`,
    `'4' || substring(${hex}, 14, 3)`,
    `${variant} || substring(${hex}, 18, 3)`,
    `substring(${hex}, 21, 12)`,
  ]
  return `(${parts.join(` || '-' || `)})`
}

export const UUIDV4: FunctionDefinition = {
  name: 'uuidv4',
  help: 'A UUID version 4 made from the given source of randomness: the same source gives the same UUID.',
  example: 'uuidv4(ray)',
  parameters: [{ name: 'source', types: ['String'] }],
  result: 'String',
  evaluate: uuidFrom,
  duckdb: ({ argument }) => once(`sha256(${blobOfText(argument(0))})`, duckdbUuid),
}
