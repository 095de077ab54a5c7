import { changeRule } from '#config'
import { EXIT, type ExitCode } from '../exit-code.ts'
import { localConfig } from '../local-config.ts'
import { printable } from '../output/printable.ts'
import { style } from '../output/style.ts'
import { expiryAfter } from '../staged/expiry.ts'
import { readStaged, writeStaged } from '../staged/staged-rule.ts'

interface PromoteOptions {
  readonly config?: string
  readonly expires: string
  readonly json?: boolean
}

/** Does what `tidegate rule promote ID` says. */
export function runRulePromote(id: string, options: PromoteOptions): ExitCode {
  const config = localConfig(options.config)
  const staged = readStaged(config, id)
  const now = new Date()
  const expires = options.expires === 'never' ? null : expiryAfter(options.expires, now.getTime())
  const written = changeRule(config, id, { mode: 'enforce', expires })
  writeStaged(config, { ...staged, promotedAt: now.toISOString() })
  if (options.json === true) {
    process.stdout.write(`${JSON.stringify({ id, ...written, ...(expires !== null && { expires }) }, null, 2)}\n`)
  } else {
    const until = expires === null ? '' : ` until ${expires}`
    process.stdout
      .write(`${style('bold', `${printable(id)} takes its action${until}`)}: ${printable(written.file)}, policy ${written.version}
Look:  tidegate rule effect ${printable(id)}
`)
  }
  return EXIT.ok
}
