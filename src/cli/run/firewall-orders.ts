import { connect } from '../client/connect.ts'
import type { ServerOptions } from '../client/server-options.ts'
import { EXIT, type ExitCode } from '../exit-code.ts'
import { printable } from '../output/printable.ts'

interface OrderOptions extends ServerOptions {
  readonly undo?: boolean
}

/** Does what `tidegate firewall veto ID` says. */
export async function runFirewallVeto(id: string, options: OrderOptions): Promise<ExitCode> {
  await order(id, options.undo === true ? 'unveto' : 'veto', options)
  const now = options.undo === true ? 'may come back when the flood does' : 'is out of force and does not come back'
  process.stdout.write(`${printable(id)} ${now}\n`)
  return EXIT.ok
}

/** Does what `tidegate firewall pin ID` says. */
export async function runFirewallPin(id: string, options: OrderOptions): Promise<ExitCode> {
  await order(id, options.undo === true ? 'unpin' : 'pin', options)
  process.stdout.write(`${printable(id)} ${options.undo === true ? 'expires again' : 'stays in force'}\n`)
  return EXIT.ok
}

async function order(id: string, name: string, options: ServerOptions): Promise<void> {
  await connect(options).post(`/api/v1/firewall/mitigations/${encodeURIComponent(id)}/${name}`)
}
