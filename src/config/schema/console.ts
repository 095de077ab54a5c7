import { z } from 'zod'
import { environmentVariable, listenAddress, word } from './units.ts'

const token = z.strictObject({
  name: word('word', /^[\w.-]{1,64}$/, 'a name of letters, digits, _, . and -').describe(
    'Name of the token, as the audit log shows it.',
  ),
  secretEnv: environmentVariable().describe(
    'Environment variable that holds the secret. The secret itself never stands in a file.',
  ),
  scopes: z
    .array(z.enum(['admin', 'read', 'metrics']))
    .min(1)
    .describe(
      'What the token may do: `read` sees events and policy, `metrics` reads /metrics, `admin` may do everything.',
    ),
})

export const CONSOLE_SCHEMA = z.strictObject({
  listen: listenAddress()
    .prefault('127.0.0.1:9090')
    .describe('Where the API listens. Keep it on loopback unless a proxy protects it.'),
  tokens: z
    .array(token)
    .prefault([])
    .describe('Bearer tokens of the API. The command line has its own, made at the first start.'),
})
