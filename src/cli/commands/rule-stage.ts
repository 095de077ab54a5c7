import { Command } from 'commander'
import { serverOptions } from '../client/server-options.ts'
import { onRun } from '../command.ts'

/** `tidegate rule stage RULE`. */
export function ruleStageCommand(): Command {
  const command = serverOptions(
    new Command('stage')
      .description('write a rule into the policy in log mode, with an expiry and a forecast of what it will hit')
      .argument('<rule>', 'file with `phase` and `rules` as in a policy file, or an expression')
      .option('--id <id>', 'id of the rule that an expression becomes')
      .option('--action <action>', 'action of an expression (default: block, or drop for packets)')
      .option('--phase <phase>', 'phase of an expression (default: the first that can read its fields)')
      .option('--expires <duration>', 'how long it stays (10m, 24h, 7d)', '24h')
      .option('--since <time>', 'forecast from traffic since: duration before now or RFC 3339 time', '24h')
      .option('--write <file>', 'file of the policy (default: staged.yaml in the policy folder)')
      .option('--json', 'print JSON'),
  )
  return onRun(command, async () => (await import('../run/rule-stage.ts')).runRuleStage)
}
