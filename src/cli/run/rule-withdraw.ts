import { changeRule } from '#config'
import { EXIT, type ExitCode } from '../exit-code.ts'
import { localConfig } from '../local-config.ts'
import { printable } from '../output/printable.ts'
import { forgetStaged, readStaged } from '../staged/staged-rule.ts'

/** Does what `tidegate rule withdraw ID` says. */
export function runRuleWithdraw(id: string, options: { readonly config?: string }): ExitCode {
  const config = localConfig(options.config)
  readStaged(config, id)
  const { file, version } = changeRule(config, id, { remove: true })
  forgetStaged(config, id)
  process.stdout.write(`${printable(id)} is taken out of ${printable(file)}, policy ${version}\n`)
  return EXIT.ok
}
