import { Command } from 'commander'
import { configOption } from '../client/server-options.ts'
import { onRun } from '../command.ts'

/** `tidegate rule promote ID`. */
export function rulePromoteCommand(): Command {
  const command = configOption(
    new Command('promote')
      .description('let a staged rule take its action')
      .argument('<id>', 'id of the rule')
      .option('--expires <duration>', 'how long it stays (24h, 30d), or `never`', '30d')
      .option('--json', 'print JSON'),
  )
  return onRun(command, async () => (await import('../run/rule-promote.ts')).runRulePromote)
}
