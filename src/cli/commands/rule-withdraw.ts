import { Command } from 'commander'
import { configOption } from '../client/server-options.ts'
import { onRun } from '../command.ts'

/** `tidegate rule withdraw ID`. */
export function ruleWithdrawCommand(): Command {
  const command = configOption(
    new Command('withdraw')
      .description('take a staged rule out of the policy again')
      .argument('<id>', 'id of the rule'),
  )
  return onRun(command, async () => (await import('../run/rule-withdraw.ts')).runRuleWithdraw)
}
