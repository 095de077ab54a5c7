import { createHash } from 'node:crypto'
import type { FunctionDefinition } from './function.ts'
import { blobOfText, textOfHex } from '../targets/duckdb-text.ts'

export const SHA256: FunctionDefinition = {
  name: 'sha256',
  help: 'The SHA-256 hash of a string as 32 bytes (FIPS 180-4); wrap it in encode_base64 to read it.',
  example: 'encode_base64(sha256(http.cookie))',
  parameters: [{ name: 'input', types: ['String'] }],
  result: 'String',
  evaluate: (input: string) => createHash('sha256').update(input, 'latin1').digest().toString('latin1'),
  duckdb: ({ argument }) => textOfHex(`sha256(${blobOfText(argument(0))})`),
}
