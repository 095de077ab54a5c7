import { EXIT, type ExitCode } from '../exit-code.ts'
import { localConfig } from '../local-config.ts'
import { applyToServer, releaseInWords, releaseStore } from '../waf/releases.ts'

interface RollbackOptions {
  readonly config?: string
  readonly json?: boolean
}

/** Does what `tidegate waf rollback` says. */
export async function runWafRollback(options: RollbackOptions): Promise<ExitCode> {
  const config = localConfig(options.config)
  const undone = releaseStore(config).rollback()
  const outcome = await applyToServer(config, options.config)
  if (options.json === true) process.stdout.write(`${JSON.stringify({ ...undone, outcome }, null, 2)}\n`)
  else {
    const { removed, active } = undone
    const now = active === undefined ? 'no installed release is active' : `active: ${releaseInWords(active)}`
    process.stdout.write(`taken away: ${releaseInWords(removed)}\n${now}; ${outcome}\n`)
  }
  return EXIT.ok
}
