import { Command } from 'commander'
import { serverOptions } from '../client/server-options.ts'
import { onRun } from '../command.ts'

/** `tidegate firewall confirm`. */
export function firewallConfirmCommand(): Command {
  const command = serverOptions(
    new Command('confirm').description('keep the packet rules that run: they are not taken back'),
  )
  return onRun(command, async () => (await import('../run/firewall-confirm.ts')).runFirewallConfirm)
}
