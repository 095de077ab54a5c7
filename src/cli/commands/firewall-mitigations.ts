import { Command } from 'commander'
import { serverOptions } from '../client/server-options.ts'
import { onRun } from '../command.ts'
import { positiveInteger } from '../option-value.ts'

/** `tidegate firewall mitigations`. */
export function firewallMitigationsCommand(): Command {
  const command = serverOptions(
    new Command('mitigations')
      .description('list the rules against floods, those in force and those that were')
      .option('--limit <n>', 'most rules to list', positiveInteger, 20)
      .option('--json', 'print one JSON object, with the floods that go on and the vetoes'),
  )
  return onRun(command, async () => (await import('../run/firewall-mitigations.ts')).runFirewallMitigations)
}
