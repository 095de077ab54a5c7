import { Command, Option } from 'commander'
import { configOption } from '../client/server-options.ts'
import { onRun } from '../command.ts'
import { ATTACK_CLASSES } from '../waf/attack-class.ts'

/** `tidegate waf rules`. */
export function wafRulesCommand(): Command {
  const command = configOption(
    new Command('rules')
      .description('list the rules of the WAF: our own, and the SecLang rules that the configuration uses')
      .argument('[text]', 'only rules with this in their id or message')
      .addOption(new Option('--class <class...>', 'only rules of these classes').choices(ATTACK_CLASSES))
      .addOption(
        new Option('--rule-set <name>', 'only these rules; crs also when nothing uses them').choices([
          'tidegate',
          'crs',
        ]),
      )
      .option('--json', 'print JSON'),
  )
  return onRun(command, async () => (await import('../run/waf-rules.ts')).runWafRules)
}
