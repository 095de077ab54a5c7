import { Command } from 'commander'
import { onRun } from '../command.ts'

/** `tidegate firewall off`. */
export function firewallOffCommand(): Command {
  const command = new Command('off')
    .description('let every packet of this machine pass: take all packet rules off, whatever runs (needs root)')
    .option('--json', 'print what was taken off as JSON')
  return onRun(command, async () => (await import('../run/firewall-off.ts')).runFirewallOff)
}
