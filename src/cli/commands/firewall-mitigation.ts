import { Command } from 'commander'
import { serverOptions } from '../client/server-options.ts'
import { onRun } from '../command.ts'

/** `tidegate firewall mitigation show ID`. */
export function firewallMitigationCommand(): Command {
  const show = serverOptions(
    new Command('show')
      .description('show a rule against a flood with its evidence')
      .argument('<id>', 'of `tidegate firewall mitigations`')
      .option('--json', 'print one JSON object'),
  )
  const command = new Command('mitigation').description('look at one rule against a flood')
  command.addCommand(onRun(show, async () => (await import('../run/firewall-mitigation-show.ts')).runMitigationShow))
  return command
}
