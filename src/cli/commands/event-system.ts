import { Command } from 'commander'
import { serverOptions } from '../client/server-options.ts'
import { onRun } from '../command.ts'
import { positiveInteger } from '../option-value.ts'

/** `tidegate event system`. */
export function eventSystemCommand(): Command {
  const command = serverOptions(
    new Command('system')
      .description('list what happened to Tidegate itself, newest first: starts, reloads, floods, dead processes')
      .option('--since <time>', 'duration before now (10m, 24h) or RFC 3339 time', '1h')
      .option('--until <time>', 'end, as --since')
      .option('--limit <n>', 'most events to list', positiveInteger, 50)
      .option('--json', 'print one JSON array'),
  )
  return onRun(command, async () => (await import('../run/event-system.ts')).runEventSystem)
}
