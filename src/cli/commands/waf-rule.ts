import { Command } from 'commander'
import { configOption } from '../client/server-options.ts'
import { onRun } from '../command.ts'

/** `tidegate waf rule ID`. */
export function wafRuleCommand(): Command {
  const command = configOption(
    new Command('rule')
      .description('show one rule of the WAF in full: what it finds, its text, examples, where it is in force')
      .argument('<id>', 'name such as sqli-union, or SecLang id such as 942100')
      .option('--json', 'print JSON'),
  )
  return onRun(command, async () => (await import('../run/waf-rule.ts')).runWafRule)
}
