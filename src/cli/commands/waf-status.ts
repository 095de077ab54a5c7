import { Command } from 'commander'
import { configOption } from '../client/server-options.ts'
import { onRun } from '../command.ts'

/** `tidegate waf status`. */
export function wafStatusCommand(): Command {
  const command = configOption(
    new Command('status')
      .description('show which releases of the Core Rule Set are installed, active and staged')
      .option('--json', 'print JSON'),
  )
  return onRun(command, async () => (await import('../run/waf-status.ts')).runWafStatus)
}
