import { Command } from 'commander'
import { serverOptions } from '../client/server-options.ts'
import { onRun } from '../command.ts'

/** `tidegate firewall promote ID`. */
export function firewallPromoteCommand(): Command {
  const command = serverOptions(
    new Command('promote')
      .description('write a rule against a flood into the policy of the server, where it stays')
      .argument('<id>', 'of `tidegate firewall mitigations`')
      .option('--file <name>', 'file of the policy folder', 'floods.yaml')
      .option('--json', 'print one JSON object'),
  )
  return onRun(command, async () => (await import('../run/firewall-promote.ts')).runFirewallPromote)
}
