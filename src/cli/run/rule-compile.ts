import { EXIT, type ExitCode } from '../exit-code.ts'
import { printable } from '../output/printable.ts'
import { compileFor } from '../rule-targets.ts'
import type { CompileTarget } from '../compile-targets.ts'
import { loadLists, parseRuleText } from '../rule-text.ts'

interface RuleCompileOptions {
  readonly target: CompileTarget
  readonly json?: boolean
  readonly config?: string
}

/** Does what `tidegate rule compile EXPRESSION --target TARGET` says. */
export async function runRuleCompile(text: string, options: RuleCompileOptions): Promise<ExitCode> {
  const lists = await loadLists(options.config)
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
