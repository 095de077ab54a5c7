import { Command } from 'commander'
import { onRun } from '../command.ts'

/** `tidegate rule test EXPRESSION --input FILE`. */
export function ruleTestCommand(): Command {
  const command = new Command('test')
    .description('say for each row whether an expression matches it')
    .argument('<expression>', 'of the rules language')
    .requiredOption('-i, --input <file>', 'rows: JSON objects { "field.name": value }, one a line; - is standard input')
    .option('--json', 'print {"match":true|false} a line')
    .option('-c, --config <file>', 'configuration whose policy holds the named lists')
  return onRun(command, async () => (await import('../run/rule-test.ts')).runRuleTest)
}
