import { Command } from 'commander'
import { DEFAULT_CONFIG } from '../client/server-options.ts'
import { onRun } from '../command.ts'

/** `tidegate check`. */
export function checkCommand(): Command {
  const command = new Command('check')
    .description('check configuration, policy, certificates, ports and rights without starting anything')
    .option('-c, --config <file>', 'configuration', DEFAULT_CONFIG)
    .option('--json', 'print JSON')
  return onRun(command, async () => (await import('../run/check.ts')).runCheck)
}
