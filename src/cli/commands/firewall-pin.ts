import { Command } from 'commander'
import { serverOptions } from '../client/server-options.ts'
import { onRun } from '../command.ts'

/** `tidegate firewall pin ID`. */
export function firewallPinCommand(): Command {
  const command = serverOptions(
    new Command('pin')
      .description('keep a rule against a flood in force when nothing matches it any more')
      .argument('<id>', 'of `tidegate firewall mitigations`')
      .option('--undo', 'let it expire again'),
  )
  return onRun(command, async () => (await import('../run/firewall-orders.ts')).runFirewallPin)
}
