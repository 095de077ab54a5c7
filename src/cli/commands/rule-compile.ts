import { Command, Option } from 'commander'
import { onRun } from '../command.ts'
import { EXIT, type ExitCode } from '../exit-code.ts'
import { printable } from '../output/printable.ts'
import { compileFor, type CompileTarget, TARGET_NAMES } from '../rule-targets.ts'
import { loadLists, parseRuleText } from '../rule-text.ts'

interface RuleCompileOptions {
  readonly target: CompileTarget
  readonly json?: boolean
  readonly config?: string
}

/** `tidegate rule compile EXPRESSION --target TARGET`. */
export function ruleCompileCommand(): Command {
  const command = new Command('compile')
    .description('translate an expression into what another program reads')
    .argument('<expression>', 'of the rules language')
    .addOption(
      new Option('-t, --target <target>', 'what to translate into').choices(TARGET_NAMES).makeOptionMandatory(),
    )
    .option('--json', 'print JSON')
    .option('-c, --config <file>', 'configuration whose policy holds the named lists')
  return onRun(command, runRuleCompile)
}

function runRuleCompile(text: string, options: RuleCompileOptions): ExitCode {
  const lists = loadLists(options.config)
  const { target } = options
  const compiled = compileFor(target, parseRuleText(text, lists), text, lists)
  if (options.json === true) {
    process.stdout.write(`${JSON.stringify({ target, text: compiled.text, parameters: compiled.parameters })}\n`)
    return EXIT.ok
  }
  process.stdout.write(`${compiled.text}\n`)
  for (const [i, value] of (compiled.parameters ?? []).entries()) {
    process.stdout.write(`-- $${i + 1} = ${printable(JSON.stringify(value))}\n`)
  }
  return EXIT.ok
}
