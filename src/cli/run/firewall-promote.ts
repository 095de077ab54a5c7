import { connect } from '../client/connect.ts'
import type { ServerOptions } from '../client/server-options.ts'
import { EXIT, type ExitCode } from '../exit-code.ts'
import { printable } from '../output/printable.ts'

interface PromoteOptions extends ServerOptions {
  readonly file: string
  readonly json?: boolean
}

interface PromoteAnswer {
  readonly id: string
  readonly file: string
  readonly version: string
}

/** Does what `tidegate firewall promote ID` says. */
export async function runFirewallPromote(id: string, options: PromoteOptions): Promise<ExitCode> {
  const route = `/api/v1/firewall/mitigations/${encodeURIComponent(id)}/promote?file=${encodeURIComponent(options.file)}`
  const answer = await connect(options).post<PromoteAnswer>(route)
  if (options.json === true) process.stdout.write(`${JSON.stringify(answer, null, 2)}\n`)
  else process.stdout.write(`${printable(id)} stands in ${printable(answer.file)}; policy ${answer.version} runs\n`)
  return EXIT.ok
}
