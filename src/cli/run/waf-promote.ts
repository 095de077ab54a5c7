import { EXIT, type ExitCode } from '../exit-code.ts'
import { localConfig } from '../local-config.ts'
import { applyToServer, releaseInWords, releaseStore } from '../waf/releases.ts'

interface PromoteOptions {
  readonly config?: string
  readonly json?: boolean
}

/** Does what `tidegate waf promote` says. */
export async function runWafPromote(release: string | undefined, options: PromoteOptions): Promise<ExitCode> {
  const config = localConfig(options.config)
  const active = releaseStore(config).promote(release)
  const outcome = await applyToServer(config, options.config)
  if (options.json === true) process.stdout.write(`${JSON.stringify({ active, outcome }, null, 2)}\n`)
  else process.stdout.write(`active: ${releaseInWords(active)}; ${outcome}\n`)
  return EXIT.ok
}
