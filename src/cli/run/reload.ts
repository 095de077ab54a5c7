import type { ServerOptions } from '../client/server-options.ts'
import { connect } from '../client/connect.ts'
import { EXIT, type ExitCode } from '../exit-code.ts'

interface ReloadAnswer {
  readonly version: string
  readonly changed: boolean
  readonly wafChanged: boolean
  readonly warnings: readonly {
    readonly message: string
    readonly place: { readonly file: string; readonly line: number }
  }[]
  readonly certificateFaults: readonly string[]
}

/** Does what `tidegate reload` says. */
export async function runReload(options: ServerOptions): Promise<ExitCode> {
  const answer = await connect(options).post<ReloadAnswer>('/api/v1/policy/reload')
  for (const { place, message } of answer.warnings) {
    process.stderr.write(`warning: ${place.file}:${place.line}: ${message}\n`)
  }
  for (const fault of answer.certificateFaults) process.stderr.write(`warning: ${fault}\n`)
  if (answer.wafChanged) process.stdout.write('the WAF runs with other settings or rules now\n')
  process.stdout.write(`policy ${answer.version} ${answer.changed ? 'runs now' : 'was running already'}\n`)
  return EXIT.ok
}
