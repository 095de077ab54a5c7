import { Command } from 'commander'
import { configOption } from '../client/server-options.ts'
import { onRun } from '../command.ts'

/** `tidegate waf rollback`. */
export function wafRollbackCommand(): Command {
  const command = configOption(
    new Command('rollback')
      .description('take the staged release away; without one, go back to the release that was active before')
      .option('--json', 'print JSON'),
  )
  return onRun(command, async () => (await import('../run/waf-rollback.ts')).runWafRollback)
}
