import { Command } from 'commander'
import { configOption } from '../client/server-options.ts'
import { onRun } from '../command.ts'

/** `tidegate waf promote [RELEASE]`. */
export function wafPromoteCommand(): Command {
  const command = configOption(
    new Command('promote')
      .description('let the staged release of the Core Rule Set take the place of the active one')
      .argument('[release]', 'name of an installed release; without it the staged one')
      .option('--json', 'print JSON'),
  )
  return onRun(command, async () => (await import('../run/waf-promote.ts')).runWafPromote)
}
