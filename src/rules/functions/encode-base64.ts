import { boundedResult, type FunctionDefinition } from './function.ts'
import { blobOfText } from '../targets/duckdb-text.ts'

function encodeBase64(text: string, flags: string): string {
  const encoded = Buffer.from(text, 'latin1').toString(flags.includes('u') ? 'base64url' : 'base64')
  const digits = encoded.replace(/=+$/, '')
  return flags.includes('p') ? digits.padEnd(Math.ceil(digits.length / 4) * 4, '=') : digits
}

export const ENCODE_BASE64: FunctionDefinition = {
  name: 'encode_base64',
  help: 'The string in Base64 without padding. Flags: "u" for the URL-safe alphabet, "p" for padding.',
  example: 'encode_base64(http.host, "up")',
  parameters: [
    { name: 'input', types: ['String'] },
    {
      name: 'flags',
      types: ['String'],
      literal: true,
      optional: true,
      check: (flags) =>
        /^(|u|p|up|pu)$/.test(String(flags)) ? undefined : 'flags are "u" (URL-safe) and "p" (padding)',
    },
  ],
  result: 'String',
  evaluate: (input: string, flags = '') => boundedResult(encodeBase64(input, flags)),
  duckdb: ({ argument, literals: [, flags] }) => {
    const encoded = `to_base64(${blobOfText(argument(0))})`
    const safe = String(flags ?? '').includes('u') ? `translate(${encoded}, '+/', '-_')` : encoded
    return String(flags ?? '').includes('p') ? safe : `rtrim(${safe}, '=')`
  },
}
