import { Command } from 'commander'
import { serverOptions } from '../client/server-options.ts'
import { onRun } from '../command.ts'
import { kindOption } from '../event/kind-option.ts'
import { positiveInteger } from '../option-value.ts'

/** `tidegate event top FIELD`. */
export function eventTopCommand(): Command {
  const command = serverOptions(
    new Command('top')
      .description('count the most frequent values of a field')
      .argument('<field>', 'name of the field, such as ip.src')
      .argument('[expression]', 'only events that match it')
      .addOption(kindOption())
      .option('--since <time>', 'duration before now (10m, 24h) or RFC 3339 time', '1h')
      .option('--until <time>', 'end, as --since')
      .option('--limit <n>', 'most values to list', positiveInteger, 20)
      .option('--json', 'print JSON'),
  )
  return onRun(command, async () => (await import('../run/event-top.ts')).runEventTop)
}
