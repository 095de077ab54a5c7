import { Command } from 'commander'
import { onRun } from '../command.ts'

/** `tidegate rule fields [PATTERN]`. */
export function ruleFieldsCommand(): Command {
  const command = new Command('fields')
    .description('list the fields of the rules language')
    .argument('[pattern]', 'part of a name; * stands for anything')
    .option('--json', 'print JSON')
  return onRun(command, async () => (await import('../run/rule-fields.ts')).runRuleFields)
}
