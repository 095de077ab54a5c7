import { connect } from '../client/connect.ts'
import type { ServerOptions } from '../client/server-options.ts'
import { EXIT, type ExitCode } from '../exit-code.ts'

/** Does what `tidegate firewall confirm` says. */
export async function runFirewallConfirm(options: ServerOptions): Promise<ExitCode> {
  const { confirmed } = await connect(options).post<{ readonly confirmed: boolean }>('/api/v1/firewall/confirm')
  process.stdout.write(confirmed ? 'the packet rules stay\n' : 'there was nothing to confirm\n')
  return confirmed ? EXIT.ok : EXIT.negative
}
