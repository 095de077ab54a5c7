import { Command } from 'commander'
import { onRun } from '../command.ts'

/** `tidegate rule explain EXPRESSION`. */
export function ruleExplainCommand(): Command {
  const command = new Command('explain')
    .description('say what an expression reads and where it can run; with --input, why it matches each row or not')
    .argument('<expression>', 'of the rules language')
    .option('-i, --input <file>', 'rows: JSON objects { "field.name": value }, one a line; - is standard input')
    .option('--json', 'print JSON')
    .option('-c, --config <file>', 'configuration whose policy holds the named lists')
  return onRun(command, async () => (await import('../run/rule-explain.ts')).runRuleExplain)
}
