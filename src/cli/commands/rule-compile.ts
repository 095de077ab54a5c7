import { Command, Option } from 'commander'
import { onRun } from '../command.ts'
import { COMPILE_TARGETS } from '../compile-targets.ts'

/** `tidegate rule compile EXPRESSION --target TARGET`. */
export function ruleCompileCommand(): Command {
  const command = new Command('compile')
    .description('translate an expression into what another program reads')
    .argument('<expression>', 'of the rules language')
    .addOption(
      new Option('-t, --target <target>', 'what to translate into').choices(COMPILE_TARGETS).makeOptionMandatory(),
    )
    .option('--json', 'print JSON')
    .option('-c, --config <file>', 'configuration whose policy holds the named lists')
  return onRun(command, async () => (await import('../run/rule-compile.ts')).runRuleCompile)
}
