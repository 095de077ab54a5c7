import { Command } from 'commander'
import { serverOptions } from '../client/server-options.ts'
import { onRun } from '../command.ts'

/** `tidegate rule effect ID`. */
export function ruleEffectCommand(): Command {
  const command = serverOptions(
    new Command('effect')
      .description('compare what a staged or promoted rule hits with its forecast')
      .argument('<id>', 'id of the rule')
      .option('--json', 'print JSON'),
  )
  return onRun(command, async () => (await import('../run/rule-effect.ts')).runRuleEffect)
}
