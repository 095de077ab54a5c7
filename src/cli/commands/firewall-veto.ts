import { Command } from 'commander'
import { serverOptions } from '../client/server-options.ts'
import { onRun } from '../command.ts'

/** `tidegate firewall veto ID`. */
export function firewallVetoCommand(): Command {
  const command = serverOptions(
    new Command('veto')
      .description('take a rule against a flood out of force, and keep what is like it from coming back')
      .argument('<id>', 'of `tidegate firewall mitigations`')
      .option('--undo', 'take the veto back'),
  )
  return onRun(command, async () => (await import('../run/firewall-orders.ts')).runFirewallVeto)
}
