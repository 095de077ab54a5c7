import { formatIp } from '#wire'
import type { FunctionDefinition } from './function.ts'
import { addressText } from '../targets/duckdb-ip-text.ts'

export const TO_STRING: FunctionDefinition = {
  name: 'to_string',
  help: 'An integer in decimal digits, an address in its canonical text, a Bool as "true" or "false".',
  example: 'concat("client=", to_string(ip.src))',
  parameters: [{ name: 'value', types: ['Int', 'Bool', 'IP'] }],
  result: 'String',
  evaluate: String,
  forType: { IP: formatIp },
  duckdb: ({ types: [type], argument }) =>
    type === 'IP' ? addressText(argument(0)) : `CAST(${argument(0)} AS VARCHAR)`,
}
