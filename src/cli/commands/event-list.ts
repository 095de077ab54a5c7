import { Command } from 'commander'
import { serverOptions } from '../client/server-options.ts'
import { onRun } from '../command.ts'
import { kindOption } from '../event/kind-option.ts'
import { positiveInteger } from '../option-value.ts'

/** `tidegate event list`. */
export function eventListCommand(): Command {
  const command = serverOptions(
    new Command('list')
      .description('list events that match an expression, newest first')
      .argument('[expression]', 'of the rules language; every event without it')
      .addOption(kindOption())
      .option('--since <time>', 'duration before now (10m, 24h) or RFC 3339 time', '1h')
      .option('--until <time>', 'end, as --since')
      .option('--limit <n>', 'most events to list', positiveInteger, 50)
      .option('--json', 'print one JSON array')
      .option('--ndjson', 'print one JSON object a line')
      .option('-f, --follow', 'go on with new events as they come, oldest first'),
  )
  return onRun(command, async () => (await import('../run/event-list.ts')).runEventList)
}
