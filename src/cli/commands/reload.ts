import { Command } from 'commander'
import { serverOptions, type ServerOptions } from '../client/server-options.ts'
import { connect } from '../client/connect.ts'
import { onRun } from '../command.ts'
import { EXIT, type ExitCode } from '../exit-code.ts'

interface ReloadAnswer {
  readonly version: string
  readonly changed: boolean
  readonly warnings: readonly {
    readonly message: string
    readonly place: { readonly file: string; readonly line: number }
  }[]
  readonly certificateFaults: readonly string[]
}

/** `tidegate reload`. */
export function reloadCommand(): Command {
  const command = serverOptions(
    new Command('reload').description('load policy and certificates again in the running server, all or nothing'),
  )
  return onRun(command, runReload)
}

async function runReload(options: ServerOptions): Promise<ExitCode> {
  const answer = await connect(options).post<ReloadAnswer>('/api/v1/policy/reload')
  for (const { place, message } of answer.warnings) {
    process.stderr.write(`warning: ${place.file}:${place.line}: ${message}\n`)
  }
  for (const fault of answer.certificateFaults) process.stderr.write(`warning: ${fault}\n`)
  process.stdout.write(`policy ${answer.version} ${answer.changed ? 'runs now' : 'was running already'}\n`)
  return EXIT.ok
}
