import { readFileSync } from 'node:fs'
import { type EventJson, wafMatchesJson } from '#api'
import { openPayload } from '#events'
import { messageOf, TidegateError } from '#kernel'
import { connect } from '../client/connect.ts'
import type { ServerOptions } from '../client/server-options.ts'
import { EXIT, type ExitCode } from '../exit-code.ts'
import { matchLines } from '../output/waf-text.ts'

interface WafDecryptOptions extends ServerOptions {
  readonly key: string
  readonly json?: boolean
}

/** Does what `tidegate waf decrypt RAY` says. The private key stays on this machine. */
export async function runWafDecrypt(ray: string, options: WafDecryptOptions): Promise<ExitCode> {
  const pem = readKey(options.key)
  const event = await connect(options).get<EventJson>(`/api/v1/events/${encodeURIComponent(ray)}`)
  const sealed = event.facts['waf.payload']
  if (typeof sealed !== 'string') {
    throw new TidegateError('ERR_NOT_FOUND', `the event ${ray} holds no payload`, {
      source: 'client',
      remedy: 'Only events in which a rule of the WAF matched hold one, and only while edge.waf.payloadKey is set.',
    })
  }
  const matches = wafMatchesJson(openPayload(sealed, pem, event.ray)) ?? []
  process.stdout.write(
    options.json === true ? `${JSON.stringify(matches, null, 2)}\n` : `${matches.flatMap(matchLines).join('\n')}\n`,
  )
  return EXIT.ok
}

function readKey(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw new TidegateError('ERR_USAGE', `--key ${file} cannot be read: ${messageOf(error)}`, {
      source: 'environment',
      remedy: 'Name the PEM file of the private key.',
      cause: error,
    })
  }
}
