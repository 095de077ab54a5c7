import { Command } from 'commander'
import { serverOptions } from '../client/server-options.ts'
import { onRun } from '../command.ts'

/** `tidegate reload`. */
export function reloadCommand(): Command {
  const command = serverOptions(
    new Command('reload').description('load policy and certificates again in the running server, all or nothing'),
  )
  return onRun(command, async () => (await import('../run/reload.ts')).runReload)
}
